#include "engine/base/writer.hpp"

#include <catch2/catch.hpp>

#include "engine/base/reader.hpp"

using namespace ikevet;

TEST_CASE("writer: numbers are big-endian", "[base][writer]") {
  Writer out;
  out.u8(1).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d0e0f).bytes(Bytes{0xff});
  CHECK(out.size() == 16);
  CHECK(to_hex(out.view()) == "0102030405060708090a0b0c0d0e0fff");
  CHECK(to_hex(out.take()) == "0102030405060708090a0b0c0d0e0fff");
  CHECK(out.size() == 0);
}

TEST_CASE("writer: lengths that are known only afterwards", "[base][writer]") {
  Writer out;
  out.u32(0).u16(0).u8(0).u8(9);
  out.patch_u32(0, 0x01020304);
  out.patch_u16(4, 0x0506);
  out.patch_u8(6, 7);
  CHECK(to_hex(out.view()) == "0102030405060709");
}

TEST_CASE("writer: reserved room is not content", "[base][writer]") {
  Writer out(500);
  CHECK(out.size() == 0);
  CHECK(out.view().empty());
  CHECK(out.take().empty());
  out.u8(1);  // and it can be used again
  CHECK(out.take() == Bytes{1});
}

TEST_CASE("writer: grows as it must, and a reader reads the same", "[base][writer]") {
  Writer out;
  for (std::uint32_t i = 0; i < 5000; ++i) out.u32(i).bytes({});
  const Bytes octets = out.take();
  REQUIRE(octets.size() == 20000);
  Reader in(octets);
  bool same = true;
  for (std::uint32_t i = 0; i < 5000; ++i) same = same && in.u32("number") == i;
  CHECK(same);
  CHECK(in.at_end());
}
