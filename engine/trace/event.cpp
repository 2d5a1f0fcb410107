#include "engine/trace/event.hpp"

#include <fmt/format.h>

namespace ikevet::trace {
namespace {

/// What an event is called and how it reads, side by side.
struct NameOf {
  std::string_view operator()(const IkeSaKeyed&) const { return "ike-sa-keyed"; }
  std::string_view operator()(const IkeSaEstablished&) const { return "ike-sa-established"; }
  std::string_view operator()(const IkeSaClosed&) const { return "ike-sa-closed"; }
  std::string_view operator()(const ChildSaEstablished&) const { return "child-sa-established"; }
  std::string_view operator()(const ChildSaClosed&) const { return "child-sa-closed"; }
  std::string_view operator()(const RequestRefused&) const { return "request-refused"; }
  std::string_view operator()(const RequestAnswered&) const { return "request-answered"; }
  std::string_view operator()(const Retransmitted&) const { return "retransmitted"; }
  std::string_view operator()(const RequestTimedOut&) const { return "request-timed-out"; }
  std::string_view operator()(const ResponseRepeated&) const { return "response-repeated"; }
  std::string_view operator()(const Discarded&) const { return "discarded"; }
  std::string_view operator()(const PeerFault&) const { return "peer-fault"; }
  std::string_view operator()(const RequestRepeatedWith&) const { return "request-repeated-with"; }
  std::string_view operator()(const NatDetected&) const { return "nat-detected"; }
  std::string_view operator()(const ExtensionUsed&) const { return "extension-used"; }
  std::string_view operator()(const MessageReassembled&) const { return "message-reassembled"; }
  std::string_view operator()(const FragmentSizeReduced&) const { return "fragment-size-reduced"; }
  std::string_view operator()(const IkeSaMoved&) const { return "ike-sa-moved"; }
  std::string_view operator()(const ChildSaMoved&) const { return "child-sa-moved"; }
  std::string_view operator()(const PeerAddresses&) const { return "peer-addresses"; }
  std::string_view operator()(const PathTested&) const { return "path-tested"; }
  std::string_view operator()(const EspDiscarded&) const { return "esp-discarded"; }
  std::string_view operator()(const ChildSaSpent&) const { return "child-sa-spent"; }
  std::string_view operator()(const EspPeerMoved&) const { return "esp-peer-moved"; }
  std::string_view operator()(const TrafficMeasured&) const { return "traffic-measured"; }
  std::string_view operator()(const TrafficAnswered&) const { return "traffic-answered"; }
  std::string_view operator()(const IkeSaRekeyed&) const { return "ike-sa-rekeyed"; }
};

std::string selectors(const std::vector<wire::TrafficSelector>& list) {
  std::string out;
  for (const wire::TrafficSelector& selector : list) {
    if (!out.empty()) out += ", ";
    out += selector.text();
  }
  return out.empty() ? "nothing" : out;
}

/// "INFORMATIONAL request 4".
std::string request(wire::ExchangeType exchange, MessageId id) {
  return fmt::format("{} request {}", wire::name_or_number(exchange), id.value);
}

struct TextOf {
  std::string operator()(const IkeSaKeyed& e) const {
    return fmt::format("IKE SA {:016x}_i {:016x}_r has keys, we are its {}", e.spis.i.value, e.spis.r.value,
                       e.we_are_original_initiator ? "initiator" : "responder");
  }
  std::string operator()(const IkeSaEstablished& e) const { return "IKE SA established with " + e.peer_identity; }
  std::string operator()(const IkeSaClosed& e) const {
    return fmt::format("IKE SA closed: {}{}{}", name(e.reason), e.detail.empty() ? "" : ", ", e.detail);
  }
  std::string operator()(const ChildSaEstablished& e) const {
    return fmt::format("Child SA {:08x} in, {:08x} out established{} between {} and {}{}", e.inbound.value,
                       e.outbound.value, e.transport_mode ? " in transport mode" : "", selectors(e.local_ts),
                       selectors(e.remote_ts), e.rekeys ? fmt::format(", in place of {:08x}", e.rekeys->value) : "");
  }
  std::string operator()(const ChildSaClosed& e) const {
    return fmt::format("Child SA {:08x} in, {:08x} out closed: {}", e.inbound.value, e.outbound.value, name(e.reason));
  }
  std::string operator()(const RequestRefused& e) const {
    return fmt::format("{} refused with {}", request(e.exchange, e.message_id), wire::name_or_number(e.error));
  }
  std::string operator()(const RequestAnswered& e) const { return request(e.exchange, e.message_id) + " answered"; }
  std::string operator()(const Retransmitted& e) const {
    return fmt::format("{} sent again, repetition {}", request(e.exchange, e.message_id), e.attempt);
  }
  std::string operator()(const RequestTimedOut& e) const {
    return fmt::format("{} never answered, given up after {} repetitions", request(e.exchange, e.message_id),
                       e.attempts);
  }
  std::string operator()(const ResponseRepeated& e) const {
    return fmt::format("request {} came again, the stored response sent again", e.message_id.value);
  }
  std::string operator()(const Discarded& e) const {
    return fmt::format("datagram from {} discarded: {} ({})", e.from.text(), e.why, e.section);
  }
  std::string operator()(const PeerFault& e) const {
    return fmt::format("the peer broke the protocol: {} ({}){}", e.what, e.section,
                       e.answered ? ", answered with " + wire::name_or_number(*e.answered) : "");
  }
  std::string operator()(const RequestRepeatedWith& e) const {
    return "the peer answered " + wire::name_or_number(e.because) + ", the request goes out again";
  }
  std::string operator()(const NatDetected& e) const {
    if (e.local_behind_nat && e.peer_behind_nat) return "both sides are behind a NAT";
    if (e.local_behind_nat) return "we are behind a NAT";
    return e.peer_behind_nat ? "the peer is behind a NAT" : "no NAT on the way";
  }
  std::string operator()(const ExtensionUsed& e) const { return e.extension + ": " + e.detail; }
  std::string operator()(const MessageReassembled& e) const {
    return fmt::format("{} {} is complete: {} fragments", e.response ? "response" : "request", e.message_id.value,
                       e.fragments);
  }
  std::string operator()(const FragmentSizeReduced& e) const {
    return fmt::format("request {} goes out in fragments of at most {} octets", e.message_id.value, e.threshold);
  }
  std::string operator()(const IkeSaMoved& e) const {
    return fmt::format("IKE SA now between {} and {}: {}", e.local.text(), e.remote.text(), e.why);
  }
  std::string operator()(const ChildSaMoved& e) const {
    return fmt::format("Child SA {:08x} in, {:08x} out now between {} and {}{}", e.inbound.value, e.outbound.value,
                       e.local.text(), e.remote.text(), e.udp_encapsulation ? ", inside UDP" : "");
  }
  std::string operator()(const PeerAddresses& e) const {
    std::string list;
    for (const IpAddress& address : e.additional) list += (list.empty() ? "" : ", ") + address.text();
    return "the peer's other addresses: " + (list.empty() ? "none" : list);
  }
  std::string operator()(const PathTested& e) const {
    return fmt::format("the path from {} to {} {}", e.local.text(), e.remote.text(),
                       e.works ? "works" : "does not work");
  }
  std::string operator()(const EspDiscarded& e) const {
    return fmt::format("ESP packet {:08x} from {} discarded: {} ({})", e.spi.value, e.from.text(), e.why, e.section);
  }
  std::string operator()(const ChildSaSpent& e) const {
    return fmt::format("Child SA {:08x} has carried {} octets in {} packets: {}", e.inbound.value, e.octets, e.packets,
                       e.stage == ChildSaSpent::Stage::Hard ? "it is closed to traffic" : "time to rekey it");
  }
  std::string operator()(const EspPeerMoved& e) const {
    return fmt::format("ESP comes from {} instead of {} now", e.now.text(), e.before.text());
  }
  std::string operator()(const TrafficMeasured& e) const {
    return fmt::format("{}: {} of {} echo requests answered{}{}", e.between, e.answered, e.sent,
                       e.duplicates != 0 ? fmt::format(", {} twice", e.duplicates) : "",
                       e.out_of_order != 0 ? fmt::format(", {} out of order", e.out_of_order) : "");
  }
  std::string operator()(const TrafficAnswered& e) const {
    return fmt::format("{} echo requests of the peer answered", e.requests);
  }
  std::string operator()(const IkeSaRekeyed& e) const {
    return fmt::format("IKE SA rekeyed by {}: {:016x} {:016x} takes its place", e.by_us ? "us" : "the peer",
                       e.successor.i.value, e.successor.r.value);
  }
};

}  // namespace

std::string text(const Event& event) { return std::visit(TextOf{}, event); }
std::string_view name(const Event& event) { return std::visit(NameOf{}, event); }

std::string_view name(CloseReason reason) {
  switch (reason) {
    case CloseReason::DeletedByUs:
      return "deleted by us";
    case CloseReason::DeletedByPeer:
      return "deleted by the peer";
    case CloseReason::Rekeyed:
      return "rekeyed";
    case CloseReason::PeerDead:
      return "the peer does not answer";
    case CloseReason::Refused:
      return "refused by the peer";
    case CloseReason::RefusedByUs:
      return "refused by us";
    case CloseReason::HalfOpenExpired:
      return "half-open for too long";
    case CloseReason::Superseded:
      return "superseded";
    case CloseReason::Redirected:
      return "redirected";
    case CloseReason::Abandoned:
      return "abandoned";
    case CloseReason::Expired:
      return "expired";
    case CloseReason::Redundant:
      return "redundant";
  }
  return "unknown";
}

}  // namespace ikevet::trace
