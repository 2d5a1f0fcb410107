// Exchanges that cross each other on the way, RFC 7296 §2.8.1, §2.8.2, §2.25, message by message. A is the initiator of
// the IKE SA, B its responder; 1 is A's exchange, 2 is B's.
#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/sa/purpose.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using namespace std::chrono_literals;
using trace::CloseReason;
using wire::NotifyType;

namespace {

/// Keeps the payloads of what leaves, and can alter them.
struct Outgoing final : sa::OutboundTap {
  void on_payloads(sa::OutboundMessage& message) override {
    if (alter) alter(message);
    sent.push_back(message);
  }
  const std::vector<wire::Payload>& last() const { return sent.back().payloads; }
  std::function<void(sa::OutboundMessage&)> alter;
  std::vector<sa::OutboundMessage> sent;
};

Datagram only(const std::vector<Datagram>& all) {
  REQUIRE(all.size() == 1);
  return all.front();
}

struct Crossing : PeerPair {
  Crossing() : PeerPair(initiator_config(), responder_config(), {.outbound = &out_a}, {.outbound = &out_b}) {
    establish();
    ike = a.only_sa().spis;
    old_a = a.only_sa().children.at(0).inbound;
    old_b = b.only_sa().children.at(0).inbound;
  }
  Datagram to_a(const Datagram& d) { return only(a.handle(d, now)); }
  Datagram to_b(const Datagram& d) { return only(b.handle(d, now)); }
  Datagram rekey_child_a() { return only(a.command(sa::RekeyChildSa{ike, old_a}, now)); }
  Datagram rekey_child_b() { return only(b.command(sa::RekeyChildSa{ike, old_b}, now)); }
  Datagram delete_child_a() { return only(a.command(sa::DeleteChildSa{ike, old_a}, now)); }
  Datagram delete_child_b() { return only(b.command(sa::DeleteChildSa{ike, old_b}, now)); }
  Datagram rekey_ike_a() { return only(a.command(sa::RekeyIkeSa{ike}, now)); }
  Datagram rekey_ike_b() { return only(b.command(sa::RekeyIkeSa{ike}, now)); }

  /// Time passes, and all that is sent arrives, until both fall silent for good or `limit` is over.
  void pass(Duration limit) {
    const Instant end = now + limit;
    for (int n = 0; n < 1000; ++n) {
      Peer* next = nullptr;
      for (Peer* peer : {&a, &b})
        if (peer->wake_at && *peer->wake_at <= end && (!next || *peer->wake_at < *next->wake_at)) next = peer;
      if (!next) break;
      now = std::max(now, *next->wake_at);
      settle(next->tick(now));
    }
    now = std::max(now, end);
  }
  std::vector<ChildSpi> children_a() const { return inbound(a); }
  std::vector<ChildSpi> children_b() const { return inbound(b); }
  /// Both sides have the same IKE SA, with the same Child SAs.
  void check_agreed(std::size_t children = 1) const {
    const auto of_a = a.only_sa();
    const auto of_b = b.only_sa();
    CHECK(of_a.spis == of_b.spis);
    CHECK(of_a.children.size() == children);
    REQUIRE(of_a.children.size() == of_b.children.size());
    for (const sa::ChildSaView& child : of_a.children)
      CHECK(std::ranges::find(of_b.children, child.inbound, &sa::ChildSaView::outbound) != of_b.children.end());
  }
  void check_alive() {
    for (Peer* peer : {&a, &b}) {
      const auto before = peer->seen<trace::RequestAnswered>().size();
      settle(peer->command(sa::CheckLiveness{peer->only_sa().spis}, now));
      CHECK(peer->seen<trace::RequestAnswered>().size() == before + 1);
    }
  }
  static std::size_t redundant(const Peer& peer) {
    const auto ike = peer.seen<trace::IkeSaClosed>();
    const auto child = peer.seen<trace::ChildSaClosed>();
    const auto count = [](const auto& events) {
      return std::ranges::count_if(events, [](const auto& e) { return e.reason == CloseReason::Redundant; });
    };
    return static_cast<std::size_t>(count(ike) + count(child));
  }

  Outgoing out_a, out_b;
  Peer& a = initiator;
  Peer& b = responder;
  IkeSpis ike;
  ChildSpi old_a, old_b;

