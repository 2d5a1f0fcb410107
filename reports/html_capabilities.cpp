#include "reports/html_capabilities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>

#include "reports/trace_view.hpp"
#include "scenarios/format/target.hpp"

namespace ikevet::reports {
namespace {

using trace::MessageRecord;
using wire::ExchangeType;
using wire::NotifyType;

/// A notification by which a device says that it has a capability.
struct Sign {
  std::string_view capability;
  NotifyType notify;
};
constexpr std::array kSigns{
    Sign{"nat-traversal", NotifyType::NAT_DETECTION_SOURCE_IP},
    Sign{"transport-mode", NotifyType::USE_TRANSPORT_MODE},
    Sign{"eap-only", NotifyType::EAP_ONLY_AUTHENTICATION},
    Sign{"window", NotifyType::SET_WINDOW_SIZE},
    Sign{"fragmentation", NotifyType::IKEV2_FRAGMENTATION_SUPPORTED},
    Sign{"mobike", NotifyType::MOBIKE_SUPPORTED},
    Sign{"cookie2", NotifyType::COOKIE2},
    Sign{"redirect", NotifyType::REDIRECT_SUPPORTED},
    Sign{"session-resumption", NotifyType::TICKET_LT_OPAQUE},
    Sign{"puzzles", NotifyType::PUZZLE},
    Sign{"ipcomp", NotifyType::IPCOMP_SUPPORTED},
    Sign{"crash-detection", NotifyType::QUICK_CRASH_DETECTION},
    Sign{"childless", NotifyType::CHILDLESS_IKEV2_SUPPORTED},
    Sign{"signature-authentication", NotifyType::SIGNATURE_HASH_ALGORITHMS},
    Sign{"ppk", NotifyType::USE_PPK},
    Sign{"intermediate", NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED},
};

/// Where something was seen first, and in how many scenarios.
struct Sighting {
  std::string scenario;
  std::size_t frame{};
  std::set<std::string, std::less<>> scenarios;
};
using Sightings = std::map<std::string, Sighting, std::less<>>;

class Observed {
 public:
  explicit Observed(const RunReport& report) {
    for (const PlayedScenario& played : report.played) {
      const TraceView view(played.run.trace);
      for (const std::size_t index : view.fresh())
        if (TraceView::readable(view.message(index))) look(played.scenario.id, view, view.message(index));
    }
  }
  Sightings capabilities, notifications, vendors;

 private:
  void look(const std::string& scenario, const TraceView& view, const MessageRecord& message) {
    const auto saw = [&](Sightings& list, std::string_view what) {
      Sighting& sighting = list.try_emplace(std::string(what), Sighting{scenario, message.frame, {}}).first->second;
      sighting.scenarios.insert(scenario);
    };
    for (const wire::Notify* notify : wire::notifies(message.payloads())) {
      saw(notifications, wire::name_and_number(notify->type));
      for (const Sign& sign : kSigns)
        if (sign.notify == notify->type) saw(capabilities, sign.capability);
    }
    for (const wire::VendorId* vendor : wire::find_all<wire::VendorId>(message.payloads()))
      saw(vendors, text_of(vendor->data));
    const ExchangeType exchange = message.outer.header.exchange;
    const bool response = message.is_response();
    const bool agreed = wire::find<wire::SecurityAssociation>(message.payloads()) != nullptr;
    if (exchange == ExchangeType::IKE_SA_INIT && response) saw(capabilities, "responder");
    if (const auto* cp = wire::find<wire::Configuration>(message.payloads()); cp != nullptr)
      saw(capabilities, response ? "configuration-payload" : "configuration-client");
    if (wire::find<wire::Eap>(message.payloads()) != nullptr) saw(capabilities, response ? "eap" : "eap-client");
    if (exchange == ExchangeType::CREATE_CHILD_SA && response && agreed) {
      const MessageRecord* request = view.request_of(message);
      if (request != nullptr && wire::find_notify(request->payloads(), NotifyType::REKEY_SA) != nullptr)
        saw(capabilities, "rekey-child");
      if (wire::find<wire::TSi>(message.payloads()) == nullptr) saw(capabilities, "rekey-ike");
    }
  }

