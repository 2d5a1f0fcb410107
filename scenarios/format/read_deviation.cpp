#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scenarios/format/deviation.hpp"
#include "scenarios/format/loading.hpp"
#include "scenarios/format/nearest.hpp"
#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {
namespace fs = std::filesystem;
namespace {

DeviationWhen read_when(const Node& node) {
  DeviationWhen out;
  out.message = read_pattern(node);
  if (const auto nth = node["nth"].number()) out.nth = static_cast<int>(*nth);
  out.since = static_cast<int>(node["since"].number().value_or(1));
  out.repeated = node["repeated"].flag();
  out.known = node["known"].flag();
  out.successor = node["successor"].flag();
  out.initiator = node["initiator"].flag();
  out.established = node["established"].flag();
  out.marked = node["marked"].flag();
  for (const std::string& word : node["odd"].texts())
    for (const auto& [name, oddity] : kOddities)
      if (word == name) out.odd.push_back(oddity);
  out.not_first = read_name<wire::PayloadType>(node["not_first"]);
  return out;
}

bool in_sk(const DeviationWhen& when) {
  return when.message.exchange != wire::ExchangeType::IKE_SA_INIT && when.message.encrypted != false;
}

std::vector<Mutation> read_mutations(const Node& list, bool protected_by_sk) {
  std::vector<Mutation> out;
  for (const Node& mutation : list.items()) out.push_back(read_mutation(mutation, protected_by_sk));
  return out;
}

/// On the network there are finished octets and nothing else.
std::vector<Mutation> read_octet_mutations(const Node& list) {
  std::vector<Mutation> out;
  for (const Node& node : list.items()) {
    Mutation mutation = read_mutation(node, false);
    if (!node.has("layer")) mutation.layer = Layer::AfterIntegrity;
    if (const std::string why = impossible(mutation, false); !why.empty())
      node.complain(why, "do it in `outbound`, before the message is finished");
    out.push_back(std::move(mutation));
  }
  return out;
}

std::optional<ForgedMessage> read_forged(const Node& node) {
  if (!node.is_object()) return std::nullopt;
  ForgedMessage out;
  out.encrypted = node["encrypted"].flag().value_or(true);
  out.request = node["request"].flag().value_or(false);
  out.exchange = read_name<wire::ExchangeType>(node["exchange"]);
  out.make = read_mutations(node["make"], out.encrypted);
  return out;
}

OutboundDeviation read_outbound(const Node& node) {
  OutboundDeviation out;
  out.when = read_when(node["when"]);
  out.mutate = read_mutations(node["mutate"], in_sk(out.when));
  for (const Node& copy : node["copy"].items()) {
    check_field_path(copy["field"]);
    FieldCopy one{copy["field"].text(), copy["source"].is_string() ? copy["source"].text() : copy["field"].text(),
                  copy["from"].text() == "peer" ? FieldCopy::From::Peer : FieldCopy::From::OwnFirst};
    out.copy.push_back(std::move(one));
  }
  if (const auto padding = node["padding"].number()) out.padding = static_cast<std::size_t>(*padding);
  out.in_clear = node["in_clear"].flag().value_or(false);
  return out;
}

InboundDeviation read_inbound(const Node& node) {
  using Then = InboundDeviation::Then;
  InboundDeviation out;
  out.when = read_when(node["when"]);
  out.mutate = read_mutations(node["mutate"], in_sk(out.when));
  out.protect = node["protect"].flag().value_or(false);
  out.mirror = node["mirror"].flag().value_or(false);
  out.answer = read_forged(node["answer"]);
  const std::string then = node["then"].text();
  out.then = then == "drop"     ? Then::Drop
             : then == "die"    ? Then::Die
             : then == "forget" ? Then::Forget
             : out.answer       ? Then::Drop
                                : Then::Deliver;
  if (then == "deliver") out.then = Then::Deliver;
  return out;
}

std::optional<std::uint16_t> read_port(const Node& node) {
  const auto number = node.number();
  return number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

NetworkDeviation read_network(const Node& node) {
  NetworkDeviation out;
  out.when = read_when(node["when"]);
  out.drop = node["drop"].flag().value_or(false);
  out.copies = static_cast<int>(node["copies"].number().value_or(1));
  out.delay = node["delay"].duration();
  out.source_port = read_port(node["source_port"]);
  out.destination_port = read_port(node["destination_port"]);
  out.on_port = read_port(node["on_port"]);
  out.to_first_address = node["to_first_address"].flag().value_or(false);
  if (const auto octets = node["fragment"].number()) out.fragment = static_cast<std::size_t>(*octets);
  out.mutate = read_octet_mutations(node["mutate"]);
  out.remake = node["remake"].flag().value_or(false);
  out.first_inner = read_name<wire::PayloadType>(node["first_inner"]);
  out.also = read_forged(node["also"]);
  return out;
}

Reaction read_reaction(const Node& node) {
  Reaction out;
  out.own = node["on"].text() == "own";
  out.when = read_when(node["when"]);
  out.command = node["do"].text();
  out.make = read_mutations(node["make"], true);
  out.after = node["after"].duration().value_or(Duration{});
  return out;
}

KeyDeviation read_keys(const Node& node) {
  KeyDeviation out;
  out.order = node["order"].texts();
  out.unrelated = node["unrelated"].flag().value_or(false);
  const std::string child = node["child"].text();
  using Child = KeyDeviation::Child;
  out.child = child == "all"                   ? Child::All
              : child == "with-key-exchange"   ? Child::WithKeyExchange
              : child == "unused-key-exchange" ? Child::UnusedKeyExchange
                                               : Child::None;
  out.without_associated_data = node["without_associated_data"].flag().value_or(false);
  out.repeated_iv = node["repeated_iv"].flag().value_or(false);
  if (const Node prf = node["only_prf"]; prf.is_string()) {
    out.only_prf = wire::from_name<wire::PrfId>(prf.text());
    if (!out.only_prf) prf.complain(fmt::format("no such PRF \"{}\"", prf.text()), "its name in IANA's registry");
  }
  out.only_aead = node["only_aead"].flag().value_or(false);
  out.only_successor = node["only_successor"].flag().value_or(false);
  out.only_additional = node["only_additional"].flag().value_or(false);
  out.only_leading_zero = node["only_leading_zero"].flag().value_or(false);
  if (!out.order.empty() && std::set<std::string>(out.order.begin(), out.order.end()).size() != 7)
    node["order"].complain("is not each of the seven keys once", "d, ai, ar, ei, er, pi, pr in another order");
  return out;
}

DecisionOverrides read_decisions(const Node& node) {
  DecisionOverrides out;
  out.accept_auth = node["accept_auth"].flag();
  out.accept_message_id = node["accept_message_id"].flag();
  out.accept_cookie = node["accept_cookie"].flag();
  if (node.has("narrow")) out.narrow = node["narrow"].texts();
  for (const Node& range : node["narrow"].items()) check_prefix(range);
  return out;
}

Deviation read_deviation(const Node& node, const Catalogue& catalogue) {
  Deviation out;
  out.file = node.file();
  out.id = node["id"].text();
  const std::string role = node["role"].text();
  if (role == "both")
    out.roles = {"initiator", "responder"};
  else
    out.roles = {role};
  out.title = node["title"].text();
  out.citation = node["citation"].text();
  out.breaks = node["breaks"].texts();
  out.legitimate = node["legitimate"].flag().value_or(false);
  out.reason = node["reason"].text();
  out.note = node["note"].text();
  out.lacks = node["lacks"].texts();
  out.played = node["played"].texts();
  const Node target = node["target"];
  for (const std::string& played : out.roles) {
    const Node of_role = target.is_object() ? target[played] : target;
    out.targets[played] = of_role.is_string() ? of_role.text() : "embedded";
  }
  out.begins_on = read_port(node["begins_on"]);
  out.config = read_config(node["config"]);
  for (const Node& one : node["outbound"].items()) out.outbound.push_back(read_outbound(one));
  for (const Node& one : node["inbound"].items()) out.inbound.push_back(read_inbound(one));
  for (const Node& one : node["network"].items()) out.network.push_back(read_network(one));
  for (const Node& one : node["strays"].items())
    out.strays.push_back({one["octets"].octets().value_or(Bytes()), one["answer"].octets().value_or(Bytes())});
  for (const Node& one : node["react"].items()) out.react.push_back(read_reaction(one));
  out.keys = read_keys(node["keys"]);
  out.decisions = read_decisions(node["decisions"]);

  for (const Node& broken : node["breaks"].items()) check_requirement(broken, catalogue);
  if (out.legitimate && !out.breaks.empty())
    node["breaks"].complain("a legitimate variant breaks nothing", "take it out, or take out `legitimate`");
  if (out.legitimate && out.reason.empty())
    node.complain("a legitimate variant without the reason why it may", "add `reason`");
  if (!out.legitimate && out.breaks.empty())
    node.complain("breaks no requirement", "name what must fail in `breaks`, or say `legitimate`");
  return out;
}

std::vector<fs::path> files_of(const fs::path& folder, std::vector<Problem>& problems) {
  std::vector<fs::path> out;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    problems.push_back({folder.string(), 0, 0, "", "no such folder", "check the path, or set IKEVET_DATA"});
    return out;
  }
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".json") out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

}  // namespace

