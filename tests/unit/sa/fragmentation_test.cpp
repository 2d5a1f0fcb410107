// IKE fragmentation message by message, RFC 7383.
#include <catch2/catch.hpp>

#include "engine/sa/message_io.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using namespace std::chrono_literals;

namespace {

/// Small enough that IKE_AUTH with a pre-shared key is cut.
constexpr std::size_t kThreshold = 155;

sa::Config with_fragments(sa::Config config, std::size_t threshold = kThreshold) {
  config.fragmentation.supported = true;
  config.fragmentation.threshold_v4 = threshold;
  return config;
}

PeerPair pair(std::size_t threshold = kThreshold) {
  return PeerPair(with_fragments(initiator_config(), threshold), with_fragments(responder_config(), threshold));
}

/// The IKE_AUTH request in its packets.
std::vector<Datagram> auth_request(PeerPair& p) { return p.to_initiator(p.to_responder(p.initiate()).at(0)); }

const wire::EncryptedFragment& skf(const wire::Message& message) {
  return std::get<wire::EncryptedFragment>(message.payloads.back().body);
}

bool has(const Peer& peer, std::string_view why) {
  for (const auto& event : peer.seen<trace::Discarded>())
    if (event.why == why) return true;
  return false;
}

constexpr std::size_t kIpAndUdp = 28;

}  // namespace

TEST_CASE("Fragments: IKE_AUTH is cut and both sides are established", "[sa][rfc7383-2.5]") {
  PeerPair p = pair();
  // I -> R   HDR, SAi1, KEi, Ni, N(IKEV2_FRAGMENTATION_SUPPORTED)
  const Datagram ask = p.initiate();
  CHECK(wire::find_notify(message_in(ask).payloads, wire::NotifyType::IKEV2_FRAGMENTATION_SUPPORTED));
  const auto init = p.to_responder(ask);
  CHECK(wire::find_notify(message_in(init.at(0)).payloads, wire::NotifyType::IKEV2_FRAGMENTATION_SUPPORTED));
  // I -> R   HDR, SKF(NextPld=IDi, 1 of m) {...}, HDR, SKF(NextPld=0, 2 of m) {...}, ...
  const auto auth = p.to_initiator(init.at(0));
  REQUIRE(auth.size() >= 2);
  for (std::size_t i = 0; i < auth.size(); ++i) {
    const wire::Message message = message_in(auth[i]);
    CHECK(auth[i].payload.size() + kIpAndUdp <= kThreshold);
    CHECK(skf(message).fragment_number == i + 1);
    CHECK(skf(message).total_fragments == auth.size());
    CHECK(skf(message).first_inner == (i == 0 ? wire::PayloadType::IDi : wire::PayloadType::None));
    CHECK(message.header.message_id == MessageId{1});
  }
  p.settle(auth);
  CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
  CHECK(p.responder.seen<trace::MessageReassembled>().at(0).fragments == static_cast<int>(auth.size()));
  CHECK(p.initiator.seen<trace::MessageReassembled>().at(0).response);
  // §2.4: what is short stays whole.
  const auto liveness = p.initiator.command(sa::CheckLiveness{p.initiator.only_sa().spis}, p.now);
  CHECK(wire::find<wire::Encrypted>(message_in(liveness.at(0)).payloads));
}

TEST_CASE("Fragments come in any order, some twice, some damaged", "[sa][rfc7383-2.6]") {
  PeerPair p = pair();
  const auto auth = auth_request(p);
  REQUIRE(auth.size() == 3);
  CHECK(p.to_responder(auth[2]).empty());
  CHECK(p.to_responder(auth[0]).empty());
  CHECK(p.to_responder(auth[0]).empty());
  CHECK(has(p.responder, "a fragment that is there already"));
  // The ICV is checked before a fragment is kept: the damaged one does not stand in the way of the sound one.
  Datagram damaged = auth[1];
  damaged.payload.back() ^= 1;
  CHECK(p.to_responder(damaged).empty());
  CHECK(has(p.responder, "wrong Integrity Checksum Data"));
  const auto answer = p.to_responder(auth[1]);
  CHECK(answer.size() >= 2);
  p.settle(answer);
  CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
}

