#include "reports/audit/observations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/trace_view.hpp"

namespace ikevet::reports {

using scenarios::AuditKind;
using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;
using wire::TransformType;

namespace {

constexpr std::size_t kPlacesKept = 3;

std::optional<AuditKind> kind_of(TransformType type) {
  switch (type) {
    case TransformType::ENCR:
      return AuditKind::Encr;
    case TransformType::PRF:
      return AuditKind::Prf;
    case TransformType::INTEG:
      return AuditKind::Integ;
    case TransformType::KE:
    case TransformType::ADDKE1:
    case TransformType::ADDKE2:
    case TransformType::ADDKE3:
    case TransformType::ADDKE4:
    case TransformType::ADDKE5:
    case TransformType::ADDKE6:
    case TransformType::ADDKE7:
      return AuditKind::Ke;
    default:
      return std::nullopt;
  }
}

/// NONE as a group says that there is no key exchange: nothing to grade.
bool is_no_group(AuditKind kind, std::uint16_t id) { return kind == AuditKind::Ke && id == 0; }

class Collector {
 public:
  explicit Collector(const RunReport& report) : report_(report) {}

  AlgorithmsSeen collect() {
    for (const PlayedScenario& played : report_.played) {
      scenario_ = &played.scenario.id;
      const TraceView view(played.run.trace);
      for (const std::size_t index : view.fresh()) message_of_device(view, view.message(index));
      for (const std::size_t index : view.from_harness()) answer_of_harness(view, view.message(index));
    }
    return std::move(out_);
  }

 private:
  void message_of_device(const TraceView& view, const MessageRecord& message) {
    if (!TraceView::readable(message)) return;
    if (const auto* sa = wire::find<wire::SecurityAssociation>(message.payloads())) {
      if (message.outer.header.is_request()) {
        for (const wire::Proposal& proposal : sa->proposals) add(proposal, Use::Offered, message);
      } else if (!sa->proposals.empty()) {
        add(sa->proposals.front(), Use::Accepted, message);
        if (came_up(view, message)) add(sa->proposals.front(), Use::Negotiated, message);
      }
    }
    if (const auto* auth = wire::find<wire::Authentication>(message.payloads()))
      add({wire::ProtocolId::IKE, AuditKind::Auth, static_cast<std::uint16_t>(auth->method), 0}, Use::Negotiated,
          message);
    if (const auto* hashes = wire::find_notify(message.payloads(), wire::NotifyType::SIGNATURE_HASH_ALGORITHMS))
      for (std::size_t i = 0; i + 1 < hashes->data.size(); i += 2)  // RFC 7427 §4: two octets each
        add({wire::ProtocolId::IKE, AuditKind::Hash,
             static_cast<std::uint16_t>(hashes->data[i] << 8U | hashes->data[i + 1]), 0},
            Use::Offered, message);
  }

  /// What the device offered and we chose.
  void answer_of_harness(const TraceView& view, const MessageRecord& message) {
    if (!message.is_response() || message.repeats || !TraceView::readable(message)) return;
    const auto* sa = wire::find<wire::SecurityAssociation>(message.payloads());
    if (sa != nullptr && !sa->proposals.empty() && came_up(view, message))
      add(sa->proposals.front(), Use::Negotiated, message);
  }

  /// The SA that this response makes was used, or its maker had everything that it needs: for an IKE SA an exchange
  /// under it that could be read, for a Child SA the response itself.
  static bool came_up(const TraceView& view, const MessageRecord& response) {
    if (response.outer.header.exchange != ExchangeType::IKE_SA_INIT) return true;
    return std::ranges::any_of(view.trace().messages, [&](const MessageRecord& message) {
      return message.outer.header.spis == response.outer.header.spis &&
             message.outer.header.exchange == ExchangeType::IKE_AUTH && message.is_response() &&
             wire::find<wire::Authentication>(message.payloads()) != nullptr;
    });
  }

  void add(const wire::Proposal& proposal, Use use, const MessageRecord& message) {
    if (proposal.protocol == wire::ProtocolId::AH || proposal.protocol == wire::ProtocolId::ESP)
      add({proposal.protocol, AuditKind::Protocol, static_cast<std::uint16_t>(proposal.protocol), 0}, use, message);
    for (const wire::Transform& transform : proposal.transforms) {
      const auto kind = kind_of(transform.type);
      if (kind && !is_no_group(*kind, transform.id))
        add({proposal.protocol, *kind, transform.id, transform.key_length().value_or(0)}, use, message);
    }
  }

  void add(const AlgorithmKey& key, Use use, const MessageRecord& message) {
    out_[key].uses[static_cast<std::size_t>(use)].add(
        *scenario_, message.frame == 0 ? std::vector<std::size_t>() : std::vector<std::size_t>{message.frame});
  }

  const RunReport& report_;
  const std::string* scenario_{};
  AlgorithmsSeen out_;
};

}  // namespace

std::string_view name(Use use) {
  constexpr std::array<std::string_view, kUses> kNames{"offered", "accepted", "negotiated"};
  return kNames.at(static_cast<std::size_t>(use));
}

void Sightings::add(const std::string& scenario, std::vector<std::size_t> frames) {
  ++count;
  const bool known = std::ranges::find(places, scenario, &Place::scenario) != places.end();
  if (!known && places.size() < kPlacesKept) places.push_back({scenario, std::move(frames)});
}

std::string AlgorithmKey::text() const {
  const std::string name = scenarios::audit_name(kind, id);
  return key_bits == 0 ? name : fmt::format("{} {}", name, key_bits);
}

AlgorithmsSeen algorithms_seen(const RunReport& report) { return Collector(report).collect(); }

}  // namespace ikevet::reports
