#include "engine/sa/window.hpp"

#include <catch2/catch.hpp>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;

TEST_CASE("ResponseWindow: due, repeated, outside", "[sa][rfc7296-2.3]") {
  using Place = sa::ResponseWindow::Place;
  sa::ResponseWindow window(MessageId{1});
  CHECK(window.place({1}) == Place::Due);
  CHECK(window.place({0}) == Place::Outside);
  CHECK(window.place({2}) == Place::Outside);
  window.answered({1}, Bytes{0xaa});
  CHECK(window.place({1}) == Place::Repeated);
  CHECK(window.place({2}) == Place::Due);
  CHECK(window.answer_to({1}) == Bytes{0xaa});
}

TEST_CASE("ResponseWindow: several requests in any order", "[sa][rfc7296-2.3]") {
  using Place = sa::ResponseWindow::Place;
  sa::ResponseWindow window(MessageId{5});
  window.widen(3);
  window.widen(2);  // it cannot shrink
  CHECK(window.place({7}) == Place::Due);
  CHECK(window.place({8}) == Place::Outside);
  CHECK(window.place({4}) == Place::Outside);
  window.answered({7}, Bytes{7});
  CHECK(window.due() == MessageId{5});
  CHECK(window.place({7}) == Place::Repeated);
  CHECK(window.place({8}) == Place::Outside);  // 5 is still missing
  window.answered({5}, Bytes{5});
  CHECK(window.due() == MessageId{6});
  CHECK(window.place({8}) == Place::Due);
  window.answered({6}, Bytes{6});
  CHECK(window.due() == MessageId{8});
  // Three answers are kept, no more.
  window.answered({8}, Bytes{8});
  CHECK(window.place({5}) == Place::Outside);
  for (const std::uint32_t id : {6U, 7U, 8U}) CHECK(window.answer_to({id}) == Bytes{static_cast<std::uint8_t>(id)});
  // At the end of the number space nothing wraps.
  sa::ResponseWindow last(MessageId{0xffffffff});
  last.widen(3);
  CHECK(last.place({0}) == Place::Outside);
}

TEST_CASE("PendingRequest: waits grow to the longest and end", "[sa][rfc7296-2.1]") {
  sa::Retransmission policy;
  policy.first = std::chrono::seconds(1);
  policy.factor = 3;
  policy.longest = std::chrono::seconds(5);
  policy.attempts = 3;
  Instant now{};
  auto request = sa::PendingRequest::first({0}, wire::ExchangeType::IKE_SA_INIT, {}, policy, now);
  std::vector<Duration> waits{request.wait};
  for (now = request.due; request.repeat(policy, now); now = request.due) waits.push_back(request.wait);
  CHECK(waits == std::vector<Duration>{std::chrono::seconds(1), std::chrono::seconds(3), std::chrono::seconds(5),
                                       std::chrono::seconds(5)});
}

TEST_CASE("A request with a Message ID that is not due is not processed", "[sa][rfc7296-2.3]") {
  PeerPair p;
  p.establish();
  const IkeSpis spis = p.initiator.only_sa().spis;
  std::vector<Datagram> asks;
  for (int n = 0; n < 3; ++n) {
    asks.push_back(p.initiator.command(sa::CheckLiveness{spis}, p.now).at(0));
    p.settle({asks.back()});
  }
  CHECK(p.to_responder(asks[2]).size() == 1);  // the last one: answered again
  CHECK(p.to_responder(asks[0]).empty());      // older: outside the window
  CHECK(p.responder.seen<trace::Discarded>().back().section == "RFC 7296 §2.3");
}