TEST_CASE("Fragments: only the first of a repeated request brings the answer again", "[sa][rfc7383-2.6.1]") {
  PeerPair p = pair();
  const auto auth = auth_request(p);
  std::vector<Datagram> answer;
  for (const Datagram& d : auth)
    for (Datagram& more : p.to_responder(d)) answer.push_back(std::move(more));  // lost
  REQUIRE(answer.size() >= 2);
  const auto again = p.initiator_wakes();
  CHECK(again == auth);  // bitwise identical, all of them
  CHECK(p.to_responder(again[1]).empty());
  CHECK(p.to_responder(again[2]).empty());
  CHECK(p.to_responder(again[0]) == answer);
  CHECK(p.responder.seen<trace::ResponseRepeated>().size() == 1);
  p.settle(answer);
  CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
}

TEST_CASE("PMTU probing: unanswered fragments get smaller, and the new set counts", "[sa][rfc7383-2.5.2]") {
  sa::Config i = with_fragments(initiator_config(), 600);
  i.fragmentation.ladder = {220, 170};
  i.fragmentation.tries = 1;
  PeerPair p(i, with_fragments(responder_config(), 600));
  const auto whole = auth_request(p);
  REQUIRE(whole.size() == 1);
  CHECK(wire::find<wire::Encrypted>(message_in(whole[0]).payloads));
  CHECK(p.initiator_wakes() == whole);
  // One repetition is enough here: 220 octets now, and the timers start over.
  const auto two = p.initiator_wakes();
  REQUIRE(two.size() == 2);
  CHECK(p.initiator.seen<trace::FragmentSizeReduced>().at(0).threshold == 220);
  CHECK(*p.initiator.wake_at == p.now + 1s);
  CHECK(p.to_responder(two[0]).empty());
  CHECK(p.initiator_wakes() == two);
  const auto three = p.initiator_wakes();
  REQUIRE(three.size() == 3);
  // The greater total begins afresh; the smaller one is of the past.
  CHECK(p.to_responder(three[2]).empty());
  CHECK(p.to_responder(two[1]).empty());
  CHECK(has(p.responder, "Total Fragments is less than in fragments that came before"));
  CHECK(p.to_responder(three[0]).empty());
  const auto answer = p.to_responder(three[1]);
  // §2.5.1: the responder takes the size of what it received for its answer.
  CHECK(!answer.empty());
  p.settle(answer);
  CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
  // The smallest size is kept to the end, and the request is given up like any other.
}

TEST_CASE("PMTU probing ends like any request that is never answered", "[sa][rfc7383-2.5.2]") {
  sa::Config i = with_fragments(initiator_config(), 600);
  i.fragmentation.ladder = {220};
  i.fragmentation.tries = 1;
  PeerPair p(i, with_fragments(responder_config()));
  auth_request(p);
  for (int n = 0; n < 20 && p.initiator.wake_at; ++n) p.initiator_wakes();
  CHECK(p.initiator.engine.ike_sas().empty());
  CHECK(p.initiator.seen<trace::IkeSaClosed>().at(0).reason == trace::CloseReason::PeerDead);
}

TEST_CASE("An unfragmented copy is taken while fragments are missing", "[sa][rfc7383-2.6]") {
  sa::Config i = with_fragments(initiator_config(), 600);
  i.fragmentation.ladder = {200};
  i.fragmentation.tries = 0;
  PeerPair p(i, with_fragments(responder_config(), 600));
  const auto whole = auth_request(p);
  const auto cut = p.initiator_wakes();
  REQUIRE(cut.size() >= 2);
  CHECK(p.to_responder(cut[0]).empty());
  const auto answer = p.to_responder(whole.at(0));
  REQUIRE(answer.size() == 1);
  CHECK(p.to_responder(cut[1]).empty());
  CHECK(p.to_responder(cut[0]) == answer);  // §2.6.1: the first fragment, of a request that was answered
}

TEST_CASE("Fragments of a message that stays incomplete are forgotten", "[sa][rfc7383-2.6]") {
  PeerPair p = pair();
  const auto auth = auth_request(p);
  CHECK(p.to_responder(auth[0]).empty());
  CHECK(p.to_responder(auth[1]).empty());
  p.now += 30s;
  p.responder.tick(p.now);
  CHECK(p.responder.engine.ike_sas().empty());  // the half-open IKE SA has as long to live

  PeerPair q = pair();
  q.establish();
  const IkeSpis spis = q.initiator.only_sa().spis;
  const std::vector<wire::Payload> much{sa::payload(wire::VendorId{Bytes(300, 7)})};
  const auto request = q.initiator.command(sa::SendInformational{spis, much}, q.now);
  REQUIRE(request.size() > 2);
  CHECK(q.to_responder(request[0]).empty());
  REQUIRE(q.responder.wake_at);
  q.responder_wakes();
  // Without the first, the others make nothing whole; once it has come again, all is well.
  for (std::size_t n = 1; n < request.size(); ++n) CHECK(q.to_responder(request[n]).empty());
  CHECK(q.to_responder(request[0]).size() == 1);
}

