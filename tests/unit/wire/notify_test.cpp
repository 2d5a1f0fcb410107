#include "engine/wire/notify.hpp"

#include "tests/unit/wire/octets.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

TEST_CASE("N(REKEY_SA): the Child SA to be rekeyed, from a capture", "[wire][notify][rfc7296-3.10]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-rekey.pcap frame 5, inside SK.
  const auto notify = parsed<Notify>("03044009 65458124");
  CHECK(notify.type == NotifyType::REKEY_SA);
  CHECK(notify.protocol == ProtocolId::ESP);
  CHECK(to_hex(notify.spi) == "65458124");
  CHECK(notify.data.empty());
  const Dissection fields(PayloadType::Notify, "2100000c 03044009 65458124");
  CHECK(fields["Notify"] == "REKEY_SA (16393)");
  CHECK(fields["Notify/Security Parameter Index (SPI)"] == "65458124");
}

TEST_CASE("N(ADDITIONAL_IP6_ADDRESS): data without an SPI, from a capture", "[wire][notify][rfc4555]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-vip.pcap frame 4, inside SK.
  const auto notify = parsed<Notify>("0000400e fd990000000000000000000000000002");
  CHECK(notify == Notify::of(NotifyType::ADDITIONAL_IP6_ADDRESS, hex("fd990000000000000000000000000002")));
  const Dissection fields(PayloadType::Notify, "00000018 0000400e fd990000000000000000000000000002");
  CHECK(fields["Notify[ADDITIONAL_IP6_ADDRESS]/Notification Data"] == "fd99::2");
}

TEST_CASE("Notify: values come back from their octets", "[wire][notify]") {
  CHECK(round_trips(Notify::of(NotifyType::INVALID_KE_PAYLOAD, hex("0013"))));
  CHECK(round_trips(Notify{ProtocolId::AH, hex("01020304"), NotifyType::CHILD_SA_NOT_FOUND, {}}));
  CHECK(round_trips(Notify{static_cast<ProtocolId>(200), Bytes(255, 1), static_cast<NotifyType>(40000), Bytes(9)}));
}

TEST_CASE("Notify: errors are the types below 16384", "[wire][notify][rfc7296-3.10.1]") {
  CHECK(is_error(NotifyType::NO_PROPOSAL_CHOSEN));
  CHECK(is_error(static_cast<NotifyType>(16383)));
  CHECK_FALSE(is_error(NotifyType::INITIAL_CONTACT));
}

TEST_CASE("Notify: a fault names the field", "[wire][notify]") {
  CHECK(fault_in<Notify>("000040").field == "Notify Message Type");
  CHECK(fault_in<Notify>("03044009 654581") ==
        ParseError{"Security Parameter Index (SPI)", 4, "4 octets wanted, 3 left"});
}
