// The INFORMATIONAL exchanges of MOBIKE, RFC 4555 §3.5 to §3.10.
#include "engine/sa/ike_sa.hpp"
#include "engine/sa/nat.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;
using wire::NotifyType;

namespace {

/// §3.7: what was sent comes back as it is, or the IKE SA is closed.
class Cookie2 {
 public:
  wire::Payload make(RandomSource& random) {
    sent_ = random.bytes(kCookie2Size);
    return notify(NotifyType::COOKIE2, sent_);
  }
  bool comes_back(const std::vector<wire::Payload>& response) const {
    if (sent_.empty()) return true;
    const wire::Notify* back = wire::find_notify(response, NotifyType::COOKIE2);
    return back && equal(back->data, sent_);
  }

 private:
  Bytes sent_;
};

Exchange::Outcome wrong_cookie(const Facts& facts, Step& step) {
  step.out.events.push_back(
      trace::PeerFault{facts.spis, "COOKIE2 does not come back as it was sent", "RFC 4555 §3.7", std::nullopt});
  return {CloseReason::RefusedByUs, {}, {}};
}

/// What detection says in an answer of the peer, §3.5.
void read_nat_detection(const std::vector<wire::Payload>& response, const Facts& facts, PathChange& change) {
  const NatSituation nat = detect_nat(response, facts.spis, facts.remote, facts.local);
  if (!nat.supported) return;
  change.local_behind_nat = nat.local_behind_nat;
  change.peer_behind_nat = nat.peer_behind_nat;
}

Bytes seen_by_peer(const std::vector<wire::Payload>& response) {
  const wire::Notify* seen = wire::find_notify(response, NotifyType::NAT_DETECTION_DESTINATION_IP);
  return seen ? seen->data : Bytes{};
}

/// I -> R   HDR, SK {N(UPDATE_SA_ADDRESSES), [N(NAT_DETECTION_SOURCE_IP), N(NAT_DETECTION_DESTINATION_IP)],
///                   [N(NO_NATS_ALLOWED)], [N(ADDITIONAL_*_ADDRESS)+], [N(COOKIE2)]}        §3.5
class UpdateAddresses final : public Exchange {
 public:
  ExchangeType type() const override { return ExchangeType::INFORMATIONAL; }
  Purpose purpose() const override { return {Purpose::What::ChangePath}; }

  std::optional<std::vector<wire::Payload>> build(Established&, const Facts& facts, Step& step) override {
    if (!facts.mobility) return std::nullopt;
    const Config& config = step.env.config;
    facts.mobility->update_pending = false;
    changes_ = facts.mobility->changes;
    std::vector<wire::Payload> out{notify(NotifyType::UPDATE_SA_ADDRESSES)};
    if (facts.nat_detection) append_nat_detection(out, facts.spis, facts.local, facts.remote, config.nat);
    // §3.9: without NAT traversal the addresses are protected instead.
    if (!config.nat.supported)
      out.push_back(notify(NotifyType::NO_NATS_ALLOWED, no_nats_allowed(facts.local, facts.remote)));
    for (wire::Payload& address : additional_addresses(config.mobike.additional_addresses, facts.local.address, false))
      out.push_back(std::move(address));
    if (config.mobike.return_routability) out.push_back(cookie_.make(step.env.random));
    return out;
  }

  Outcome process(Established&, const Facts& facts, const std::vector<wire::Payload>& response, Step& step) override {
    Mobility& mobility = *facts.mobility;
    if (!cookie_.comes_back(response)) return wrong_cookie(facts, step);
    // §3.5: the addresses have changed since; another update is going to be sent.
    if (changes_ != mobility.changes) return {};
    Outcome out;
    out.path.emplace();
    if (wire::find_notify(response, NotifyType::UNEXPECTED_NAT_DETECTED)) {
      // §3.9: once more, several times, lest an attacker who alters one packet keeps us off this path.
      if (mobility.unexpected_nats++ < step.env.config.mobike.unexpected_nat_retries)
        out.then.push_back(update_addresses_exchange());
      return out;
    }
    mobility.unexpected_nats = 0;
    if (wire::find_notify(response, NotifyType::UNACCEPTABLE_ADDRESSES)) {
      // §3.5: back to what was agreed before; the responder has changed nothing.
      out.path->path = mobility.confirmed;
      out.path->children = true;
      out.path->why = "UNACCEPTABLE_ADDRESSES, RFC 4555 §3.5";
      return out;
    }
    mobility.confirmed = {facts.local, facts.remote, facts.behind_nat()};
    mobility.seen_by_peer = seen_by_peer(response);
    read_nat_detection(response, facts, *out.path);
    out.path->children = true;
    step.out.events.push_back(trace::PathTested{facts.spis, facts.local, facts.remote, true});
    return out;
  }

