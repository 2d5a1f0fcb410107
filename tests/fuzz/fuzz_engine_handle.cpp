// Any octets at any moment of an IKE SA: the engine neither throws nor loses an SA to what nobody vouches for.
//
// The first octet chooses the moment; the rest is a datagram, or what stands inside the SK payload of an otherwise
// sound message of a peer with the right keys.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "tests/support/peer_pair.hpp"

namespace {

using namespace ikevet;
using namespace ikevet::tests;

/// Puts the given octets into the SK payload of messages of one exchange.
struct Substitute final : sa::OutboundTap {
  wire::ExchangeType exchange{};
  bool responses{};
  BytesView octets;
  void on_plaintext(const sa::OutboundMessage& m, sa::Plaintext& p) override {
    if (m.header.exchange == exchange && m.header.is_response() == responses) p.payloads = to_bytes(octets);
  }
};

void check(bool holds) {
  if (!holds) std::abort();
}

/// Octets from outside any SA: what was established before is there afterwards, and answers.
void unprotected(BytesView octets, bool to_initiator, std::uint16_t port) {
  PeerPair p;
  p.establish();
  const IkeSpis spis = p.initiator.only_sa().spis;
  const Endpoint i{p.initiator.only_sa().local.address, port};
  const Endpoint r{p.initiator.only_sa().remote.address, port};
  (to_initiator ? p.initiator : p.responder)
      .handle({to_initiator ? r : i, to_initiator ? i : r, to_bytes(octets)}, p.now);
  p.settle(p.initiator.command(sa::CheckLiveness{spis}, p.now));
  check(p.initiator.seen<trace::RequestAnswered>().size() == 1);
}

/// An answer to our IKE_SA_INIT from anybody.
void first_answer(BytesView octets) {
  PeerPair p;
  const Datagram ask = p.initiate();
  p.initiator.handle({ask.destination, ask.source, to_bytes(octets)}, p.now);
  while (p.initiator.wake_at) p.initiator_wakes();
  check(p.initiator.engine.ike_sas().empty());
}

/// A peer with the right keys that puts anything into SK.
void inside_sk(BytesView octets, wire::ExchangeType exchange, bool in_response) {
  Substitute tap;
  tap.exchange = exchange;
  tap.responses = in_response;
  tap.octets = octets;
  PeerPair p(initiator_config(), responder_config(), in_response ? sa::Seams{} : sa::Seams{.outbound = &tap},
             in_response ? sa::Seams{.outbound = &tap} : sa::Seams{});
  p.establish();
  const auto sas = p.initiator.engine.ike_sas();
  if (sas.size() == 1 && sas[0].stage == sa::IkeSaView::Stage::Established) {
    p.settle(p.initiator.command(sa::CheckLiveness{sas[0].spis}, p.now));
    if (!p.initiator.engine.ike_sas().empty() && !sas[0].children.empty())
      p.settle(p.initiator.command(sa::RekeyChildSa{sas[0].spis, sas[0].children[0].inbound}, p.now));
  }
  // Whatever was said, all timers end.
  for (int n = 0; n < 200 && p.initiator.wake_at; ++n) p.initiator_wakes();
  for (int n = 0; n < 200 && p.responder.wake_at; ++n) p.responder_wakes();
  check(!p.initiator.wake_at && !p.responder.wake_at);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const BytesView octets(data + 1, size - 1);
  using enum wire::ExchangeType;
  switch (data[0] % 10) {
    case 0:
      unprotected(octets, false, 500);
      break;
    case 1:
      unprotected(octets, true, 500);
      break;
    case 2:
      unprotected(octets, false, 4500);
      break;
    case 3:
      first_answer(octets);
      break;
    case 4:
      inside_sk(octets, IKE_AUTH, false);
      break;
    case 5:
      inside_sk(octets, IKE_AUTH, true);
      break;
    case 6:
      inside_sk(octets, INFORMATIONAL, false);
      break;
    case 7:
      inside_sk(octets, INFORMATIONAL, true);
      break;
    case 8:
      inside_sk(octets, CREATE_CHILD_SA, false);
      break;
    case 9:
      inside_sk(octets, CREATE_CHILD_SA, true);
      break;
  }
  return 0;
}