TEST_CASE("Fragments: too many, not agreed, or not due", "[sa][rfc7383-2.6]") {
  sa::Config r = with_fragments(responder_config());
  r.fragmentation.most_fragments = 2;
  PeerPair few(with_fragments(initiator_config()), r);
  for (const Datagram& d : auth_request(few)) CHECK(few.to_responder(d).empty());
  CHECK(has(few.responder, "more fragments than are kept"));

  r = with_fragments(responder_config());
  r.fragmentation.most_octets = 150;
  PeerPair small(with_fragments(initiator_config()), r);
  for (const Datagram& d : auth_request(small)) CHECK(small.to_responder(d).empty());
  CHECK(has(small.responder, "more octets than are kept"));

  PeerPair p = pair();
  const auto auth = auth_request(p);
  p.settle(auth);
  // A response fragment that answers nothing.
  const IkeSpis spis = p.initiator.only_sa().spis;
  const std::vector<wire::Payload> much{sa::payload(wire::VendorId{Bytes(300, 7)})};
  const auto request = p.initiator.command(sa::SendInformational{spis, much}, p.now);
  p.settle(request);
  CHECK(p.to_responder(auth[0]).empty());  // far behind the window
  CHECK(has(p.responder, "a fragment of a message that is not due"));

  PeerPair plain(initiator_config(), with_fragments(responder_config()));
  const auto whole = auth_request(plain);
  CHECK(whole.size() == 1);
  Datagram pretended = auth[0];  // the keys are others; it does not come to that
  for (std::size_t at = 0; at < 16; ++at) pretended.payload[at] = whole[0].payload[at];
  CHECK(plain.to_responder(pretended).empty());
  CHECK(has(plain.responder, "a fragment, though fragmentation was not agreed"));
}

TEST_CASE("IKE_INTERMEDIATE in fragments: AUTH is computed as if the messages had come whole", "[sa][rfc9242-3.3.2]") {
  sa::Config i = with_fragments(initiator_config());
  sa::Config r = with_fragments(responder_config());
  for (sa::Config* config : {&i, &r})
    config->ike_proposals[0].transforms.push_back(
        wire::Transform::of(wire::TransformType::ADDKE1, wire::DhGroup::ML_KEM_768));
  PeerPair p(i, r);
  p.establish();
  CHECK(p.responder.seen<trace::MessageReassembled>().at(0).fragments > 5);
  CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
}

namespace {

/// Puts an unprotected payload before SK, and counts what passes.
class ClearTap final : public sa::OutboundTap {
 public:
  void on_payloads(sa::OutboundMessage& message) override {
    if (message.encrypted)
      message.clear = {sa::payload(wire::Unknown{static_cast<wire::PayloadType>(200), Bytes(20, 1)})};
  }
  void on_plaintext(const sa::OutboundMessage&, sa::Plaintext& plaintext) override {
    ++plaintexts;
    largest = std::max(largest, plaintext.payloads.size());
  }
  void on_message(const sa::OutboundMessage& message, Bytes&) override { packets += message.encrypted ? 1 : 0; }
  int plaintexts = 0;
  int packets = 0;
  std::size_t largest = 0;
};

}  // namespace

TEST_CASE("Unprotected payloads stand in the first fragment alone", "[sa][rfc7383-2.5.3]") {
  ClearTap tap;
  PeerPair p(with_fragments(initiator_config()), with_fragments(responder_config()), sa::Seams{&tap});
  const auto auth = auth_request(p);
  REQUIRE(auth.size() >= 3);
  for (std::size_t i = 0; i < auth.size(); ++i) {
    CHECK(message_in(auth[i]).payloads.size() == (i == 0 ? 2u : 1u));
    CHECK(auth[i].payload.size() + kIpAndUdp <= kThreshold);
  }
  // The tap saw the plaintext once, and each packet.
  CHECK(tap.plaintexts == 1);
  CHECK(tap.packets == static_cast<int>(auth.size()));
  CHECK(tap.largest > kThreshold - kIpAndUdp);
  p.settle({auth.rbegin(), auth.rend()});
  CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
}
