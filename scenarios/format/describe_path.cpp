#include "scenarios/format/describe_path.hpp"

#include <fmt/format.h>

namespace ikevet::scenarios {

namespace {

std::string_view who(bool by_dut) { return by_dut ? "the device" : "the harness"; }

}  // namespace

std::string describe(const Traffic& traffic) {
  if (traffic.part == Traffic::Part::End) return "the echo requests that flowed meanwhile are accounted for";
  std::string out = fmt::format("{} sends {}{}echo requests through the Child SA", who(traffic.by_dut),
                                traffic.v6 ? (*traffic.v6 ? "IPv6 " : "IPv4 ") : "", traffic.udp ? "UDP " : "");
  if (!traffic.by_dut) out += fmt::format(": {} of {} octets", traffic.count, traffic.size);
  if (traffic.part == Traffic::Part::Begin) out += ", while the steps after this one are played";
  if (traffic.dummies > 0) out += fmt::format(", behind {} dummy packets", traffic.dummies);
  if (traffic.attack == Traffic::Attack::Replay) out += "; each packet arrives twice";
  if (traffic.attack == Traffic::Attack::Forge) out += "; a forged copy arrives before each packet";
  if (traffic.loss > 0) out += fmt::format("; {} may be lost", traffic.loss);
  return out;
}

std::string describe(const Move& move) {
  if (move.by_dut) return "the device goes to another address";
  if (move.begin) return "the harness begins to move to another address";
  switch (move.to) {
    case Move::To::Next:
      return "the harness goes to another address";
    case Move::To::First:
      return "the harness goes back to its first address";
    case Move::To::OtherFamily:
      return "the harness goes to an address of the other family";
  }
  return "";
}

std::string describe(const PathTest&) { return "the harness asks from another address without moving"; }
std::string describe(const Nat&) { return "a NAT stands before the initiator"; }

std::string describe(const NatRemap& remap) {
  return remap.address ? "the NAT forgets its mappings and has another address" : "the NAT forgets its mappings";
}

std::string describe(const Reorder& reorder) {
  return fmt::format("the fragments of the next {}{} arrive {}{}", wire::name_or_number(reorder.exchange),
                     !reorder.response   ? ""
                     : *reorder.response ? " response"
                                         : " request",
                     reorder.order == Reorder::Order::Reversed ? "in reversed order" : "with the last one first",
                     reorder.doubled ? ", each of them twice" : "");
}

}  // namespace ikevet::scenarios
