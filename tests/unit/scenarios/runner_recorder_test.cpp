#include <catch2/catch.hpp>

#include "scenarios/runner/recorder.hpp"

using namespace ikevet;

TEST_CASE("A Child SA that moves stands among the keys with each pair of addresses", "[runner][rfc4555-3.5]") {
  const auto at = [](const char* text) { return *Endpoint::parse(text); };
  SeededRandom random(1);
  scenarios::Recorder recorder(*IpAddress::parse("192.0.2.2"), random);
  sa::ChildKeyEntry entry{};
  entry.initiator = at("192.0.2.2:4500");
  entry.responder = at("192.0.2.1:4500");
  entry.spi_to_initiator = ChildSpi{0x100};
  entry.spi_to_responder = ChildSpi{0x200};
  recorder.child_keys(entry);
  // We are the responder: 0x200 is what we receive under.
  recorder.child_moved(ChildSpi{0x200}, ChildSpi{0x100}, at("192.0.2.1:4500"), at("198.51.100.2:4500"));
  REQUIRE(recorder.keys().children.size() == 2);
  CHECK(recorder.keys().children[1].initiator == at("198.51.100.2:4500"));
  CHECK(recorder.keys().children[1].responder == at("192.0.2.1:4500"));
  // Back again: known already. And of an SPI that nobody knows nothing is said.
  recorder.child_moved(ChildSpi{0x200}, ChildSpi{0x100}, at("192.0.2.1:4500"), at("192.0.2.2:4500"));
  recorder.child_moved(ChildSpi{0x300}, ChildSpi{0x100}, at("192.0.2.1:4500"), at("192.0.2.2:4500"));
  CHECK(recorder.keys().children.size() == 2);
}
