#include <catch2/catch.hpp>

#include "engine/trace/trace.hpp"

using namespace ikevet;

namespace {

const IpAddress kHarness = IpAddress::v4({192, 0, 2, 1});
const IpAddress kDut = IpAddress::v4({192, 0, 2, 2});

Bytes sa_init() {
  wire::Message message;
  message.header.spis.i = IkeSpi{0x0102030405060708};
  message.header.exchange = wire::ExchangeType::IKE_SA_INIT;
  message.header.flags = wire::kFlagInitiator;
  message.payloads.push_back({wire::Nonce{Bytes(32, 7)}, false, 0});
  return message.octets();
}

Datagram between(std::uint16_t from, std::uint16_t to, Bytes payload) {
  return {{kHarness, from}, {kDut, to}, std::move(payload)};
}

const Bytes kMarker(4, 0);

}  // namespace

TEST_CASE("port 500: the whole payload is the message, however odd", "[trace][rfc7296-3.1]") {
  const Datagram datagram = between(500, 500, sa_init());
  const auto found = trace::find_ike_message(datagram);
  REQUIRE(found);
  CHECK_FALSE(found->marker);
  CHECK(to_bytes(found->message) == sa_init());
  CHECK(trace::find_ike_message(between(500, 500, Bytes(40, 0xee))));
  CHECK_FALSE(trace::find_ike_message(between(500, 500, Bytes(27, 1))));  // no room for a header
}

TEST_CASE("port 4500: the marker tells IKE from ESP and keepalives", "[trace][rfc3948-2.2]") {
  const Datagram datagram = between(4500, 4500, cat(kMarker, sa_init()));
  const auto found = trace::find_ike_message(datagram);
  REQUIRE(found);
  CHECK(found->marker);
  CHECK(to_bytes(found->message) == sa_init());
  CHECK_FALSE(trace::find_ike_message(between(4500, 4500, sa_init())));        // an SPI that is not zero: ESP
  CHECK_FALSE(trace::find_ike_message(between(40000, 4500, Bytes(1, 0xff))));  // RFC 3948 §2.3
}

TEST_CASE("other ports: IKE is known by its looks, with and without the marker", "[trace]") {
  CHECK(trace::find_ike_message(between(15500, 40001, sa_init())));
  const auto marked = trace::find_ike_message(between(14500, 40002, cat(kMarker, sa_init())));
  REQUIRE(marked);
  CHECK(marked->marker);
  CHECK_FALSE(trace::find_ike_message(between(53, 40001, Bytes(64, 0x5a))));

  SECTION("one field may be damaged") {
    Bytes version = sa_init();
    version[17] = 0x30;
    CHECK(trace::find_ike_message(between(15500, 40001, version)));
    Bytes length = sa_init();
    length[27] = 0xff;
    CHECK(trace::find_ike_message(between(15500, 40001, length)));
    Bytes exchange = sa_init();
    exchange[18] = 240;
    CHECK(trace::find_ike_message(between(15500, 40001, exchange)));
  }
  SECTION("an initiator's SPI of zero is not IKE") {
    Bytes zero = sa_init();
    std::fill_n(zero.begin(), 8, std::uint8_t{0});
    CHECK_FALSE(trace::find_ike_message(between(15500, 40001, zero)));
  }
}
