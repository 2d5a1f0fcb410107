#include "engine/trace/fragments.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;
using trace::OpenedFragment;

namespace {

constexpr trace::FragmentedMessage kMessage{{IkeSpi{1}, IkeSpi{2}}, MessageId{1}, false, true};

OpenedFragment part(std::uint16_t number, std::uint16_t total, std::uint8_t octet) {
  return {number, total, number == 1 ? wire::PayloadType::IDi : wire::PayloadType::None, Bytes(3, octet)};
}

}  // namespace

TEST_CASE("fragments come in any order, and twice", "[trace][rfc7383-2.6]") {
  trace::Reassembler set;
  CHECK_FALSE(set.add(kMessage, part(3, 3, 0xc)));
  CHECK_FALSE(set.add(kMessage, part(1, 3, 0xa)));
  CHECK_FALSE(set.add(kMessage, part(3, 3, 0xd)));
  const auto whole = set.add(kMessage, part(2, 3, 0xb));
  REQUIRE(whole);
  CHECK(whole->first_inner == wire::PayloadType::IDi);
  CHECK(to_hex(whole->plaintext) == "0a0a0a0b0b0b0c0c0c");
  CHECK_FALSE(set.add(kMessage, part(2, 3, 0xb)));  // complete already
}

TEST_CASE("of two ways to cut a message the one with more fragments counts", "[trace][rfc7383-2.6]") {
  trace::Reassembler set;
  CHECK_FALSE(set.add(kMessage, part(1, 2, 0xa)));
  CHECK_FALSE(set.add(kMessage, part(1, 3, 0xb)));
  CHECK_FALSE(set.add(kMessage, part(2, 2, 0xa)));  // of the abandoned way
  CHECK_FALSE(set.add(kMessage, part(2, 3, 0xb)));
  CHECK(set.add(kMessage, part(3, 3, 0xb)));
}

TEST_CASE("what is kept of an incomplete message has bounds", "[trace][rfc7383-2.6]") {
  trace::FragmentSet set;
  const trace::FragmentBounds bounds{4, 8};
  CHECK(set.refuse(1, 5, bounds) == "more fragments than are kept");
  CHECK_FALSE(set.add(part(1, 5, 0xa), bounds));
  CHECK(set.octets() == 0);
  CHECK_FALSE(set.add(part(1, 4, 0xa), bounds));
  CHECK_FALSE(set.add(part(2, 4, 0xa), bounds));
  CHECK(set.octets() == 6);
  CHECK_FALSE(set.add(part(3, 4, 0xa), bounds));  // nine octets: all are forgotten
  CHECK(set.octets() == 0);
  CHECK(set.refuse(1, 4, bounds).empty());
}

TEST_CASE("numbers that cannot be", "[trace][rfc7383-2.6]") {
  trace::Reassembler set;
  CHECK_FALSE(set.add(kMessage, part(0, 1, 0xa)));
  CHECK_FALSE(set.add(kMessage, part(2, 1, 0xa)));
  CHECK_FALSE(set.add(kMessage, part(0, 0, 0xa)));
}