std::vector<Deviation> load_deviations(const fs::path& folder, const Catalogue& catalogue) {
  std::vector<Problem> problems;
  std::vector<Deviation> out;
  for (const fs::path& file : files_of(folder, problems)) {
    Document document(file, "deviation", problems);
    if (!document.ok()) continue;
    for (const Node& node : Node(document)["deviations"].items()) {
      Deviation deviation = read_deviation(node, catalogue);
      if (const auto twin = std::ranges::find(out, deviation.id, &Deviation::id); twin != out.end())
        node["id"].complain(fmt::format("\"{}\" is an id in {} already", deviation.id, twin->file), "take another");
      out.push_back(std::move(deviation));
    }
  }
  throw_if_any(std::move(problems));
  std::ranges::sort(out, {}, &Deviation::id);
  return out;
}

const Deviation& find_deviation(const std::vector<Deviation>& all, std::string_view id) {
  if (const auto found = std::ranges::find(all, id, &Deviation::id); found != all.end()) return *found;
  std::vector<std::string> known;
  for (const Deviation& deviation : all) known.push_back(deviation.id);
  throw FormatError({{"deviation", 0, 0, "", fmt::format("no deviation \"{}\"", id),
                      did_you_mean(id, known, "see `ikevet list --deviations`")}});
}

}  // namespace ikevet::scenarios