 private:
  static std::vector<ChildSpi> inbound(const Peer& peer) {
    std::vector<ChildSpi> out;
    for (const auto& child : peer.only_sa().children) out.push_back(child.inbound);
    return out;
  }
};

wire::NotifyType error_in(const std::vector<wire::Payload>& payloads) {
  const wire::Notify* error = wire::find_error(payloads);
  return error ? error->type : wire::NotifyType{};
}
const wire::Delete* deletion_in(const std::vector<wire::Payload>& payloads) {
  return wire::find<wire::Delete>(payloads);
}

}  // namespace

TEST_CASE("Nonces are compared octet by octet", "[sa][rfc7296-2.8.1]") {
  const Bytes low{1, 2}, longer{1, 2, 0}, high{1, 3};
  CHECK(equal(sa::lower_nonce(low, high), low));
  CHECK(equal(sa::lower_nonce(high, low), low));
  CHECK(equal(sa::lower_nonce(longer, low), low));  // "If you reach the end of one nonce, that nonce is the lower one"
  CHECK(sa::is_redundant(high, low, sa::Rival{longer}));
  CHECK_FALSE(sa::is_redundant(high, longer, sa::Rival{low}));
  // Not as numbers: 0x00ff... stands before 0x01.
  CHECK(equal(sa::lower_nonce(Bytes{0, 255, 255}, Bytes{1}), Bytes{0, 255, 255}));
}

// ----------------------------------------------------------------------------------------------------- Child SA,
// §2.8.1

TEST_CASE("Child rekey meets Child rekey: both notice", "[sa][rfc7296-2.8.1]") {
  Crossing x;
  const bool a_loses = GENERATE(true, false);
  const int lowest = GENERATE(0, 1);  // the lowest nonce is the initiator's or the responder's
  // A -> B  req1 N(REKEY_SA, SPIa1), SA, Ni1, TS        B -> A  req2 N(REKEY_SA, SPIb1), SA, Ni2, TS
  x.a.random.begin_with(a_loses && lowest == 0 ? 1 : 8);
  const Datagram req1 = x.rekey_child_a();
  x.b.random.begin_with(!a_loses && lowest == 0 ? 1 : 9);
  const Datagram req2 = x.rekey_child_b();
  // Each responds as usual.
  x.a.random.begin_with(!a_loses && lowest == 1 ? 1 : 7);
  const Datagram resp2 = x.to_a(req2);
  x.b.random.begin_with(a_loses && lowest == 1 ? 1 : 7);
  const Datagram resp1 = x.to_b(req1);
  CHECK(x.children_a().size() == 2);
  CHECK(x.children_b().size() == 2);

  Datagram del1{}, del2{};
  SECTION("the responses cross as well") {
    del1 = x.to_a(resp1);
    del2 = x.to_b(resp2);
  }
  SECTION("A is done before B has its response") {
    del1 = x.to_a(resp1);
    const Datagram deleted1 = x.to_b(del1);
    CHECK(x.a.handle(deleted1, x.now).empty());
    del2 = x.to_b(resp2);
    del1 = {};
  }
  // The one whose exchange lost deletes what it made, the other one what was replaced.
  const auto& deleted_by_a = *deletion_in(a_loses ? x.out_a.last() : x.out_a.last());
  CHECK(deleted_by_a.child_spis().size() == 1);
  if (!del1.payload.empty()) x.settle({del1});
  x.settle({del2});
  x.check_agreed();
  CHECK(x.children_a()[0] != x.old_a);
  const auto made = (a_loses ? x.b : x.a).seen<trace::ChildSaEstablished>();
  // The survivor is the one that the winner began: its second, or third, since the first set-up.
  CHECK(Crossing::redundant(x.a) == (a_loses ? 1 : 0));
  CHECK(Crossing::redundant(x.b) == (a_loses ? 0 : 1));
  CHECK(made.size() == 3);
  x.check_alive();
}

