// The extensions at work between two engines, message by message.
#include <catch2/catch.hpp>
#include <functional>

#include "engine/sa/configuration.hpp"
#include "engine/sa/extension/crash_detection.hpp"
#include "engine/sa/extension/puzzle.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using wire::CfgAttribute;
using wire::ExchangeType;
using wire::NotifyType;

namespace {

IpAddress ip(const char* text) { return *IpAddress::parse(text); }
const Endpoint kInitiator{ip("192.0.2.1"), 500};
const Endpoint kResponder{ip("192.0.2.2"), 500};

/// Keeps the payloads of the last message of each exchange, and may alter them.
struct Watch final : sa::OutboundTap {
  std::map<ExchangeType, std::vector<wire::Payload>> last;
  std::function<void(sa::OutboundMessage&)> alter;
  void on_payloads(sa::OutboundMessage& m) override {
    if (alter) alter(m);
    last[m.header.exchange] = m.payloads;
  }
  bool said(ExchangeType exchange, NotifyType type) const {
    const auto found = last.find(exchange);
    return found != last.end() && wire::find_notify(found->second, type);
  }
};

bool established(const Peer& peer) {
  const auto all = peer.engine.ike_sas();
  return all.size() == 1 && all[0].stage == sa::IkeSaView::Stage::Established;
}

wire::ConfigurationAttribute attribute(CfgAttribute type, Bytes value = {}) { return {false, type, std::move(value)}; }

sa::Config with_pool(sa::Config config) {
  config.configuration.pool = {{ip("10.3.0.1"), ip("10.3.0.1")}};
  config.configuration.reply = {attribute(CfgAttribute::INTERNAL_IP4_DNS, to_bytes(ip("10.2.0.53").octets())),
                                attribute(CfgAttribute::APPLICATION_VERSION, to_bytes(as_bytes("ikevet")))};
  config.remote_ts = {wire::TrafficSelector::prefix(ip("0.0.0.0"), 0)};
  return config;
}
sa::Config asking(sa::Config config) {
  config.configuration.request = {attribute(CfgAttribute::INTERNAL_IP4_ADDRESS),
                                  attribute(CfgAttribute::INTERNAL_IP4_DNS)};
  config.local_ts = {wire::TrafficSelector::prefix(ip("0.0.0.0"), 0)};
  return config;
}

}  // namespace

TEST_CASE("Configuration: an internal address narrows the selectors and goes back with the IKE SA",
          "[sa][rfc7296-2.19]") {
  Watch watch_i, watch_r;
  PeerPair p(asking(initiator_config()), with_pool(responder_config()), {.outbound = &watch_i}, {.outbound = &watch_r});
  p.establish();
  REQUIRE(established(p.initiator));
  const auto i = p.initiator.only_sa();
  CHECK(i.internal_addresses == std::vector{ip("10.3.0.1")});
  CHECK(i.configuration.size() == 2);
  CHECK(i.children.at(0).local_ts == std::vector{wire::TrafficSelector::range(ip("10.3.0.1"), ip("10.3.0.1"))});
  CHECK(p.responder.only_sa().internal_addresses == i.internal_addresses);
  // "the CP payload MUST be inserted before the SA payload", both ways.
  for (const Watch* watch : {&watch_i, &watch_r}) {
    const auto& payloads = watch->last.at(ExchangeType::IKE_AUTH);
    const auto at = [&](wire::PayloadType type) { return std::ranges::find(payloads, type, &wire::Payload::type); };
    CHECK(at(wire::PayloadType::CP) < at(wire::PayloadType::SA));
  }
  // A rekeyed Child SA is for the same address.
  p.settle(p.initiator.command(sa::RekeyChildSa{i.spis, i.children[0].inbound}, p.now));
  CHECK(p.responder.only_sa().children.at(0).remote_ts == i.children[0].local_ts);

  p.settle(p.initiator.command(sa::DeleteIkeSa{i.spis}, p.now));
  p.settle({p.initiate()});
  CHECK(p.initiator.only_sa().internal_addresses == std::vector{ip("10.3.0.1")});  // it was free again
}

TEST_CASE("Configuration: no address is left, or none was asked for", "[sa][rfc7296-3.10.1]") {
  auto r = with_pool(responder_config());
  auto i = asking(initiator_config());
  NotifyType error{};
  SECTION("INTERNAL_ADDRESS_FAILURE") {
    r.configuration.pool.clear();
    error = NotifyType::INTERNAL_ADDRESS_FAILURE;
  }
  SECTION("FAILED_CP_REQUIRED") {
    i.configuration.request.clear();
    r.configuration.required = true;
    error = NotifyType::FAILED_CP_REQUIRED;
  }
  PeerPair p(i, r);
  p.establish();
  CHECK(established(p.initiator));  // not fatal to the IKE SA
  CHECK(p.initiator.only_sa().children.empty());
  CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == error);
}

