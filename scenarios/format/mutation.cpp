#include "scenarios/format/mutation.hpp"

#include <fmt/format.h>

#include <array>

#include "scenarios/format/describe_body.hpp"
#include "scenarios/format/relative_number.hpp"
#include "scenarios/format/sk_paths.hpp"
#include "scenarios/format/unprotected.hpp"

namespace ikevet::scenarios {
namespace {

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};

/// The path of an alteration of one field; empty for the others, and for a flip in the whole message.
std::string_view path_of(const MutationAction& action) {
  return std::visit(overloaded{[](const SetField& a) -> std::string_view { return a.path; },
                               [](const FlipBits& a) -> std::string_view { return a.path; },
                               [](const ResizeField& a) -> std::string_view { return a.path; },
                               [](const auto&) -> std::string_view { return {}; }},
                    action);
}

bool on_octets(const MutationAction& action) {
  return std::holds_alternative<Truncate>(action) || std::holds_alternative<AppendOctets>(action) ||
         std::holds_alternative<RawMessage>(action) ||
         (std::holds_alternative<FlipBits>(action) && path_of(action).empty());
}

bool on_field(const MutationAction& action) { return !path_of(action).empty(); }

bool begins(std::string_view path, std::string_view payload) {
  return path.starts_with(payload) &&
         (path.size() == payload.size() || path[payload.size()] == '/' || path[payload.size()] == '[');
}

/// Fields that serialising computes: to be wrong they must be altered afterwards.
bool computed_on_the_way(std::string_view path) {
  return path.ends_with("Next Payload") || path.ends_with("Length") || path.ends_with("SPI Size") ||
         path.ends_with("Num of SPIs") || path.ends_with("Number of TSs");
}

std::string describe_selector(const PayloadSelector& which) {
  std::string out = which.notify ? fmt::format("N({})", wire::name_or_number(*which.notify))
                    : which.type ? wire::name_or_number(*which.type)
                                 : "payload";
  if (which.index > 0) out += fmt::format("[{}]", which.index);
  return out;
}

std::string describe_action(const MutationAction& action) {
  return std::visit(
      overloaded{
          [](const AppendPayload& a) {
            return fmt::format("{} payload {}{}", a.at ? "insert" : "append",
                               wire::name_or_number(static_cast<wire::PayloadType>(a.type)),
                               a.critical ? " (critical)" : "") +
                   (a.body.empty() ? "" : ": " + describe_body(static_cast<wire::PayloadType>(a.type), a.body));
          },
          [](const AppendNotify& a) {
            return fmt::format("append N({}){}", wire::name_or_number(a.notify),
                               a.data.empty() ? "" : ", data " + describe_octets(a.data));
          },
          [](const RemovePayload& a) -> std::string {
            if (takes_protection_away(a)) return "without protection: what is in SK stands in clear";
            return "leave out " + describe_selector(a.which);
          },
          [](const DoublePayload& a) { return describe_selector(a.which) + " twice"; },
          [](const ReplacePayload& a) {
            return fmt::format("body of {} is {}", describe_selector(a.which),
                               describe_body(a.which.type.value_or(wire::PayloadType::None), a.body));
          },
          [](const SetCritical& a) {
            return fmt::format("critical bit of {} {}", describe_selector(a.which), a.critical ? "set" : "clear");
          },
          [](const SetPayloadReserved& a) {
            return fmt::format("RESERVED bits of {} are 0x{:02x}", describe_selector(a.which), a.bits);
          },
          [](const MovePayload& a) { return fmt::format("{} at place {}", describe_selector(a.which), a.to); },
          [](const SetField& a) {
            if (const auto difference = difference_of(a)) return fmt::format("{} {:+}", a.path, *difference);
            return fmt::format("{} is {}", a.path, a.number ? std::to_string(*a.number) : describe_octets(a.value));
          },
          [](const FlipBits& a) {
            return fmt::format("{} XOR {}", a.path.empty() ? "message" : a.path, describe_octets(a.mask));
          },
          [](const ResizeField& a) { return fmt::format("{} of {} octets", a.path, a.size); },
          [](const Truncate& a) { return fmt::format("last {} octets cut off", a.octets); },
          [](const AppendOctets& a) { return fmt::format("{} octets behind the end", a.octets.size()); },
          [](const RawMessage& a) { return fmt::format("{} raw octets", a.octets.size()); },
      },
      action);
}

}  // namespace

std::string_view name(Layer layer) {
  switch (layer) {
    case Layer::Values:
      return "values";
    case Layer::BeforeIntegrity:
      return "before-integrity";
    case Layer::AfterIntegrity:
      return "after-integrity";
  }
  return "";
}

std::string_view name(const MutationAction& action) {
  static constexpr std::array<std::string_view, std::variant_size_v<MutationAction>> kNames{
      "append", "append_notify", "remove", "double", "replace",  "set_critical",  "set_reserved",
      "move",   "set",           "flip",   "resize", "truncate", "append_octets", "raw"};
  return kNames[action.index()];
}

Layer natural_layer(const MutationAction& action, bool protected_by_sk) {
  if (on_octets(action)) return Layer::AfterIntegrity;
  if (!on_field(action)) return Layer::Values;
  const std::string_view path = path_of(action);
  if (is_padding_path(path)) return Layer::BeforeIntegrity;
  if (begins(path, "SK")) return Layer::AfterIntegrity;
  if (begins(path, "HDR")) return computed_on_the_way(path) ? Layer::AfterIntegrity : Layer::Values;
  // AUTH is computed after the layer of values: what is changed there would not change it.
  if (begins(path, "AUTH") && protected_by_sk) return Layer::BeforeIntegrity;
  if (computed_on_the_way(path)) return protected_by_sk ? Layer::BeforeIntegrity : Layer::AfterIntegrity;
  return Layer::Values;
}

std::string impossible(const Mutation& mutation, bool protected_by_sk) {
  const std::string_view path = path_of(mutation.action);
  if (mutation.layer == Layer::BeforeIntegrity && !protected_by_sk)
    return "IKE_SA_INIT is not protected: there is no layer before integrity";
  if (!on_field(mutation.action) && !on_octets(mutation.action))
    return mutation.layer == Layer::Values
               ? ""
               : fmt::format("`{}` alters the list of payloads, which exists among the values only",
                             name(mutation.action));
  if (on_octets(mutation.action))
    return mutation.layer == Layer::Values
               ? fmt::format("`{}` alters octets, and there are none among the values yet", name(mutation.action))
               : "";
  if (is_padding_path(path))
    return mutation.layer == Layer::BeforeIntegrity ? "" : "padding is made before the integrity check value";
  const bool outside = begins(path, "HDR") || begins(path, "SK");
  if (mutation.layer == Layer::Values && begins(path, "SK")) return "SK does not exist among the values yet";
  if (mutation.layer == Layer::BeforeIntegrity && outside) return "that field does not stand inside SK";
  if (mutation.layer == Layer::AfterIntegrity && protected_by_sk && !outside) return "that field is encrypted by then";
  if (std::holds_alternative<ResizeField>(mutation.action) && mutation.layer != Layer::Values)
    return "`resize` puts the lengths around the field right, which can be done among the values only";
  if (mutation.layer == Layer::Values && computed_on_the_way(path))
    return "that field is computed later, and would come out right again";
  return "";
}

std::string describe(const Mutation& mutation) {
  std::string out = describe_action(mutation.action);
  if (mutation.layer != natural_layer(mutation.action, true) && mutation.layer != natural_layer(mutation.action, false))
    out += fmt::format(" ({})", name(mutation.layer));
  return out;
}

}  // namespace ikevet::scenarios