TEST_CASE("Child rekey meets Child rekey: one request is lost", "[sa][rfc7296-2.8.1]") {
  Crossing x;
  // A -> B  req1 (lost)       B -> A  req2, and its answer
  const Datagram req1 = x.rekey_child_a();
  const Datagram resp2 = x.to_a(x.rekey_child_b());
  // B -> A  req3 D(SPIb1)     A -> B  resp3 D(SPIa1)
  const Datagram req3 = x.to_b(resp2);
  SECTION("req1 comes when B is done") {
    const Datagram resp3 = x.to_a(req3);
    CHECK(deletion_in(x.out_a.last()));
    CHECK(x.b.handle(resp3, x.now).empty());
    const Datagram again = only(x.initiator_wakes());
    CHECK(again.payload == req1.payload);
    // "B responds to the request with something non-fatal such as CHILD_SA_NOT_FOUND", with protocol and SPI (§2.25).
    const Datagram resp1 = x.to_b(again);
    const wire::Notify* error = wire::find_error(x.out_b.last());
    REQUIRE(error);
    CHECK(error->type == NotifyType::CHILD_SA_NOT_FOUND);
    CHECK(error->protocol == wire::ProtocolId::ESP);
    CHECK(error->spi.size() == 4);
    // "it can ignore the error message"
    CHECK(x.a.handle(resp1, x.now).empty());
  }
  SECTION("req1 comes while B deletes the old one") {
    const Datagram resp1 = x.to_b(req1);
    CHECK(error_in(x.out_b.last()) == NotifyType::TEMPORARY_FAILURE);
    CHECK(x.a.handle(resp1, x.now).empty());
    x.settle({req3});
  }
  x.check_agreed();
  CHECK(x.children_a()[0] != x.old_a);
  x.pass(300s);  // no attempt is repeated
  x.check_agreed();
  CHECK(x.a.seen<trace::ChildSaEstablished>().size() == 2);
  x.check_alive();
}

TEST_CASE("Child rekey meets Child delete", "[sa][rfc7296-2.25.1]") {
  Crossing x;
  const Datagram req1 = x.rekey_child_a();
  const Datagram del2 = x.delete_child_b();
  SECTION("both requests arrive") {
    // §2.25.1: "SHOULD reply as usual, with a Delete payload"
    const Datagram deleted2 = x.to_a(del2);
    CHECK(deletion_in(x.out_a.last())->child_spis() == std::vector{x.old_a});
    // "a Child SA that it is currently trying to close ... TEMPORARY_FAILURE"
    const Datagram resp1 = x.to_b(req1);
    CHECK(error_in(x.out_b.last()) == NotifyType::TEMPORARY_FAILURE);
    x.settle({deleted2, resp1});
  }
  SECTION("the rekeying is answered before the deletion arrives") {
    const Datagram resp1 = x.to_b(req1);
    CHECK(x.a.handle(resp1, x.now).empty());
    x.settle({del2});
  }
  SECTION("the deletion is over when the request to rekey arrives") {
    x.settle({del2});
    x.to_b(req1);
    CHECK(error_in(x.out_b.last()) == NotifyType::CHILD_SA_NOT_FOUND);
    x.settle(x.initiator_wakes());
  }
  x.check_agreed(0);
  // There is nothing left to be rekeyed, and it was not lost but deleted: nothing takes its place.
  x.pass(300s);
  x.check_agreed(0);
  x.check_alive();
}

TEST_CASE("Child delete meets Child delete", "[sa][rfc7296-1.4.1][rfc7296-2.25.1]") {
  Crossing x;
  const Datagram del1 = x.delete_child_a();
  const Datagram del2 = x.delete_child_b();
  // "SHOULD reply without a Delete payload"
  const Datagram deleted2 = x.to_a(del2);
  CHECK(x.out_a.last().empty());
  const Datagram deleted1 = x.to_b(del1);
  CHECK(x.out_b.last().empty());
  x.settle({deleted1, deleted2});
  x.check_agreed(0);
  CHECK(x.a.seen<trace::ChildSaClosed>().size() == 1);
  CHECK(x.b.seen<trace::ChildSaClosed>().size() == 1);
  x.check_alive();
}