TEST_CASE("Configuration: the version of the peer", "[sa][rfc7296-2.20]") {
  PeerPair p(initiator_config(), with_pool(responder_config()));
  p.responder.engine = sa::Engine(
      [] {
        auto c = responder_config();
        c.configuration.reply = {attribute(CfgAttribute::APPLICATION_VERSION, to_bytes(as_bytes("ikevet")))};
        return c;
      }(),
      p.responder.random);
  p.establish();
  p.settle(p.initiator.command(
      sa::SendInformational{
          p.initiator.only_sa().spis,
          {{wire::Configuration{wire::CfgType::CFG_REQUEST, {}, {attribute(CfgAttribute::APPLICATION_VERSION)}}, false,
            0}}},
      p.now));
  REQUIRE_FALSE(p.initiator.seen<trace::ExtensionUsed>().empty());
  CHECK(p.initiator.seen<trace::ExtensionUsed>().back().detail == "got APPLICATION_VERSION ikevet");
}

TEST_CASE("Childless: no Child SA where both sides do without", "[sa][rfc6023-3]") {
  auto i = initiator_config();
  auto r = responder_config();
  r.extensions.childless = sa::Childless::Allow;
  Watch watch_i, watch_r;
  SECTION("preferred and announced") {
    i.extensions.childless = sa::Childless::Prefer;
    PeerPair p(i, r, {.outbound = &watch_i}, {.outbound = &watch_r});
    p.establish();
    CHECK(established(p.initiator));
    CHECK(established(p.responder));
    CHECK(p.initiator.only_sa().children.empty());
    CHECK(watch_r.said(ExchangeType::IKE_SA_INIT, NotifyType::CHILDLESS_IKEV2_SUPPORTED));
    CHECK_FALSE(wire::find<wire::SecurityAssociation>(watch_i.last.at(ExchangeType::IKE_AUTH)));
    CHECK_FALSE(wire::find_error(watch_r.last.at(ExchangeType::IKE_AUTH)));
  }
  SECTION("preferred, not announced: with a Child SA") {
    i.extensions.childless = sa::Childless::Prefer;
    r.extensions.childless = sa::Childless::Never;
    PeerPair p(i, r);
    p.establish();
    CHECK(p.initiator.only_sa().children.size() == 1);
  }
  SECTION("forced, not announced: not at all") {
    i.extensions.childless = sa::Childless::Force;
    r.extensions.childless = sa::Childless::Never;
    PeerPair p(i, r);
    p.establish();
    CHECK(p.initiator.engine.ike_sas().empty());
    CHECK(p.initiator.seen<trace::IkeSaClosed>().at(0).reason == trace::CloseReason::RefusedByUs);
  }
  SECTION("announced to an initiator that wants a Child SA") {
    PeerPair p(i, r);
    p.establish();
    CHECK(p.initiator.only_sa().children.size() == 1);
  }
}

TEST_CASE("Redirect in IKE_SA_INIT: HDR(A,0), N(REDIRECT, New_GW_ID, Ni_data)", "[sa][rfc5685-3]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.extensions.redirect.follow = true;
  r.extensions.redirect.to = sa::GatewayIdentity::of(ip("192.0.2.9"));
  Watch watch;
  PeerPair p(i, r, {.outbound = &watch});
  const Datagram ask = p.initiate();
  CHECK(wire::find_notify(message_in(ask).payloads, NotifyType::REDIRECT_SUPPORTED));
  const auto answer = p.to_responder(ask);
  const auto message = message_in(answer.at(0));
  CHECK(message.header.spis.r.is_zero());
  CHECK(p.responder.engine.ike_sas().empty());
  const auto onward = p.to_initiator(answer.at(0));
  REQUIRE(onward.size() == 1);
  CHECK(onward[0].destination.address == ip("192.0.2.9"));
  const auto second = message_in(onward[0]);
  const auto* from = wire::find_notify(second.payloads, NotifyType::REDIRECTED_FROM);
  REQUIRE(from);
  CHECK(from->data == *from_hex("0104c0000202"));
  CHECK(second.header.spis.i != message.header.spis.i);
  CHECK(p.initiator.seen<trace::IkeSaClosed>().at(0).reason == trace::CloseReason::Redirected);
}

