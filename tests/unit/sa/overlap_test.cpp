// Several requests at a time, RFC 7296 §2.3: SET_WINDOW_SIZE, answers in any order, what may not overlap.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using namespace std::chrono_literals;
using wire::NotifyType;

namespace {

Datagram only(const std::vector<Datagram>& all) {
  REQUIRE(all.size() == 1);
  return all.front();
}

/// A uses what B announces; B keeps `size` answers.
struct Wide : PeerPair {
  explicit Wide(std::uint32_t size = 3) : PeerPair(initiator_config(), wide(size)) {
    establish();
    ike = a.only_sa().spis;
  }
  static sa::Config wide(std::uint32_t size) {
    sa::Config out = responder_config();
    out.window.size = size;
    return out;
  }
  Datagram ask() { return only(a.command(sa::CheckLiveness{ike}, now)); }
  std::uint32_t id(const Datagram& d) const { return message_in(d).header.message_id.value; }

  Peer& a = initiator;
  Peer& b = responder;
  IkeSpis ike;
};

}  // namespace

TEST_CASE("SET_WINDOW_SIZE: as many requests as the peer keeps, and no more", "[sa][rfc7296-2.3]") {
  Wide w;
  const Datagram first = w.ask(), second = w.ask(), third = w.ask();
  CHECK(w.id(third) == w.id(first) + 2);
  CHECK(w.a.command(sa::CheckLiveness{w.ike}, w.now).empty());  // waits
  // They come in any order, and each is answered at once.
  const Datagram answer3 = only(w.to_responder(third));
  const Datagram answer2 = only(w.to_responder(second));
  CHECK(w.id(answer3) == w.id(third));
  CHECK(w.b.only_sa().next_peer_request.value == w.id(first));
  // "until it has received responses to all requests up through request X-N": the first one is still missing.
  CHECK(w.to_initiator(answer3).empty());
  CHECK(w.to_initiator(answer2).empty());
  // A repetition gets the octets that it got before.
  CHECK(only(w.to_responder(third)).payload == answer3.payload);
  const Datagram answer1 = only(w.to_responder(first));
  const Datagram fourth = only(w.to_initiator(answer1));
  CHECK(w.id(fourth) == w.id(first) + 3);
  w.settle({fourth});
  CHECK(w.a.seen<trace::RequestAnswered>().size() == 4);
  // The cache holds three answers: the first one is forgotten, and its request ignored (§2.1).
  CHECK(w.to_responder(first).empty());
  CHECK(only(w.to_responder(second)).payload == answer2.payload);
}

TEST_CASE("SET_WINDOW_SIZE: nobody said anything", "[sa][rfc7296-2.3]") {
  PeerPair p;
  p.establish();
  const auto ike = p.initiator.only_sa().spis;
  CHECK(p.initiator.command(sa::CheckLiveness{ike}, p.now).size() == 1);
  CHECK(p.initiator.command(sa::CheckLiveness{ike}, p.now).empty());
}

TEST_CASE("SET_WINDOW_SIZE: it says what its sender keeps, not what it may send", "[sa][rfc7296-2.3]") {
  Wide w;
  CHECK(w.b.command(sa::CheckLiveness{w.ike}, w.now).size() == 1);
  CHECK(w.b.command(sa::CheckLiveness{w.ike}, w.now).empty());
}

TEST_CASE("SET_WINDOW_SIZE: each request is repeated by itself", "[sa][rfc7296-2.1][rfc7296-2.3]") {
  Wide w;
  const Datagram first = w.ask();
  w.now += 300ms;
  const Datagram second = w.ask();
  w.to_initiator(only(w.to_responder(second)));
  CHECK(only(w.initiator_wakes()).payload == first.payload);
  CHECK(w.now - PeerPair::start() >= 1s);
  w.settle({first});
  CHECK(w.a.seen<trace::RequestAnswered>().size() == 2);
}

TEST_CASE("SET_WINDOW_SIZE: what changes the same SA does not overlap", "[sa][rfc7296-2.25]") {
  Wide w(4);
  const ChildSpi child = w.a.only_sa().children.at(0).inbound;
  SECTION("two exchanges about one Child SA") {
    const Datagram rekey = only(w.a.command(sa::RekeyChildSa{w.ike, child}, w.now));
    CHECK(w.a.command(sa::DeleteChildSa{w.ike, child}, w.now).empty());
    CHECK(w.a.command(sa::CreateChildSa{w.ike}, w.now).empty());  // in turn: it waits behind the deletion
    w.settle({rekey});
    CHECK(w.a.only_sa().children.size() == 2);
  }
  SECTION("Child SAs of their own") {
    const Datagram rekey = only(w.a.command(sa::RekeyChildSa{w.ike, child}, w.now));
    const Datagram one = only(w.a.command(sa::CreateChildSa{w.ike}, w.now));
    const Datagram two = only(w.a.command(sa::CreateChildSa{w.ike}, w.now));
    w.settle({two, rekey, one});
    CHECK(w.a.only_sa().children.size() == 3);
    CHECK(w.b.only_sa().children.size() == 3);
  }
  SECTION("rekeying the IKE SA waits until all else is answered, and nothing goes out beside it") {
    const Datagram one = only(w.a.command(sa::CreateChildSa{w.ike}, w.now));
    CHECK(w.a.command(sa::RekeyIkeSa{w.ike}, w.now).empty());
    const Datagram rekey = only(w.to_initiator(only(w.to_responder(one))));
    CHECK(w.a.command(sa::CheckLiveness{w.ike}, w.now).empty());
    w.settle({rekey});
    // "the new IKE SA starts with window size 1 until it is explicitly increased", which B did at once.
    const auto next = w.a.only_sa();
    CHECK(next.spis != w.ike);
    CHECK(next.children.size() == 2);
    w.ike = next.spis;
    const Datagram first = w.ask(), second = w.ask();
    w.settle({second, first});
  }
}

TEST_CASE("SET_WINDOW_SIZE: hostile values", "[sa][rfc7296-2.3]") {
  auto i = initiator_config();
  i.window.most_requests = 2;
  PeerPair p(i, Wide::wide(0xffffffff));
  p.establish();
  const auto ike = p.initiator.only_sa().spis;
  // We use two of what the peer has to offer, and it keeps kMaxWindow, whatever it was configured to.
  CHECK(p.initiator.command(sa::CheckLiveness{ike}, p.now).size() == 1);
  CHECK(p.initiator.command(sa::CheckLiveness{ike}, p.now).size() == 1);
  CHECK(p.initiator.command(sa::CheckLiveness{ike}, p.now).empty());
  // Four octets, or it is nothing.
  PeerPair q;
  q.establish();
  const auto other = q.initiator.only_sa().spis;
  const auto say = [&](Bytes data) {
    q.settle(q.responder.command(
        sa::SendInformational{other, {{wire::Notify::of(NotifyType::SET_WINDOW_SIZE, data), false, 0}}}, q.now));
  };
  say({0, 0, 9});
  say({0, 0, 0, 0});
  CHECK(q.initiator.command(sa::CheckLiveness{other}, q.now).size() == 1);
  CHECK(q.initiator.command(sa::CheckLiveness{other}, q.now).empty());
  say({0, 0, 0, 2});  // INFORMATIONAL does as well
  CHECK(q.initiator.engine.ike_sas().size() == 1);
}
