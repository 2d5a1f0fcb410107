#include "engine/transport/nat_box.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;
using namespace ikevet::transport;

namespace {

const IpAddress kInside = IpAddress::v4({192, 0, 2, 1});
const IpAddress kServer = IpAddress::v4({192, 0, 2, 2});
const IpAddress kOutside = IpAddress::v4({203, 0, 113, 1});
const IpAddress kSpare = IpAddress::v4({203, 0, 113, 2});
const Instant kNow{};

Datagram datagram(const Endpoint& source, const Endpoint& destination) { return {source, destination, Bytes{1, 2, 3}}; }

/// What comes out, or empty when it was lost.
std::optional<Datagram> through(NatBox& box, const Endpoint& source, const Endpoint& destination) {
  auto out = box.pass(datagram(source, destination), kNow);
  REQUIRE(out.size() <= 1);
  return out.empty() ? std::nullopt : std::optional(std::move(out.front().datagram));
}

}  // namespace

TEST_CASE("NAT: until it is placed everything passes as it is", "[transport][nat]") {
  NatBox box(kOutside, kSpare);
  CHECK_FALSE(box.placed());
  CHECK(through(box, {kInside, 500}, {kServer, 500}) == datagram({kInside, 500}, {kServer, 500}));
}

TEST_CASE("NAT: a port outside for each port inside, and answers find back", "[transport][nat]") {
  NatBox box(kOutside, kSpare);
  box.place(kInside);
  const auto ike = through(box, {kInside, 500}, {kServer, 500});
  const auto nat_t = through(box, {kInside, 4500}, {kServer, 4500});
  REQUIRE(ike);
  REQUIRE(nat_t);
  CHECK(ike->source.address == kOutside);
  CHECK(ike->source.port != 500);
  CHECK(nat_t->source.port != ike->source.port);
  // The same mapping serves what follows (RFC 4787 §4.1), whatever the destination.
  CHECK(through(box, {kInside, 500}, {kServer, 4500})->source == ike->source);

  CHECK(through(box, {kServer, 500}, ike->source)->destination == Endpoint{kInside, 500});
  CHECK(through(box, {kServer, 4500}, nat_t->source)->destination == Endpoint{kInside, 4500});
}

TEST_CASE("NAT: nothing comes in unasked, and nothing but UDP passes", "[transport][nat]") {
  NatBox box(kOutside, kSpare);
  box.place(kInside);
  CHECK_FALSE(through(box, {kServer, 500}, {kOutside, 500}));
  CHECK_FALSE(through(box, {kServer, 500}, {kInside, 500}));
  // ESP in IP protocol 50.
  CHECK_FALSE(through(box, {kInside, 0}, {kServer, 0}));
  CHECK_FALSE(through(box, {kServer, 0}, {kInside, 0}));
  // Others are not its business.
  CHECK(through(box, {kServer, 1}, {IpAddress::v4({192, 0, 2, 9}), 2}));
}

TEST_CASE("NAT: forgotten mappings are made anew elsewhere, and the old ones lead nowhere", "[transport][nat]") {
  NatBox box(kOutside, kSpare);
  box.place(kInside);
  const Endpoint first = through(box, {kInside, 4500}, {kServer, 4500})->source;
  box.remap_port();
  CHECK_FALSE(through(box, {kServer, 4500}, first));
  const Endpoint second = through(box, {kInside, 4500}, {kServer, 4500})->source;
  CHECK(second.address == kOutside);
  CHECK(second.port != first.port);

  box.remap_address();
  const Endpoint third = through(box, {kInside, 4500}, {kServer, 4500})->source;
  CHECK(third.address == kSpare);
  CHECK_FALSE(through(box, {kServer, 4500}, second));
  CHECK(through(box, {kServer, 4500}, third)->destination == Endpoint{kInside, 4500});
}
