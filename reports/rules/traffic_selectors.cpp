// Narrowing, RFC 7296 §2.9.
#include <fmt/format.h>

#include <array>

#include "reports/rules/families.hpp"
#include "reports/rules/selector_set.hpp"

namespace ikevet::reports::rules {
namespace {

using trace::MessageRecord;

std::string list(const std::vector<wire::TrafficSelector>& selectors) {
  std::string text;
  for (const wire::TrafficSelector& selector : selectors) text += (text.empty() ? "" : ", ") + selector.text();
  return text;
}

template <class Ts>
void compare(const MessageRecord& request, const MessageRecord& response, const char* which, Observations& out) {
  const auto* proposed = wire::find<Ts>(request.payloads());
  const auto* returned = wire::find<Ts>(response.payloads());
  if (proposed == nullptr || returned == nullptr) return;
  out.saw(response);
  for (const wire::TrafficSelector& selector : returned->selectors)
    if (covered(selector, proposed->selectors) == false)
      out.broken({&request, &response},
                 fmt::format("{} {} is not within the proposed {}", which, selector.text(), list(proposed->selectors)));
}

// §2.9: the responder narrows the choices to a subset of the traffic that the initiator proposed. In transport mode
// through a NAT the addresses of the answer are substituted (§2.23.1), so those are not compared.
Observations subset(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& response = view.message(index);
    if (!response.is_response()) continue;
    const MessageRecord* request = view.request_of(response);
    if (request == nullptr || wire::find_notify(response.payloads(), wire::NotifyType::USE_TRANSPORT_MODE) != nullptr)
      continue;
    compare<wire::TSi>(*request, response, "TSi", out);
    compare<wire::TSr>(*request, response, "TSr", out);
  }
  return out;
}

constexpr std::array kRules{
    Rule{"rfc7296-2.9-narrow-to-subset", subset},
};

}  // namespace

std::span<const Rule> traffic_selector_rules() { return kRules; }

}  // namespace ikevet::reports::rules
