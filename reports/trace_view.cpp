#include "reports/trace_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/wire/describe.hpp"

namespace ikevet::reports {

using trace::MessageRecord;
using trace::Party;
using trace::Protection;

namespace {

bool makes_initial_ike_sa(wire::ExchangeType exchange) {
  return exchange == wire::ExchangeType::IKE_SA_INIT || exchange == wire::ExchangeType::IKE_SESSION_RESUME;
}

/// The SPI of an IKE proposal, RFC 7296 §3.3.1: eight octets when an IKE SA is rekeyed.
std::optional<IkeSpi> spi_of(const wire::Proposal& proposal) {
  if (proposal.protocol != wire::ProtocolId::IKE || proposal.spi.size() != 8) return std::nullopt;
  IkeSpi spi;
  for (const std::uint8_t octet : proposal.spi) spi.value = spi.value << 8 | octet;
  return spi;
}

Party other(Party party) { return party == Party::Dut ? Party::Harness : Party::Dut; }

}  // namespace

TraceView::TraceView(const trace::Trace& trace) : trace_(trace) {
  sort_messages();
  find_ike_sas();
}

void TraceView::sort_messages() {
  for (std::size_t i = 0; i < trace_.messages.size(); ++i) {
    const MessageRecord& message = trace_.messages[i];
    const wire::IkeHeader& header = message.outer.header;
    if (message.from == Party::Harness || (makes_initial_ike_sa(header.exchange) && header.is_request()))
      spis_of_this_run_.insert(header.spis.i);
    if (message.from == Party::Harness) {
      from_harness_.push_back(i);
      continue;
    }
    const bool injected =
        message.packet < trace_.packets.size() && trace_.packets[message.packet].fate == trace::Fate::Injected;
    if (injected) continue;
    from_dut_.push_back(i);
    const bool copy = message.repeats && *message.repeats < trace_.messages.size() &&
                      trace_.messages[*message.repeats].octets == message.octets;
    if (!copy) fresh_.push_back(i);
  }
}

void TraceView::find_ike_sas() {
  for (std::size_t i = 0; i < trace_.messages.size(); ++i) {
    const MessageRecord& message = trace_.messages[i];
    if (!message.is_response() || !readable(message)) continue;
    if (makes_initial_ike_sa(message.outer.header.exchange)) note_initial(i);
    if (message.outer.header.exchange == wire::ExchangeType::CREATE_CHILD_SA) note_rekey(i);
  }
}

void TraceView::note_initial(std::size_t index) {
  const MessageRecord& response = message(index);
  const IkeSpis& spis = response.outer.header.spis;
  const auto* nonce = wire::find<wire::Nonce>(response.payloads());
  if (nonce == nullptr || spis.r.is_zero() || ike_sas_.contains(spis)) return;  // COOKIE, INVALID_KE_PAYLOAD, an error
  SeenIkeSa sa{spis, other(response.from), false, index, std::nullopt};
  const auto* chosen = wire::find<wire::SecurityAssociation>(response.payloads());
  if (chosen != nullptr && !chosen->proposals.empty()) sa.suite = chosen->proposals.front();
  ike_sas_.emplace(spis, std::move(sa));
}

void TraceView::note_rekey(std::size_t index) {
  const MessageRecord& response = message(index);
  const MessageRecord* request = request_of(response);
  if (request == nullptr || !readable(*request)) return;
  const auto* offered = wire::find<wire::SecurityAssociation>(request->payloads());
  const auto* chosen = wire::find<wire::SecurityAssociation>(response.payloads());
  if (offered == nullptr || chosen == nullptr || chosen->proposals.empty()) return;
  const wire::Proposal& choice = chosen->proposals.front();
  const auto accepted = std::ranges::find(offered->proposals, choice.number, &wire::Proposal::number);
  if (accepted == offered->proposals.end()) return;
  // RFC 7296 §1.3.2: both SPIs are new, and the exchange's initiator is the original initiator of the new IKE SA.
  const std::optional<IkeSpi> spi_i = spi_of(*accepted), spi_r = spi_of(choice);
  if (!spi_i || !spi_r) return;
  const IkeSpis spis{*spi_i, *spi_r};
  ike_sas_.emplace(spis, SeenIkeSa{spis, request->from, true, index, choice});
}

const MessageRecord* TraceView::request_of(const MessageRecord& response) const {
  if (!response.request || *response.request >= trace_.messages.size()) return nullptr;
  return &trace_.messages[*response.request];
}

const SeenIkeSa* TraceView::ike_sa(const MessageRecord& message) const {
  const auto found = ike_sas_.find(message.outer.header.spis);
  return found == ike_sas_.end() ? nullptr : &found->second;
}

bool TraceView::readable(const MessageRecord& message) {
  return message.protection == Protection::Clear || message.protection == Protection::Opened;
}

bool TraceView::is_clear_error(const MessageRecord& message) {
  return message.protection == Protection::Clear && wire::find_error(message.outer.payloads) != nullptr &&
         std::ranges::all_of(message.outer.payloads, [](const wire::Payload& payload) {
           return payload.type() == wire::PayloadType::Notify || payload.type() == wire::PayloadType::VendorId;
         });
}

bool TraceView::lost(const MessageRecord& message) const {
  return message.packet < trace_.packets.size() &&
         trace_.packets[message.packet].fate == trace::Fate::DroppedByScenario;
}

std::string describe(const MessageRecord& message) {
  const std::string payloads = message.protection == Protection::Opened ? wire::describe(message.outer, message.inner)
                                                                        : wire::describe(message.outer);
  const std::string place = message.frame == 0 ? std::string() : fmt::format(" (frame {})", message.frame);
  return fmt::format("{}{}: {}", wire::describe_header(message.outer.header), place, payloads);
}

}  // namespace ikevet::reports
