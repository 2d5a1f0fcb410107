// What must hold for every IKE datagram of the captures beside the repository.
#include "tests/unit/wire/captures.hpp"

#include <catch2/catch.hpp>

#include "engine/wire/checks.hpp"
#include "engine/wire/describe.hpp"
#include "engine/wire/field_tree.hpp"
#include "engine/wire/message.hpp"
#include "tests/support/paths.hpp"
#include "tests/unit/wire/tree_support.hpp"

using namespace ikevet;
using namespace ikevet::wire;

namespace {

/// All messages; none, with a warning, where the captures are not at hand.
const std::vector<test::CapturedMessage>& captured() {
  static const auto messages = test::ike_messages_below(test::shared_dir() / "captures");
  if (messages.empty()) WARN("skipped: no captures in " << test::shared_dir() / "captures");
  return messages;
}

}  // namespace

TEST_CASE("captures: what parses without fault serialises to the same octets", "[wire][captures]") {
  std::size_t sound = 0;
  for (const auto& [where, octets] : captured()) {
    const auto message = Message::parse(octets);
    if (!message || !message->faults.empty()) continue;
    ++sound;
    if (!equal(message->octets(), octets)) FAIL_CHECK(where << ": " << describe(*message));
  }
  if (!captured().empty()) CHECK(sound > 500);
}

TEST_CASE("captures: messages of third-party implementations have no fault", "[wire][captures]") {
  for (const auto& [where, octets] : test::ike_messages_below(test::shared_dir() / "captures/peers")) {
    const auto message = Message::parse(octets);
    REQUIRE(message);
    if (!message->faults.empty()) FAIL_CHECK(where << ": " << message->faults.front().text());
  }
}

TEST_CASE("captures: the fields of a message cover every octet once", "[wire][captures]") {
  for (const auto& [where, octets] : captured()) {
    INFO(where);
    const FieldNode tree = field_tree(octets);
    CHECK(test::first_uncovered(tree, octets.size()) == octets.size());
  }
}

TEST_CASE("captures: the tree finds fault with what the parser finds fault with", "[wire][captures]") {
  for (const auto& [where, octets] : captured()) {
    const auto message = Message::parse(octets);
    const bool faulty = !message || !message->faults.empty();
    if (faulty && !test::has_fault(field_tree(octets)))
      FAIL_CHECK(where << ": " << (message ? message->faults.front().text() : message.error().text()));
  }
}
