// Every pair of exchanges that can cross, RFC 7296 §2.8 and §2.25, with every message of theirs lost once, and every
// two of them: whatever is lost, both sides end up with the same SAs, and with those that were asked for.
#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <set>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using namespace std::chrono_literals;
using trace::CloseReason;

namespace {

enum class What { Nothing, RekeyChild, DeleteChild, CreateChild, RekeyIke, DeleteIke };
constexpr What kAll[]{What::Nothing,     What::RekeyChild, What::DeleteChild,
                      What::CreateChild, What::RekeyIke,   What::DeleteIke};
const char* name(What what) {
  switch (what) {
    case What::Nothing:
      return "nothing";
    case What::RekeyChild:
      return "Child rekey";
    case What::DeleteChild:
      return "Child delete";
    case What::CreateChild:
      return "Child creation";
    case What::RekeyIke:
      return "IKE rekey";
    case What::DeleteIke:
      return "IKE delete";
  }
  return "?";
}

/// In which order datagrams that are on their way at the same time arrive.
enum class Order { AsSent, NewestFirst };

/// Two established sides whose every datagram is counted from here on; those in `lost` do not arrive.
class LossyPair {
 public:
  LossyPair(std::set<int> lost, Order order, std::uint8_t nonce_a, std::uint8_t nonce_b)
      : lost_(std::move(lost)), order_(order) {
    pair.establish();
    pair.initiator.random.begin_with(nonce_a);
    pair.responder.random.begin_with(nonce_b);
  }

  void begin(Peer& peer, What what) {
    const auto sa = peer.only_sa();
    const auto run = [&](const sa::Command& command) { send(peer.command(command, pair.now)); };
    switch (what) {
      case What::Nothing:
        return;
      case What::RekeyChild:
        return run(sa::RekeyChildSa{sa.spis, sa.children.at(0).inbound});
      case What::DeleteChild:
        return run(sa::DeleteChildSa{sa.spis, sa.children.at(0).inbound});
      case What::CreateChild:
        return run(sa::CreateChildSa{sa.spis});
      case What::RekeyIke:
        return run(sa::RekeyIkeSa{sa.spis});
      case What::DeleteIke:
        return run(sa::DeleteIkeSa{sa.spis});
    }
  }

  /// Delivers and lets time pass until `limit` is over.
  void pass(Duration limit) {
    const Instant end = pair.now + limit;
    for (int n = 0; n < 1000; ++n) {
      deliver();
      Peer* next = nullptr;
      for (Peer* peer : {&pair.initiator, &pair.responder})
        if (peer->wake_at && *peer->wake_at <= end && (!next || *peer->wake_at < *next->wake_at)) next = peer;
      if (!next) break;
      pair.now = std::max(pair.now, *next->wake_at);
      send(next->tick(pair.now));
    }
    pair.now = end;
  }
  int sent() const { return sent_; }

  PeerPair pair;

 private:
  void send(std::vector<Datagram> all) {
    for (Datagram& one : all)
      if (!lost_.contains(sent_++)) wire_.push_back(std::move(one));
  }
  void deliver() {
    for (int n = 0; n < 1000 && !wire_.empty(); ++n) {
      const Datagram next = order_ == Order::AsSent ? wire_.front() : wire_.back();
      if (order_ == Order::AsSent)
        wire_.pop_front();
      else
        wire_.pop_back();
      Peer& to = next.destination.address == initiator_address() ? pair.initiator : pair.responder;
      send(to.handle(next, pair.now));
    }
  }
  static IpAddress initiator_address() { return *IpAddress::parse("192.0.2.1"); }

