#include "engine/sa/nat.hpp"

#include "engine/base/writer.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/sa/message_io.hpp"

namespace ikevet::sa {

namespace {

struct Match {
  bool present{};
  bool matched{};
};

Match match(std::span<const wire::Payload> payloads, wire::NotifyType type, BytesView hash) {
  Match out;
  for (const wire::Notify* notify : wire::notifies(payloads)) {
    if (notify->type != type) continue;
    out.present = true;
    // RFC 7296 §2.23: a multihomed sender may put in several source hashes; one that matches is enough.
    out.matched = out.matched || equal(notify->data, hash);
  }
  return out;
}

}  // namespace

Bytes nat_detection_hash(IkeSpis spis, const Endpoint& endpoint) {
  Writer octets;
  octets.u64(spis.i.value).u64(spis.r.value).bytes(endpoint.address.octets()).u16(endpoint.port);
  return crypto::sha1(octets.view());
}

void append_nat_detection(std::vector<wire::Payload>& payloads, IkeSpis spis, const Endpoint& local,
                          const Endpoint& remote, const NatTraversal& policy) {
  // Nobody sends from port 0 of no address: this hash matches nothing.
  const Endpoint source = policy.force_encapsulation ? Endpoint{} : policy.outside.value_or(local);
  payloads.push_back(notify(wire::NotifyType::NAT_DETECTION_SOURCE_IP, nat_detection_hash(spis, source)));
  payloads.push_back(notify(wire::NotifyType::NAT_DETECTION_DESTINATION_IP, nat_detection_hash(spis, remote)));
}

NatSituation detect_nat(std::span<const wire::Payload> payloads, IkeSpis spis, const Endpoint& source,
                        const Endpoint& destination) {
  const Match theirs = match(payloads, wire::NotifyType::NAT_DETECTION_SOURCE_IP, nat_detection_hash(spis, source));
  const Match ours =
      match(payloads, wire::NotifyType::NAT_DETECTION_DESTINATION_IP, nat_detection_hash(spis, destination));
  NatSituation out;
  out.supported = theirs.present && ours.present;
  out.peer_behind_nat = out.supported && !theirs.matched;
  out.local_behind_nat = out.supported && !ours.matched;
  return out;
}

}  // namespace ikevet::sa