TEST_CASE("CHILD_SA_NOT_FOUND: a Child SA that only we have is set up anew", "[sa][rfc7296-2.25]") {
  Crossing x;
  // The two are out of step: B does not know what A names.
  x.out_a.alter = [](sa::OutboundMessage& message) {
    for (wire::Payload& payload : message.payloads)
      if (auto* notify = std::get_if<wire::Notify>(&payload.body); notify && notify->type == NotifyType::REKEY_SA)
        notify->spi = {9, 9, 9, 9};
  };
  const Datagram resp1 = x.to_b(x.rekey_child_a());
  CHECK(error_in(x.out_b.last()) == NotifyType::CHILD_SA_NOT_FOUND);
  // A -> B  SA, Ni, TSi, TSr     for a new Child SA with the selectors of the old one; that is gone without a word
  const Datagram anew = x.to_a(resp1);
  CHECK_FALSE(wire::find_notify(x.out_a.last(), NotifyType::REKEY_SA));
  CHECK(x.children_a().empty());
  x.settle({anew});
  CHECK(x.children_a().size() == 1);
  CHECK(x.a.only_sa().children[0].local_ts == initiator_config().local_ts);
}

// ------------------------------------------------------------------------------------------------------- IKE SA,
// §2.8.2

TEST_CASE("IKE rekey meets IKE rekey: both notice", "[sa][rfc7296-2.8.2][rfc7296-2.25.2]") {
  Crossing x;
  const bool a_loses = GENERATE(true, false);
  x.a.random.begin_with(a_loses ? 1 : 8);
  const Datagram req1 = x.rekey_ike_a();
  x.b.random.begin_with(a_loses ? 9 : 1);
  const Datagram req2 = x.rekey_ike_b();
  x.a.random.begin_with(7);
  x.b.random.begin_with(7);
  const Datagram resp2 = x.to_a(req2);
  const Datagram resp1 = x.to_b(req1);
  // The old one and one new one each, and the Child SA still belongs to the old one.
  CHECK(x.a.engine.ike_sas().size() == 2);
  CHECK(x.a.sa(x.ike).children.size() == 1);
  CHECK(x.b.sa(x.ike).children.size() == 1);

  Peer& winner = a_loses ? x.b : x.a;
  SECTION("the responses cross as well") {
    // The winner deletes the old IKE SA, the loser its new one.
    const Datagram del1 = x.to_a(resp1);
    const Datagram del2 = x.to_b(resp2);
    const IkeSpis next = winner.seen<trace::IkeSaRekeyed>().at(0).successor;
    CHECK(message_in(a_loses ? del2 : del1).header.spis == x.ike);
    CHECK(message_in(a_loses ? del1 : del2).header.spis != x.ike);
    CHECK(message_in(a_loses ? del1 : del2).header.spis != next);
    CHECK(x.a.sa(next).children.size() == 1);
    CHECK(x.b.sa(next).children.size() == 1);
    x.settle({del1, del2});
  }
  SECTION("A's deletion comes before B has its response") {
    const Datagram del1 = x.to_a(resp1);
    x.settle({del1});
    x.settle(x.b.handle(resp2, x.now));
  }
  SECTION("B's deletion comes before A has its response") {
    const Datagram del2 = x.to_b(resp2);
    x.settle({del2});
    x.settle(x.a.handle(resp1, x.now));
  }
  SECTION("B's response is lost for good, and A's retransmission comes late") {
    x.settle({x.to_b(resp2)});
    x.settle(x.initiator_wakes());
  }
  x.pass(300s);  // whoever never heard of the peer's loss drops what is left over
  x.check_agreed();
  CHECK(x.children_a()[0] == x.old_a);
  CHECK(winner.only_sa().we_are_original_initiator);
  CHECK(x.a.seen<trace::IkeSaRekeyed>().size() == 1);
  CHECK(x.b.seen<trace::IkeSaRekeyed>().size() == 1);
  CHECK(x.a.seen<trace::ChildSaClosed>().empty());
  x.check_alive();
}