  std::set<int> lost_;
  Order order_;
  std::deque<Datagram> wire_;
  int sent_{};
};

template <class E>
std::ptrdiff_t lost_peers(const Peer& peer) {
  const auto events = peer.seen<E>();
  return std::ranges::count(events, CloseReason::PeerDead, &E::reason);
}

/// What is wrong at the end; empty when nothing is.
std::string judge(const LossyPair& run, What a, What b) {
  const auto either = [&](What what) { return a == what || b == what; };
  const Peer& i = run.pair.initiator;
  const Peer& r = run.pair.responder;
  if (lost_peers<trace::IkeSaClosed>(i) + lost_peers<trace::IkeSaClosed>(r) != 0) return "a peer was given up";
  if (either(What::DeleteIke))
    return i.engine.ike_sas().empty() && r.engine.ike_sas().empty() ? "" : "an IKE SA is left";
  if (i.engine.ike_sas().size() != 1) return std::to_string(i.engine.ike_sas().size()) + " IKE SAs";
  if (r.engine.ike_sas().size() != 1) return std::to_string(r.engine.ike_sas().size()) + " IKE SAs of the responder";
  const auto of_i = i.only_sa();
  const auto of_r = r.only_sa();
  if (of_i.spis != of_r.spis) return "not the same IKE SA";
  const auto first = i.seen<trace::IkeSaEstablished>().at(0).spis;
  if (either(What::RekeyIke) == (of_i.spis == first)) return "the IKE SA was not rekeyed, or was without being asked";
  const std::size_t expected =
      (either(What::DeleteChild) ? 0U : 1U) + (a == What::CreateChild ? 1U : 0U) + (b == What::CreateChild ? 1U : 0U);
  if (of_i.children.size() != expected) return std::to_string(of_i.children.size()) + " Child SAs";
  if (of_r.children.size() != expected) return std::to_string(of_r.children.size()) + " Child SAs of the responder";
  for (const sa::ChildSaView& child : of_i.children)
    if (std::ranges::find(of_r.children, child.inbound, &sa::ChildSaView::outbound) == of_r.children.end())
      return "not the same Child SAs";
  const ChildSpi old = i.seen<trace::ChildSaEstablished>().at(0).inbound;
  const bool there = std::ranges::find(of_i.children, old, &sa::ChildSaView::inbound) != of_i.children.end();
  if (there == (either(What::RekeyChild) || either(What::DeleteChild))) return "the first Child SA is there, or gone";
  return "";
}

struct Course {
  std::string fault;
  int sent{};
};

Course run_through(What a, What b, Order order, bool a_first, bool a_lower, std::set<int> lost) {
  LossyPair run(lost, order, a_lower ? 1 : 2, a_lower ? 2 : 1);
  // Both begin before either hears of the other.
  if (a_first) run.begin(run.pair.initiator, a);
  run.begin(run.pair.responder, b);
  if (!a_first) run.begin(run.pair.initiator, a);
  // Enough for TEMPORARY_FAILURE twice, and for IKE SAs that are left over to be dropped.
  run.pass(280s);
  return {judge(run, a, b), run.sent()};
}

}  // namespace

TEST_CASE("Exchanges that cross end in the same SAs on both sides, whatever is lost",
          "[sa][rfc7296-2.8][rfc7296-2.25]") {
  int runs = 0;
  std::vector<std::string> faults;
  for (const What a : kAll)
    for (const What b : kAll)
      for (const Order order : {Order::AsSent, Order::NewestFirst})
        for (const bool a_first : {true, false})
          for (const bool a_lower : {true, false}) {
            const auto attempt = [&](std::set<int> lost) {
              const Course course = run_through(a, b, order, a_first, a_lower, lost);
              ++runs;
              if (!course.fault.empty() && faults.size() < 40) {
                std::string text = std::string(name(a)) + " / " + name(b) +
                                   (order == Order::AsSent ? ", in order" : ", newest first") +
                                   (a_first ? ", A first" : ", B first") + (a_lower ? ", A lower" : ", B lower") +
                                   ", lost:";
                for (const int one : lost) text += " " + std::to_string(one);
                faults.push_back(text + ": " + course.fault);
              }
              return course.sent;
            };
            const int sent = std::min(attempt({}), 16);
            for (int one = 0; one < sent; ++one) {
              attempt({one});
              for (int two = one + 1; two < sent + 2; ++two) attempt({one, two});
            }
          }
  std::string all;
  for (const std::string& fault : faults) all += fault + "\n";
  CAPTURE(runs);
  CHECK(all == "");
  CHECK(runs > 5000);
}
