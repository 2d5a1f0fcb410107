#include "engine/transport/faults.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;
using namespace ikevet::transport;
using std::chrono::seconds;

namespace {

constexpr Instant kNow{seconds(1000)};

Datagram datagram(std::uint8_t octet, std::uint8_t from = 1) {
  return {{IpAddress::v4({192, 0, 2, from}), 500}, {IpAddress::v4({192, 0, 2, 9}), 500}, Bytes(1, octet)};
}

Picks octet(std::uint8_t wanted) {
  return [wanted](const Datagram& d) { return d.payload[0] == wanted; };
}

std::string octets(const std::vector<Onward>& list) {
  std::string out;
  for (const Onward& onward : list) out += to_hex(onward.datagram.payload);
  return out;
}

}  // namespace

TEST_CASE("drop loses what it picks, as often as it may", "[transport]") {
  Drop drop(only(octet(1), 1, 1));  // the second one
  CHECK(octets(drop.pass(datagram(1), kNow)) == "01");
  CHECK(octets(drop.pass(datagram(2), kNow)) == "02");
  CHECK(octets(drop.pass(datagram(1), kNow)).empty());
  CHECK(octets(drop.pass(datagram(1), kNow)) == "01");
}

TEST_CASE("duplicate delivers twice, the second time later", "[transport]") {
  Duplicate duplicate(octet(1), seconds(3));
  const auto out = duplicate.pass(datagram(1), kNow);
  REQUIRE(out.size() == 2);
  CHECK(out[0].delay == Duration{});
  CHECK(out[1].delay == seconds(3));
  CHECK(duplicate.pass(datagram(2), kNow).size() == 1);
}

TEST_CASE("reorder holds a datagram until the next one of its path has passed", "[transport]") {
  Reorder reorder(octet(1), seconds(5));
  CHECK(reorder.pass(datagram(1), kNow).empty());
  CHECK(reorder.wake_at() == kNow + seconds(5));
  CHECK(octets(reorder.pass(datagram(7, 2), kNow)) == "07");  // another path
  CHECK(octets(reorder.pass(datagram(2), kNow)) == "0201");
  CHECK_FALSE(reorder.wake_at());

  SECTION("and no longer than it has patience") {
    CHECK(reorder.pass(datagram(1), kNow).empty());
    CHECK(reorder.release(kNow + seconds(4)).empty());
    CHECK(octets(reorder.release(kNow + seconds(5))) == "01");
  }
}

TEST_CASE("probabilities come from the source of randomness alone", "[transport]") {
  const auto lost = [](std::uint64_t seed) {
    SeededRandom random(seed);
    Drop drop(with_probability(0.3, random));
    std::string out;
    for (int i = 0; i < 1000; ++i) out += drop.pass(datagram(1), kNow).empty() ? 'x' : '.';
    return out;
  };
  CHECK(lost(1) == lost(1));
  CHECK(lost(1) != lost(2));
  const std::string pattern = lost(1);
  const auto count = std::ranges::count(pattern, 'x');
  CHECK(count > 250);
  CHECK(count < 350);
}