  static std::string text_of(const Bytes& octets) {
    const bool printable = std::ranges::all_of(octets, [](std::uint8_t c) { return c >= 0x20 && c < 0x7f; });
    return printable ? std::string(octets.begin(), octets.end()) : to_hex(octets);
  }
};

/// How the scenarios ended that need a capability.
struct Needing {
  std::size_t passed{}, failed{}, left_out{}, other{};
};

std::map<std::string, Needing, std::less<>> needing(const RunReport& report) {
  std::map<std::string, const scenarios::Scenario*, std::less<>> sources;
  for (const PlayedScenario& played : report.played) sources.emplace(played.scenario.id, &played.scenario);
  for (const scenarios::Scenario& other : report.others) sources.emplace(other.id, &other);
  std::map<std::string, Needing, std::less<>> out;
  for (const ScenarioVerdict& verdict : report.verdicts.scenarios) {
    const auto source = sources.find(verdict.scenario);
    if (source == sources.end()) continue;
    for (const std::string& need : source->second->needs) {
      Needing& counts = out[need];
      if (verdict.status == Status::Pass || verdict.status == Status::PassLenient)
        ++counts.passed;
      else if (verdict.status == Status::Fail || verdict.status == Status::Waived)
        ++counts.failed;
      else if (verdict.status == Status::Unsupported)
        ++counts.left_out;
      else
        ++counts.other;
    }
  }
  return out;
}

std::string counts_text(const Needing& counts) {
  std::vector<std::string> parts;
  if (counts.passed > 0) parts.push_back(fmt::format("{} passed", counts.passed));
  if (counts.failed > 0) parts.push_back(fmt::format("{} failed", counts.failed));
  if (counts.other > 0) parts.push_back(fmt::format("{} without conclusion", counts.other));
  if (counts.left_out > 0) parts.push_back(fmt::format("{} left out", counts.left_out));
  return parts.empty() ? "none in this run" : fmt::format("{}", fmt::join(parts, ", "));
}

Cell conclusion(bool claimed, bool seen, const Needing& counts) {
  if (claimed && counts.failed > 0 && counts.passed == 0) return Cell::badge("contradicted", "bad");
  if (claimed && counts.failed > 0) return Cell::badge("in part", "warn");
  if (claimed && (seen || counts.passed > 0)) return Cell::badge("borne out", "good");
  if (claimed) return Cell::badge("not tested", "off");
  if (seen) return Cell::badge("seen, not claimed", "warn");
  return Cell::badge("not claimed", "off");
}

Cell where(const Sightings& seen, std::string_view what) {
  const auto found = seen.find(what);
  if (found == seen.end()) return Cell("–");
  return Cell::linked(fmt::format("frame {} of {}", found->second.frame, found->second.scenario),
                      scenario_link(found->second.scenario) + fmt::format("?frame={}", found->second.frame));
}

void add_sightings(HtmlSection& page, const Sightings& seen, const std::string& what) {
  std::vector<std::vector<Cell>> rows;
  for (const auto& [text, sighting] : seen)
    rows.push_back({Cell::in_code(text), Cell::of(static_cast<double>(sighting.scenarios.size())), where(seen, text)});
  page.table({what, "Scenarios", "Seen first"}, rows);
}

}  // namespace

std::optional<HtmlSection> capabilities_page(const RunReport& report) {
  if (report.played.empty()) return std::nullopt;
  const Observed observed(report);
  const auto needs = needing(report);
  HtmlSection page("capabilities", "Capabilities",
                   "What the target file claims of the device, against what its messages and the verdicts show. A "
                   "scenario is played only if everything that it needs is claimed.");
  std::vector<std::vector<Cell>> rows;
  for (const scenarios::Capability& capability : scenarios::kCapabilities) {
    const bool claimed = std::ranges::find(report.claimed, capability.name) != report.claimed.end();
    const bool seen = observed.capabilities.contains(capability.name);
    const auto need = needs.find(capability.name);
    const Needing counts = need == needs.end() ? Needing{} : need->second;
    if (!claimed && !seen && counts.left_out == 0) continue;
    rows.push_back({Cell::in_code(std::string(capability.name)), Cell(capability.means), Cell(claimed ? "yes" : "no"),
                    where(observed.capabilities, capability.name), Cell(counts_text(counts)),
                    conclusion(claimed, seen, counts)});
  }
  page.table({"Capability", "Meaning", "Claimed", "Seen on the wire", "Scenarios that need it", "Conclusion"}, rows);
  page.paragraph(
      "Borne out: claimed, and a message shows it or a scenario that needs it passed. Contradicted: every scenario "
      "that "
      "needs it and came to a conclusion failed. In part: some passed and some failed, for this or for another reason. "
      "Seen, not claimed: the device announces it, and no scenario tested "
      "it: "
      "add it to the capabilities of the target file.");
  if (!observed.notifications.empty()) {
    page.heading("Notifications that the device sent");
    add_sightings(page, observed.notifications, "Notify message type");
  }
  if (!observed.vendors.empty()) {
    page.heading("Vendor IDs that the device sent");
    add_sightings(page, observed.vendors, "Vendor ID");
  }
  return page;
}

}  // namespace ikevet::reports