TEST_CASE("Redirect in IKE_SA_INIT: another nonce is not ours", "[sa][rfc5685-3]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.extensions.redirect.follow = true;
  r.extensions.redirect.to = sa::GatewayIdentity::of(ip("192.0.2.9"));
  Watch watch;
  watch.alter = [](sa::OutboundMessage& m) {
    if (auto* n = wire::find<wire::Notify>(m.payloads)) n->data.back() ^= 1;
  };
  PeerPair p(i, r, {}, {.outbound = &watch});
  const auto answer = p.to_responder(p.initiate());
  CHECK(p.to_initiator(answer.at(0)).empty());
  CHECK(p.initiator.seen<trace::Discarded>().at(0).section == "RFC 5685 §3");
  CHECK(p.initiator.engine.ike_sas().size() == 1);  // it goes on waiting
}

TEST_CASE("Redirect: a client that does not know it is served", "[sa][rfc5685-3]") {
  auto r = responder_config();
  r.extensions.redirect.to = sa::GatewayIdentity::of(ip("192.0.2.9"));
  r.extensions.redirect.when = GENERATE(sa::RedirectOptions::When::SaInit, sa::RedirectOptions::When::Auth);
  PeerPair p(initiator_config(), r);
  p.establish();
  CHECK(p.initiator.only_sa().children.size() == 1);
}

TEST_CASE("Redirect: gateways that send a client round in circles", "[sa][rfc5685-7]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.extensions.redirect.follow = true;
  i.extensions.redirect.limit = 3;
  r.extensions.redirect.to = sa::GatewayIdentity::of(kResponder.address);  // to itself
  PeerPair p(i, r);
  p.establish();
  CHECK(p.initiator.engine.ike_sas().empty());
  CHECK(p.initiator.seen<trace::IkeSaClosed>().size() == 4);
  CHECK(p.initiator.seen<trace::IkeSaClosed>().back().reason == trace::CloseReason::Refused);
}

TEST_CASE("Redirect in IKE_AUTH: the old IKE SA is deleted, the new one begun", "[sa][rfc5685-6]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.extensions.redirect.follow = true;
  i.extensions.redirect.hosts = {{"gw2.test", ip("192.0.2.9")}};
  r.extensions.redirect.to = sa::GatewayIdentity::of("gw2.test");
  r.extensions.redirect.when = sa::RedirectOptions::When::Auth;
  Watch watch;
  PeerPair p(i, r, {}, {.outbound = &watch});
  const auto auth = p.to_initiator(p.to_responder(p.initiate()).at(0));
  const auto answer = p.to_responder(auth.at(0));
  CHECK(watch.said(ExchangeType::IKE_AUTH, NotifyType::REDIRECT));
  CHECK_FALSE(wire::find<wire::SecurityAssociation>(watch.last.at(ExchangeType::IKE_AUTH)));
  const auto onward = p.to_initiator(answer.at(0));
  REQUIRE(onward.size() == 2);
  p.settle({onward[0]});  // HDR, SK {D}
  CHECK(p.responder.engine.ike_sas().empty());
  CHECK(onward[1].destination.address == ip("192.0.2.9"));
}

TEST_CASE("Redirect during a session", "[sa][rfc5685-5]") {
  auto i = initiator_config();
  PeerPair deaf(i, responder_config());
  deaf.establish();
  const auto to = sa::GatewayIdentity::of(ip("192.0.2.9"));
  CHECK_THROWS_AS(deaf.responder.command(sa::RedirectClient{deaf.responder.only_sa().spis, to}, deaf.now),
                  std::invalid_argument);
  i.extensions.redirect.follow = true;
  PeerPair p(i, responder_config());
  p.establish();
  const auto ask = p.responder.command(sa::RedirectClient{p.responder.only_sa().spis, to}, p.now);
  const auto out = p.to_initiator(ask.at(0));
  REQUIRE(out.size() == 3);  // the answer, the deletion, IKE_SA_INIT to the new gateway
  p.settle({out[0], out[1]});
  CHECK(p.responder.engine.ike_sas().empty());
  CHECK(out[2].destination.address == ip("192.0.2.9"));
}