 private:
  Cookie2 cookie_;
  std::uint32_t changes_{};
};

/// HDR, SK {[N(ADDITIONAL_*_ADDRESS)+], [N(NO_ADDITIONAL_ADDRESSES)], [N(NO_NATS_ALLOWED)]}        §3.6
class AnnounceAddresses final : public Exchange {
 public:
  ExchangeType type() const override { return ExchangeType::INFORMATIONAL; }

  std::optional<std::vector<wire::Payload>> build(Established&, const Facts& facts, Step& step) override {
    if (!facts.mobility) return std::nullopt;
    changes_ = facts.mobility->changes;
    const Config& config = step.env.config;
    auto out = additional_addresses(config.mobike.additional_addresses, facts.local.address, true);
    if (!config.nat.supported)
      out.push_back(notify(NotifyType::NO_NATS_ALLOWED, no_nats_allowed(facts.local, facts.remote)));
    return out;
  }

  Outcome process(Established&, const Facts& facts, const std::vector<wire::Payload>& response, Step& step) override {
    Outcome out;
    Mobility& mobility = *facts.mobility;
    const bool nat = wire::find_notify(response, NotifyType::UNEXPECTED_NAT_DETECTED) != nullptr;
    const bool again = nat && mobility.unexpected_nats++ < step.env.config.mobike.unexpected_nat_retries;
    if (!nat) mobility.unexpected_nats = 0;
    // §3.6: a request that went out from several addresses tells nothing: a new one is sent.
    if (again || changes_ != mobility.changes) out.then.push_back(announce_addresses_exchange());
    return out;
  }

 private:
  std::uint32_t changes_{};
};

/// R -> I   HDR, SK {N(COOKIE2)}        §3.7
class CheckRoutability final : public Exchange {
 public:
  ExchangeType type() const override { return ExchangeType::INFORMATIONAL; }

  std::optional<std::vector<wire::Payload>> build(Established&, const Facts& facts, Step& step) override {
    if (!facts.mobility) return std::nullopt;
    changes_ = facts.mobility->changes;
    return std::vector<wire::Payload>{cookie_.make(step.env.random)};
  }

  Outcome process(Established&, const Facts& facts, const std::vector<wire::Payload>& response, Step& step) override {
    if (!cookie_.comes_back(response)) return wrong_cookie(facts, step);
    // §3.7: sent to several addresses, so it does not tell which of them works; the newer update has its own check.
    if (changes_ != facts.mobility->changes) return {};
    step.out.events.push_back(trace::PathTested{facts.spis, facts.local, facts.remote, true});
    Outcome out;
    out.path.emplace();
    out.path->children = true;
    return out;
  }

 private:
  Cookie2 cookie_;
  std::uint32_t changes_{};
};

/// I -> R   HDR, SK {N(NAT_DETECTION_SOURCE_IP), N(NAT_DETECTION_DESTINATION_IP)}        §3.8
class CheckNatMapping final : public Exchange {
 public:
  ExchangeType type() const override { return ExchangeType::INFORMATIONAL; }

  std::optional<std::vector<wire::Payload>> build(Established&, const Facts& facts, Step& step) override {
    std::vector<wire::Payload> out;
    append_nat_detection(out, facts.spis, facts.local, facts.remote, step.env.config.nat);
    return out;
  }

  Outcome process(Established&, const Facts& facts, const std::vector<wire::Payload>& response, Step&) override {
    Outcome out;
    if (!facts.mobility) return out;
    const Bytes seen = seen_by_peer(response);
    const bool changed = !facts.mobility->seen_by_peer.empty() && !seen.empty() && seen != facts.mobility->seen_by_peer;
    if (!seen.empty()) facts.mobility->seen_by_peer = seen;
    // §3.8: the peer sees us elsewhere than before.
    if (changed) out.then.push_back(update_addresses_exchange());
    return out;
  }
};

}  // namespace

std::unique_ptr<Exchange> update_addresses_exchange() { return std::make_unique<UpdateAddresses>(); }
std::unique_ptr<Exchange> announce_addresses_exchange() { return std::make_unique<AnnounceAddresses>(); }
std::unique_ptr<Exchange> check_routability_exchange() { return std::make_unique<CheckRoutability>(); }

std::unique_ptr<Exchange> liveness_exchange(const Facts& facts) {
  // RFC 4555 §3.8: an initiator behind a NAT asks at the same time whether its mapping is still what it was.
  if (facts.mobility && facts.mobility->initiator && facts.nat_detection && facts.local_behind_nat)
    return std::make_unique<CheckNatMapping>();
  return informational_exchange({});
}

}  // namespace ikevet::sa
