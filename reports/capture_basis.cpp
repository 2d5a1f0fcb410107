#include "reports/capture_basis.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "reports/rules.hpp"

namespace ikevet::reports {
namespace {

bool is_closed(trace::Protection protection) {
  return protection != trace::Protection::Clear && protection != trace::Protection::Opened &&
         protection != trace::Protection::Fragment;
}

/// Judged over several messages: what is missing between them may change the verdict.
std::set<std::string_view> over_messages() {
  std::set<std::string_view> out;
  for (const Rule& rule : trace_rules()) out.insert(rule.requirement);
  return out;
}

}  // namespace

CaptureGaps capture_gaps(const trace::Trace& trace, std::size_t cut) {
  CaptureGaps out;
  out.cut = cut;
  out.messages = trace.messages.size();
  std::set<IkeSpi> with_beginning, all;
  std::vector<bool> answered(trace.messages.size());
  for (const trace::MessageRecord& message : trace.messages) {
    if (is_closed(message.protection)) ++out.closed;
    const wire::IkeHeader& header = message.outer.header;
    all.insert(header.spis.i);
    if (header.exchange == wire::ExchangeType::IKE_SA_INIT) with_beginning.insert(header.spis.i);
    // A successor begins inside the exchange of the SA before it, RFC 7296 §2.18.
    for (const auto* sa : wire::find_all<wire::SecurityAssociation>(message.inner))
      for (const wire::Proposal& proposal : sa->proposals) {
        if (proposal.protocol != wire::ProtocolId::IKE || proposal.spi.size() != sizeof(IkeSpi::value)) continue;
        std::uint64_t spi = 0;
        for (const std::uint8_t octet : proposal.spi) spi = spi << 8 | octet;
        with_beginning.insert(IkeSpi{spi});
      }
    if (message.request) answered[*message.request] = true;
  }
  for (const IkeSpi& spi : all)
    if (!with_beginning.contains(spi)) ++out.headless_sas;
  for (std::size_t i = 0; i < trace.messages.size(); ++i) {
    const trace::MessageRecord& message = trace.messages[i];
    // Of a request in fragments or sent again one answer counts for all.
    const std::size_t first = message.repeats.value_or(i);
    const bool fragment = message.protection == trace::Protection::Fragment;
    if (!message.is_response() && !fragment && !message.repeats && !answered[i] && !answered[first]) ++out.unanswered;
  }
  return out;
}

std::string text(const CaptureGaps& gaps) {
  std::vector<std::string> out;
  if (gaps.closed != 0) out.push_back(fmt::format("{} of {} messages are closed", gaps.closed, gaps.messages));
  if (gaps.cut != 0) out.push_back(fmt::format("{} datagrams are cut off", gaps.cut));
  if (gaps.headless_sas != 0)
    out.push_back(fmt::format("{} IKE SA{} before the capture", gaps.headless_sas,
                              gaps.headless_sas == 1 ? " begins" : "s begin"));
  if (gaps.unanswered != 0)
    out.push_back(fmt::format("{} request{} no response", gaps.unanswered, gaps.unanswered == 1 ? " has" : "s have"));
  return fmt::format("{}", fmt::join(out, ", "));
}

BasisCounts state_basis(ScenarioVerdict& verdict, const CaptureGaps& gaps, const scenarios::Catalogue& catalogue) {
  const std::set<std::string_view> relations = over_messages();
  const std::string lacking = text(gaps);
  BasisCounts out;
  std::set<std::string> judged;
  for (RequirementVerdict& rule : verdict.rules) {
    judged.insert(rule.requirement);
    if (gaps.any() && relations.contains(rule.requirement)) {
      rule.reason = basis::kInferred;
      rule.detail += fmt::format("{}inferred, since {}", rule.detail.empty() ? "" : "; ", lacking);
      ++out.inferred;
    } else {
      ++out.observed;
    }
  }
  for (const std::string_view requirement : watched_requirements()) {
    if (!catalogue.contains(requirement) || !judged.insert(std::string(requirement)).second) continue;
    const std::string why = gaps.closed == 0 ? std::string("its situation did not occur in this capture")
                                             : fmt::format("its situation was not seen; {}", lacking);
    verdict.rules.push_back(
        {std::string(requirement), Status::Inconclusive, std::string(basis::kNotObservable), why, {}});
    ++out.not_observable;
  }
  std::ranges::sort(verdict.rules, {}, &RequirementVerdict::requirement);
  return out;
}

}  // namespace ikevet::reports
