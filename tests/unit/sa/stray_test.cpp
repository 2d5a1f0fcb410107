// What belongs to no SA, RFC 7296 §1.5 and §2.21.4; INVALID_SPI.
#include <catch2/catch.hpp>

#include "engine/base/writer.hpp"
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

}  // namespace

TEST_CASE("INVALID_IKE_SPI: for requests, in clear, not too often", "[sa][rfc7296-2.21.4]") {
  auto r = responder_config();
  r.strays.answers_per_second = 2;
  PeerPair p(initiator_config(), r);
  p.establish();
  const auto ike = p.initiator.only_sa().spis;
  p.responder.command(sa::Abandon{ike}, p.now);  // as after a crash
  const Datagram ask = only(p.initiator.command(sa::CheckLiveness{ike}, p.now));
  const wire::Message answer = message_in(only(p.to_responder(ask)));
  // §1.5: SPIs, Message ID and exchange type are copied.
  CHECK(answer.header.spis == ike);
  CHECK(answer.header.is_response());
  CHECK_FALSE(answer.header.is_from_original_initiator());
  CHECK(answer.header.exchange == wire::ExchangeType::INFORMATIONAL);
  CHECK(answer.header.message_id == message_in(ask).header.message_id);
  REQUIRE(answer.payloads.size() == 1);
  CHECK(wire::find_notify(answer.payloads, NotifyType::INVALID_IKE_SPI));
  CHECK(p.to_responder(ask).size() == 1);
  CHECK(p.to_responder(ask).empty());
  p.now += 1s;
  CHECK(p.to_responder(ask).size() == 1);
  // "must not respond" to a response.
  p.initiator.command(sa::Abandon{ike}, p.now);
  CHECK(p.to_initiator(only(p.to_responder(ask))).empty());
}

TEST_CASE("INVALID_IKE_SPI: nobody is told unless asked for", "[sa][rfc7296-2.21.4]") {
  PeerPair p;
  p.establish();
  const auto ike = p.initiator.only_sa().spis;
  p.responder.command(sa::Abandon{ike}, p.now);
  CHECK(p.to_responder(only(p.initiator.command(sa::CheckLiveness{ike}, p.now))).empty());
}

TEST_CASE("INVALID_IKE_SPI: a hint and no more", "[sa][rfc7296-1.5]") {
  PeerPair p;
  p.establish();
  const auto ike = p.initiator.only_sa().spis;
  // What anybody on the way could send.
  wire::Message forged;
  forged.header.spis = ike;
  forged.header.exchange = wire::ExchangeType::INFORMATIONAL;
  forged.header.flags = wire::kFlagResponse;
  forged.payloads.push_back({wire::Notify::of(NotifyType::INVALID_IKE_SPI, {}), false, 0});
  const auto at = p.initiator.only_sa();
  Writer out;
  forged.serialise(out);
  const Datagram hint{at.remote, at.local, out.take()};
  // The peer was heard just now.
  CHECK(p.to_initiator(hint).empty());
  CHECK(p.initiator.seen<trace::Discarded>().back().section == "RFC 7296 §1.5");
  p.now += 11s;
  const Datagram ask = only(p.to_initiator(hint));
  CHECK(p.to_initiator(hint).empty());  // it is asked already
  p.settle({ask});
  CHECK(p.to_initiator(hint).empty());  // and has answered
  CHECK(p.initiator.only_sa().spis == ike);
}

TEST_CASE("INVALID_SPI in an IKE SA", "[sa][rfc7296-1.5]") {
  PeerPair p;
  p.establish();
  const auto ike = p.initiator.only_sa();
  const ChildSpi theirs = ike.children.at(0).outbound;
  const auto say = [&](Bytes data) {
    p.settle(p.responder.command(
        sa::SendInformational{ike.spis, {{wire::Notify::of(NotifyType::INVALID_SPI, data), false, 0}}}, p.now));
  };
  const Bytes spi{static_cast<std::uint8_t>(theirs.value >> 24), static_cast<std::uint8_t>(theirs.value >> 16),
                  static_cast<std::uint8_t>(theirs.value >> 8), static_cast<std::uint8_t>(theirs.value)};
  say(spi);
  CHECK(p.initiator.only_sa().children.size() ==
        1);  // too young: our first packets may have been faster than our answer
  p.now += 11s;
  say({1, 2, 3});
  say({1, 2, 3, 4});
  CHECK(p.initiator.only_sa().children.size() == 1);
  say(spi);
  CHECK(p.initiator.only_sa().children.empty());
  CHECK(p.initiator.seen<trace::ExtensionUsed>().back().extension == "invalid-spi");
}
