#include "engine/trace/event.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace ikevet;
using namespace ikevet::trace;

namespace {

constexpr IkeSpis kSpis{IkeSpi{0x1122334455667788}, IkeSpi{0x99}};

std::vector<Event> one_of_each() {
  return {IkeSaKeyed{kSpis, true},
          IkeSaEstablished{kSpis, true, "ID_FQDN dut.test"},
          IkeSaClosed{kSpis, CloseReason::PeerDead, "INFORMATIONAL was never answered"},
          ChildSaEstablished{kSpis, ChildSpi{1}, ChildSpi{2}, {}, {}, false, ChildSpi{7}},
          ChildSaClosed{kSpis, ChildSpi{1}, ChildSpi{2}, CloseReason::Rekeyed},
          RequestRefused{kSpis, wire::ExchangeType::IKE_AUTH, MessageId{1}, wire::NotifyType::AUTHENTICATION_FAILED},
          RequestAnswered{kSpis, wire::ExchangeType::INFORMATIONAL, MessageId{4}},
          Retransmitted{kSpis, wire::ExchangeType::INFORMATIONAL, MessageId{4}, 2},
          RequestTimedOut{kSpis, wire::ExchangeType::INFORMATIONAL, MessageId{4}, 5},
          ResponseRepeated{kSpis, MessageId{0}},
          Discarded{Endpoint{IpAddress::v4({192, 0, 2, 2}), 500}, "no keys", "RFC 7296 §3.14"},
          PeerFault{kSpis, "Message ID 7", "RFC 7296 §2.3", std::nullopt},
          RequestRepeatedWith{kSpis, wire::NotifyType::COOKIE},
          NatDetected{kSpis, true, false},
          ExtensionUsed{kSpis, "redirect", "to 192.0.2.9"},
          MessageReassembled{kSpis, MessageId{2}, true, 3},
          FragmentSizeReduced{kSpis, MessageId{1}, 576},
          IkeSaMoved{kSpis, *Endpoint::parse("192.0.2.1:4500"), *Endpoint::parse("[2001:db8::1]:4500"), "why"},
          ChildSaMoved{kSpis, ChildSpi{1}, ChildSpi{2}, *Endpoint::parse("192.0.2.1:4500"),
                       *Endpoint::parse("192.0.2.2:4500"), true},
          PeerAddresses{kSpis, {IpAddress::v4({192, 0, 2, 9})}},
          PathTested{kSpis, *Endpoint::parse("192.0.2.1:4500"), *Endpoint::parse("192.0.2.2:4500"), true},
          EspDiscarded{ChildSpi{7}, Endpoint{IpAddress::v4({192, 0, 2, 2}), 4500}, "came before", "RFC 4303 §3.4.3"},
          ChildSaSpent{kSpis, ChildSpi{1}, ChildSaSpent::Stage::Soft, 1'000'000, 1000},
          EspPeerMoved{kSpis, Endpoint{{}, 4500}, Endpoint{{}, 1024}},
          TrafficMeasured{"10.1.0.1 > 10.2.0.1 ICMP", 5, 4, 1, 2},
          TrafficAnswered{3},
          IkeSaRekeyed{kSpis, IkeSpis{{5}, {6}}, true}};
}

}  // namespace

TEST_CASE("events: each kind has a name of its own and a text", "[trace]") {
  std::set<std::string_view> names;
  for (const Event& event : one_of_each()) {
    names.insert(name(event));
    CHECK_FALSE(text(event).empty());
  }
  CHECK(names.size() == std::variant_size_v<Event>);
}

TEST_CASE("events read as sentences with the RFC's names", "[trace]") {
  CHECK(text(IkeSaEstablished{kSpis, true, "ID_FQDN dut.test"}) == "IKE SA established with ID_FQDN dut.test");
  CHECK(text(IkeSaClosed{kSpis, CloseReason::PeerDead, "INFORMATIONAL was never answered"}) ==
        "IKE SA closed: the peer does not answer, INFORMATIONAL was never answered");
  CHECK(text(RequestRefused{kSpis, wire::ExchangeType::IKE_AUTH, MessageId{1},
                            wire::NotifyType::AUTHENTICATION_FAILED}) ==
        "IKE_AUTH request 1 refused with AUTHENTICATION_FAILED");
  CHECK(text(ChildSaEstablished{kSpis, ChildSpi{1}, ChildSpi{2}, {}, {}, false, ChildSpi{7}}) ==
        "Child SA 00000001 in, 00000002 out established between nothing and nothing, in place of 00000007");
}