TEST_CASE("Session resumption: HDR, Ni, N(TICKET_OPAQUE), then IKE_AUTH with SK_p", "[sa][rfc5723-4.3]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.extensions.resumption.request = true;
  r.extensions.resumption.issue = true;
  PeerPair p(i, r);
  p.establish();
  const IkeSpis lost = p.initiator.only_sa().spis;
  p.initiator.command(sa::Abandon{lost}, p.now);
  p.responder.command(sa::Abandon{lost}, p.now);

  SECTION("a new IKE SA without any Diffie-Hellman") {
    const auto ask = p.initiator.command(sa::Resume{lost, kInitiator, kResponder}, p.now);
    const auto request = message_in(ask.at(0));
    CHECK(request.header.exchange == ExchangeType::IKE_SESSION_RESUME);
    CHECK_FALSE(wire::find<wire::KeyExchange>(request.payloads));
    p.settle(ask);
    REQUIRE(established(p.initiator));
    REQUIRE(established(p.responder));
    CHECK(p.initiator.only_sa().children.size() == 1);
    CHECK(p.initiator.only_sa().spis != lost);
    CHECK(p.initiator.seen<trace::IkeSaEstablished>().back().peer_identity == "ID_FQDN responder.test");
    // A ticket serves once; the new IKE SA has its own.
    CHECK_THROWS_AS(p.initiator.command(sa::Resume{lost, kInitiator, kResponder}, p.now), std::invalid_argument);
    const IkeSpis second = p.initiator.only_sa().spis;
    p.initiator.command(sa::Abandon{second}, p.now);
    CHECK_NOTHROW(p.initiator.command(sa::Resume{second, kInitiator, kResponder}, p.now));
  }
  SECTION("refused: a regular exchange follows") {
    p.responder.engine = sa::Engine(r, p.responder.random);  // a restart, and with it another key
    p.settle(p.initiator.command(sa::Resume{lost, kInitiator, kResponder}, p.now));
    CHECK(established(p.initiator));
    CHECK(p.initiator.seen<trace::IkeSaClosed>().back().detail == "TICKET_NACK");
  }
  SECTION("expired") {
    p.now += std::chrono::hours(2);
    CHECK_THROWS_AS(p.initiator.command(sa::Resume{lost, kInitiator, kResponder}, p.now), std::invalid_argument);
  }
}

TEST_CASE("Session resumption: a cookie, and a ticket of a deleted IKE SA", "[sa][rfc5723-4.3.2]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.extensions.resumption.request = true;
  r.extensions.resumption.issue = true;
  SECTION("with a cookie") {
    r.cookie_threshold = 0;
    PeerPair p(i, r);
    p.establish();
    const IkeSpis lost = p.initiator.only_sa().spis;
    p.initiator.command(sa::Abandon{lost}, p.now);
    p.responder.command(sa::Abandon{lost}, p.now);
    p.settle(p.initiator.command(sa::Resume{lost, kInitiator, kResponder}, p.now));
    CHECK(established(p.initiator));
    CHECK(p.initiator.seen<trace::RequestRepeatedWith>().size() == 2);
  }
  SECTION("deleted: the ticket is gone") {
    PeerPair p(i, r);
    p.establish();
    const IkeSpis spis = p.initiator.only_sa().spis;
    p.settle(p.initiator.command(sa::DeleteIkeSa{spis}, p.now));
    CHECK_THROWS_AS(p.initiator.command(sa::Resume{spis, kInitiator, kResponder}, p.now), std::invalid_argument);
  }
  SECTION("a responder that issues none says so") {
    r.extensions.resumption.issue = false;
    Watch watch;
    PeerPair p(i, r, {}, {.outbound = &watch});
    p.establish();
    CHECK(watch.said(ExchangeType::IKE_AUTH, NotifyType::TICKET_NACK));
  }
}

TEST_CASE("Session resumption: who does not know SK_p is refused", "[sa][rfc5723-9.1]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.extensions.resumption.request = true;
  r.extensions.resumption.issue = true;
  Watch watch;
  PeerPair p(i, r, {.outbound = &watch});
  p.establish();
  const IkeSpis lost = p.initiator.only_sa().spis;
  p.initiator.command(sa::Abandon{lost}, p.now);
  p.responder.command(sa::Abandon{lost}, p.now);
  watch.alter = [](sa::OutboundMessage& m) {
    if (auto* auth = wire::find<wire::Authentication>(m.payloads)) auth->data = Bytes(32, 1);
  };
  p.settle(p.initiator.command(sa::Resume{lost, kInitiator, kResponder}, p.now));
  CHECK(p.responder.engine.ike_sas().empty());
  CHECK(p.initiator.seen<trace::RequestRefused>().back().error == NotifyType::AUTHENTICATION_FAILED);
}