TEST_CASE("IKE rekey meets IKE rekey: one side does not notice", "[sa][rfc7296-2.8.2]") {
  Crossing x;
  // B -> A  req2 (delayed)       A -> B ... here A is the one that does not notice: the figure of §2.8.2
  const Datagram req1 = x.rekey_ike_a();
  const Datagram req2 = x.rekey_ike_b();
  const Datagram resp1 = x.to_b(req1);
  const Datagram req3 = x.to_a(resp1);  // A -> B  D()
  SECTION("B sees the deletion first") {
    // "can forget its own rekey attempt": B stops repeating req2
    const Datagram resp3 = x.to_b(req3);
    CHECK(x.a.handle(resp3, x.now).empty());
    const auto before = x.b.seen<trace::Retransmitted>().size();
    x.pass(300s);
    CHECK(x.b.seen<trace::Retransmitted>().size() == before);
  }
  SECTION("A gets req2 after all, while it closes the old IKE SA") {
    const Datagram resp2 = x.to_a(req2);
    CHECK(error_in(x.out_a.last()) == NotifyType::TEMPORARY_FAILURE);
    CHECK(x.b.handle(resp2, x.now).empty());
    x.settle({req3});
  }
  SECTION("B uses the new IKE SA before A's deletion comes") {
    const IkeSpis next = x.a.seen<trace::IkeSaRekeyed>().at(0).successor;
    CHECK(x.b.seen<trace::IkeSaRekeyed>().empty());
    // A -> B  D(SPIa) of the Child SA, in the new IKE SA: to A there is nothing left to be decided.
    const Datagram del = only(x.a.command(sa::DeleteChildSa{next, x.old_a}, x.now));
    const Datagram deleted = x.to_b(del);
    CHECK(x.b.seen<trace::IkeSaRekeyed>().at(0).successor == next);
    CHECK(deletion_in(x.out_b.last()));
    CHECK(x.a.handle(deleted, x.now).empty());
    x.settle({req3});
    x.check_agreed(0);
    return;
  }
  x.check_agreed();
  CHECK(x.a.only_sa().we_are_original_initiator);
  CHECK(x.b.seen<trace::IkeSaRekeyed>().size() == 1);
  x.check_alive();
}

TEST_CASE("A command for an IKE SA that has not taken over waits until it is known which one does",
          "[sa][rfc7296-2.8.2]") {
  Crossing x;
  const Datagram req1 = x.rekey_ike_a();
  const Datagram resp2 = x.to_a(x.rekey_ike_b());
  const IkeSpis candidate = x.a.seen<trace::IkeSaKeyed>().back().spis;
  REQUIRE(candidate != x.ike);
  // Sent in the new IKE SA it would tell B that A has decided.
  CHECK(x.a.command(sa::CreateChildSa{candidate}, x.now).empty());
  CHECK(x.a.command(sa::CheckLiveness{candidate}, x.now).empty());
  x.settle({req1, resp2});
  x.check_agreed(2);
  CHECK(x.a.only_sa().spis != x.ike);
}

TEST_CASE("IKE rekey meets IKE delete", "[sa][rfc7296-2.25.2]") {
  Crossing x;
  const Datagram req1 = x.rekey_ike_a();
  const Datagram del2 = only(x.b.command(sa::DeleteIkeSa{x.ike}, x.now));
  SECTION("the rekeying arrives first: TEMPORARY_FAILURE") {
    const Datagram resp1 = x.to_b(req1);
    CHECK(error_in(x.out_b.last()) == NotifyType::TEMPORARY_FAILURE);
    CHECK(x.a.handle(resp1, x.now).empty());
    x.settle({del2});
  }
  SECTION("the deletion arrives first: answered as usual, and the rekeying forgotten") {
    const Datagram deleted = x.to_a(del2);
    CHECK(x.out_a.last().empty());
    x.settle({deleted});
  }
  x.pass(300s);
  CHECK(x.a.engine.ike_sas().empty());
  CHECK(x.b.engine.ike_sas().empty());
  CHECK(x.a.seen<trace::ChildSaClosed>().size() == 1);
}

TEST_CASE("IKE delete meets IKE delete", "[sa][rfc7296-2.25.2]") {
  Crossing x;
  const Datagram del1 = only(x.a.command(sa::DeleteIkeSa{x.ike}, x.now));
  const Datagram del2 = only(x.b.command(sa::DeleteIkeSa{x.ike}, x.now));
  const Datagram deleted2 = x.to_a(del2);
  const Datagram deleted1 = x.to_b(del1);
  CHECK(x.a.handle(deleted1, x.now).empty());
  CHECK(x.b.handle(deleted2, x.now).empty());
  CHECK(x.a.engine.ike_sas().empty());
  CHECK(x.b.engine.ike_sas().empty());
  CHECK(x.a.seen<trace::IkeSaClosed>().size() == 1);
}

