#include "engine/base/reader.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;

namespace {

enum class Colour : std::uint16_t { Red = 0x0102 };

}  // namespace

TEST_CASE("reader: numbers are big-endian and may be enumerations", "[base][reader]") {
  const Bytes octets = *from_hex("01 0102 01020304 0102030405060708");
  Reader in(octets);
  CHECK(in.u8("a") == 1);
  CHECK(in.u16<Colour>("b") == Colour::Red);
  CHECK(in.u32("c") == 0x01020304);
  CHECK(in.u64("d") == 0x0102030405060708);
  CHECK(in.at_end());
  CHECK(in.ok());
}

TEST_CASE("reader: the first fault stays, reads after it give zeros", "[base][reader]") {
  const Bytes octets{1, 2, 3};
  Reader in(octets, 100);
  CHECK(in.u16("first") == 0x0102);
  CHECK(in.u32("second") == 0);
  CHECK(in.u8("third") == 0);
  CHECK(in.rest().empty());
  CHECK(in.remaining() == 0);
  REQUIRE(in.fault());
  CHECK(*in.fault() == ParseError{"second", 102, "4 octets wanted, 1 left"});
  CHECK(in.fault()->text() == "second at octet 102: 4 octets wanted, 1 left");
  const auto result = in.finish(7);
  REQUIRE_FALSE(result);
  CHECK(result.error().field == "second");
}

TEST_CASE("reader: octets left over are a fault", "[base][reader]") {
  const Bytes octets{1, 2, 3};
  Reader in(octets);
  in.u8("a");
  const auto result = in.finish(std::string("value"));
  REQUIRE_FALSE(result);
  CHECK(result.error() == ParseError{"end", 1, "2 octets left over"});
}

TEST_CASE("reader: finish gives the value", "[base][reader]") {
  const Bytes octets{1, 2, 3};
  Reader in(octets);
  Bytes all = in.rest();
  const auto moved = in.finish(std::move(all));
  REQUIRE(moved);
  CHECK(*moved == octets);
  Reader empty({});
  const int lvalue = 5;
  CHECK(empty.finish(lvalue) == 5);
}

TEST_CASE("reader: a part of the octets, with its place", "[base][reader]") {
  const Bytes octets{1, 2, 3, 4};
  Reader in(octets, 10);
  in.u8("a");
  Reader part = in.sub(2, "part");
  CHECK(part.offset() == 11);
  CHECK(part.u16("b") == 0x0203);
  part.u8("c");
  CHECK(in.ok());
  in.adopt(part);
  REQUIRE(in.fault());
  CHECK(in.fault()->field == "c");
  CHECK(in.fault()->offset == 13);
}

TEST_CASE("reader: a part that is not all there", "[base][reader]") {
  const Bytes octets{1};
  Reader in(octets);
  const Reader part = in.sub(2, "part");
  CHECK(part.remaining() == 0);
  CHECK(in.fault()->field == "part");
}

TEST_CASE("reader: a fault of the caller's own finding", "[base][reader]") {
  const Bytes octets{1, 2};
  Reader in(octets);
  in.u8("a");
  in.fail("Length", "9, which cannot be");
  in.fail("later", "does not matter");
  CHECK(*in.fault() == ParseError{"Length", 1, "9, which cannot be"});
}