TEST_CASE("Crash detection: a restarted peer's token closes the IKE SA at once", "[sa][rfc6290-4.5]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.extensions.crash_detection.take = true;
  r.extensions.crash_detection.secret = SecretBytes(as_bytes("a secret that survives"));
  PeerPair p(i, r);
  p.establish();
  const IkeSpis spis = p.initiator.only_sa().spis;
  SECTION("the token of the maker") {
    p.responder.engine = sa::Engine(r, p.responder.random);
    const auto ask = p.initiator.command(sa::CheckLiveness{spis}, p.now);
    const auto token = p.to_responder(ask.at(0));
    const auto message = message_in(token.at(0));
    CHECK(wire::find_notify(message.payloads, NotifyType::INVALID_IKE_SPI));
    CHECK(p.to_initiator(token.at(0)).empty());  // silently
    CHECK(p.initiator.engine.ike_sas().empty());
    CHECK(p.initiator.seen<trace::IkeSaClosed>().back().detail == "QUICK_CRASH_DETECTION");
  }
  SECTION("of somebody else: a hint and no more") {
    r.extensions.crash_detection.secret = SecretBytes(as_bytes("another one"));
    p.responder.engine = sa::Engine(r, p.responder.random);
    const auto token = p.to_responder(p.initiator.command(sa::CheckLiveness{spis}, p.now).at(0));
    CHECK(p.to_initiator(token.at(0)).empty());
    CHECK(established(p.initiator));
  }
}

TEST_CASE("Puzzles: HDR, N(COOKIE), N(PUZZLE), then HDR, N(COOKIE), PS, SA, KE, Ni", "[sa][rfc8019-7.1]") {
  auto i = initiator_config();
  auto r = responder_config();
  r.cookie_threshold = 0;
  r.extensions.puzzle.init_difficulty = 6;
  SECTION("solved, in IKE_AUTH as well") {
    r.extensions.puzzle.auth_difficulty = 5;
    PeerPair p(i, r);
    const auto puzzle = p.to_responder(p.initiate());
    const auto message = message_in(puzzle.at(0));
    CHECK(wire::find_notify(message.payloads, NotifyType::COOKIE));
    CHECK(wire::find_notify(message.payloads, NotifyType::PUZZLE)->data == *from_hex("000506"));
    CHECK(p.responder.engine.half_open() == 0);
    const auto again = p.to_initiator(puzzle.at(0));
    const auto repeated = message_in(again.at(0));
    REQUIRE(repeated.payloads.size() > 2);
    CHECK(repeated.payloads[1].type() == wire::PayloadType::PS);
    const auto answer = p.to_responder(again.at(0));
    CHECK(wire::find_notify(message_in(answer.at(0)).payloads, NotifyType::PUZZLE));
    const auto auth = p.to_initiator(answer.at(0));
    const auto outer = message_in(auth.at(0)).payloads;
    REQUIRE(outer.size() == 2);
    CHECK(outer[0].type() == wire::PayloadType::PS);
    p.settle(p.to_responder(auth.at(0)));
    CHECK(established(p.initiator));
    CHECK(established(p.responder));
  }
  SECTION("not solved: no IKE SA") {
    i.extensions.puzzle.solve = false;
    PeerPair p(i, r);
    p.establish();
    CHECK(p.responder.engine.ike_sas().empty());
    CHECK(p.initiator.engine.ike_sas().empty());  // after a bounded number of rounds
  }
  SECTION("IKE_AUTH without solution is discarded") {
    r.extensions.puzzle.auth_difficulty = 5;
    Watch watch;
    PeerPair p(i, r, {.outbound = &watch});
    watch.alter = [](sa::OutboundMessage& m) { m.clear.clear(); };
    p.establish();
    CHECK(p.responder.engine.half_open() == 1);
    CHECK(p.responder.seen<trace::Discarded>().at(0).section == "RFC 8019 §7.2.4");
  }
}

TEST_CASE("Puzzles: a puzzle without cookie is ignored", "[sa][rfc8019-7.1.2]") {
  auto r = responder_config();
  r.cookie_threshold = 0;
  r.extensions.puzzle.init_difficulty = 6;
  Watch watch;
  watch.alter = [](sa::OutboundMessage& m) {
    std::erase_if(m.payloads, [](const wire::Payload& candidate) {
      const auto* n = std::get_if<wire::Notify>(&candidate.body);
      return n && n->type == NotifyType::COOKIE;
    });
  };
  PeerPair p(initiator_config(), r, {}, {.outbound = &watch});
  p.establish();
  CHECK(p.initiator.seen<trace::Discarded>().at(0).section == "RFC 8019 §7.1.2");
  CHECK(p.initiator.engine.ike_sas().size() == 1);
}