// ------------------------------------------------------------------------------------- IKE SA against Child SA, §2.25

TEST_CASE("IKE rekey meets a change of a Child SA: TEMPORARY_FAILURE and another attempt", "[sa][rfc7296-2.25]") {
  Crossing x;
  const Datagram req1 = x.rekey_ike_a();
  std::size_t children = 1;
  SECTION("rekeying") {
    const Datagram req2 = x.rekey_child_b();
    const Datagram resp2 = x.to_a(req2);
    CHECK(error_in(x.out_a.last()) == NotifyType::TEMPORARY_FAILURE);
    const Datagram resp1 = x.to_b(req1);
    CHECK(error_in(x.out_b.last()) == NotifyType::TEMPORARY_FAILURE);
    CHECK(x.a.handle(resp1, x.now).empty());
    CHECK(x.b.handle(resp2, x.now).empty());
  }
  SECTION("creation") {
    children = 2;
    const Datagram req2 = only(x.b.command(sa::CreateChildSa{x.ike}, x.now));
    const Datagram resp2 = x.to_a(req2);
    CHECK(error_in(x.out_a.last()) == NotifyType::TEMPORARY_FAILURE);
    const Datagram resp1 = x.to_b(req1);
    CHECK(error_in(x.out_b.last()) == NotifyType::TEMPORARY_FAILURE);
    CHECK(x.a.handle(resp1, x.now).empty());
    CHECK(x.b.handle(resp2, x.now).empty());
  }
  SECTION("deletion") {
    children = 0;
    // §2.25.2: "SHOULD reply as usual, with a Delete payload"
    const Datagram del2 = x.delete_child_b();
    const Datagram deleted2 = x.to_a(del2);
    CHECK(deletion_in(x.out_a.last()));
    const Datagram resp1 = x.to_b(req1);
    CHECK(error_in(x.out_b.last()) == NotifyType::TEMPORARY_FAILURE);
    CHECK(x.a.handle(resp1, x.now).empty());
    CHECK(x.b.handle(deleted2, x.now).empty());
  }
  // §2.25: "MUST NOT immediately retry"; each draws its own wait.
  CHECK(*x.a.wake_at - x.now >= 10s);
  CHECK(*x.a.wake_at - x.now < 20s);
  CHECK(x.a.wake_at != x.b.wake_at);
  x.pass(60s);
  x.check_agreed(children);
  CHECK(x.a.only_sa().spis != x.ike);
  if (children == 1) CHECK(x.children_a()[0] != x.old_a);
  x.check_alive();
}

TEST_CASE("TEMPORARY_FAILURE for several minutes: the two are out of step", "[sa][rfc7296-2.25]") {
  Crossing x;
  x.out_b.alter = [](sa::OutboundMessage& message) {
    if (message.header.exchange == wire::ExchangeType::CREATE_CHILD_SA) message.payloads.clear();
    if (message.header.exchange == wire::ExchangeType::CREATE_CHILD_SA)
      message.payloads.push_back({wire::Notify::of(NotifyType::TEMPORARY_FAILURE, {}), false, 0});
  };
  x.settle({x.rekey_child_a()});
  x.pass(200s);
  CHECK(x.a.seen<trace::RequestRefused>().size() > 5);
  CHECK(x.a.engine.ike_sas().size() == 1);
  x.pass(100s);
  CHECK(x.a.engine.ike_sas().empty());
  CHECK(x.b.engine.ike_sas().empty());
}

TEST_CASE("An IKE SA that has been rekeyed takes nothing but its deletion", "[sa][rfc7296-2.8.2]") {
  Crossing x;
  const Datagram req1 = x.rekey_ike_a();
  const Datagram resp1 = x.to_b(req1);
  const IkeSpis next = x.b.seen<trace::IkeSaRekeyed>().at(0).successor;
  // What B is told to do meanwhile happens in the new IKE SA, which A learns of a little later.
  const Datagram req2 = only(x.b.command(sa::RekeyChildSa{next, x.old_b}, x.now));
  CHECK(x.a.handle(req2, x.now).empty());
  x.settle({resp1});
  x.settle(x.responder_wakes());
  x.check_agreed();
  CHECK(x.children_a()[0] != x.old_a);
}
