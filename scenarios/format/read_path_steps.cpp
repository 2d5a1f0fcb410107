#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {

Traffic read_traffic(const Node& step) {
  const Node node = step["traffic"];
  Traffic out;
  const bool begins = node["background"].flag().value_or(false), ends = node["end"].flag().value_or(false);
  out.part = ends ? Traffic::Part::End : begins ? Traffic::Part::Begin : Traffic::Part::Whole;
  out.by_dut = step["by"].text() == "dut";
  out.udp = node["transport"].text() == "udp";
  if (node.has("family")) out.v6 = node["family"].text() == "ipv6";
  if (out.by_dut) out.count = 1;
  if (const auto count = node["count"].number()) out.count = static_cast<int>(*count);
  if (const auto interval = node["interval"].duration()) out.interval = *interval;
  if (const auto size = node["size"].number()) out.size = *size;
  out.loss = static_cast<int>(node["loss"].number().value_or(0));
  out.dummies = static_cast<int>(node["dummies"].number().value_or(0));
  if (node["attack"].text() == "replay") out.attack = Traffic::Attack::Replay;
  if (node["attack"].text() == "forge") out.attack = Traffic::Attack::Forge;
  out.requirement = step["proves"].text();

  if (begins && ends) node["end"].complain("it cannot begin and end at once", "make two steps of it");
  if (out.by_dut)
    for (const char* member : {"background", "end", "loss", "dummies", "attack", "interval", "size"})
      if (node.has(member)) node[member].complain("says nothing of what the device sends", "take it out");
  if (ends)
    for (const char* member : {"count", "interval", "size", "transport", "family", "dummies", "attack"})
      if (node.has(member)) node[member].complain("belongs to the step that begins the traffic", "take it out");
  return out;
}

Move read_move(const Node& step) {
  const Node node = step["move"];
  Move out;
  out.by_dut = step["by"].text() == "dut";
  if (node["to"].text() == "first") out.to = Move::To::First;
  if (node["to"].text() == "other-family") out.to = Move::To::OtherFamily;
  out.begin = node["begin"].flag().value_or(false);
  out.requirement = step["proves"].text();
  if (out.by_dut && out.begin) node["begin"].complain("is what a step `trigger` does", "{\"trigger\": \"move\"}");
  if (out.begin && !out.requirement.empty())
    step["proves"].complain("a move that is only begun proves nothing", "put it on a later step");
  if (out.by_dut && node.has("to")) node["to"].complain("where to is up to the device", "take it out");
  return out;
}

Reorder read_reorder(const Node& step) {
  const Node node = step["reorder"];
  Reorder out;
  out.exchange = read_name<wire::ExchangeType>(node["exchange"]).value_or(wire::ExchangeType{});
  out.response = node["response"].flag();
  if (node["order"].text() == "last-first") out.order = Reorder::Order::LastFirst;
  out.doubled = node["doubled"].flag().value_or(false);
  return out;
}

}  // namespace ikevet::scenarios
