#include "engine/eap/tls_framing.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/eap/conversation.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using eap::TlsFraming;
using Got = TlsFraming::Got;

namespace {

Bytes numbered(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i);
  return out;
}

std::string fault(TlsFraming& framing, const char* hex) {
  const auto got = framing.receive(octets(hex));
  return got ? "none" : got.error().text();
}

}  // namespace

TEST_CASE("TLS in EAP: a message of three fragments", "[eap][rfc5216-2.1.5]") {
  TlsFraming sender(100);
  TlsFraming receiver(100);
  const Bytes message = numbered(250);
  sender.send(message);
  const Bytes first = sender.next();
  CHECK(to_hex(BytesView(first).first(5)) == "c0000000fa");  // L and M, 250
  CHECK(receiver.receive(first) == Got::Fragment);
  CHECK(to_hex(receiver.next()) == "00");  // the acknowledgement
  CHECK(sender.receive(octets("00")) == Got::Ack);
  const Bytes second = sender.next();
  CHECK(second[0] == 0x40);
  CHECK(receiver.receive(second) == Got::Fragment);
  CHECK(sender.receive(octets("00")) == Got::Ack);
  const Bytes third = sender.next();
  CHECK(third[0] == 0);
  CHECK(third.size() == 51);
  CHECK_FALSE(sender.pending());
  CHECK(receiver.receive(third) == Got::Message);
  CHECK(receiver.take_message() == message);
}

TEST_CASE("TLS in EAP: a message that fits is sent whole", "[eap][rfc5216-2.1.5]") {
  TlsFraming framing(100);
  framing.send(numbered(100));
  CHECK(framing.next().size() == 101);
  CHECK_FALSE(framing.pending());
  CHECK(framing.receive(octets("8000000002aabb")) == Got::Message);  // the length is welcome here, too
  CHECK(to_hex(framing.take_message()) == "aabb");
  CHECK(framing.receive(octets("00")) == Got::Message);  // an empty one
  CHECK(framing.take_message().empty());
}

TEST_CASE("TLS in EAP: what cannot be put together", "[eap][rfc5216-3.1]") {
  TlsFraming framing(100);
  CHECK(fault(framing, "") == "Flags at octet 0: 1 octets wanted, 0 left");
  CHECK(fault(framing, "80000001") == "TLS Message Length at octet 1: 4 octets wanted, 3 left");
  CHECK(fault(framing, "c000010001aa").starts_with("TLS Message Length at octet 1: 65537 octets"));
  CHECK(fault(framing, "40aa") == "Flags at octet 0: the first fragment does not say the message's length");
  CHECK(fault(framing, "c000000004") == "TLS Data at octet 5: a fragment without data");
  SECTION("more than was said") {
    CHECK(framing.receive(octets("c000000004aabb")) == Got::Fragment);
    CHECK(fault(framing, "00ccddee") == "TLS Data at octet 1: more than the TLS Message Length");
  }
  SECTION("less than was said") {
    CHECK(framing.receive(octets("c000000004aabb")) == Got::Fragment);
    CHECK(fault(framing, "00cc") == "TLS Data at octet 1: less than the TLS Message Length");
  }
  SECTION("another length") {
    CHECK(framing.receive(octets("c000000004aabb")) == Got::Fragment);
    CHECK(fault(framing, "8000000005ccdd") == "TLS Message Length at octet 1: differs from that of the first fragment");
  }
  SECTION("data where an acknowledgement is due") {
    framing.send(numbered(250));
    framing.next();
    CHECK(fault(framing, "00aa") == "TLS Data at octet 1: an acknowledgement was due");
  }
}
