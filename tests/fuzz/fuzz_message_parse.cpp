// Any octets as a message and as the plaintext of SK: parsed, taken apart, described and checked without a crash, and
// what has no fault is given back bit for bit.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "engine/wire/checks.hpp"
#include "engine/wire/describe.hpp"
#include "engine/wire/field_tree.hpp"
#include "engine/wire/message.hpp"
#include "engine/wire/rules.hpp"
#include "tests/unit/wire/tree_support.hpp"

namespace {

using namespace ikevet;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// Every octet is some field's, and what the parser finds fault with, the tree does too.
void try_tree(const wire::FieldNode& tree, std::size_t size, bool faulty) {
  expect(test::first_uncovered(tree, size) == size, "the tree covers every octet once");
  expect(!faulty || test::has_fault(tree), "the tree shows a fault where the parser has one");
  wire::text(tree);
}

void try_payloads(std::span<const wire::Payload> payloads, wire::ExchangeType exchange, bool response) {
  Findings findings;
  wire::check(payloads, {exchange, response}, findings);
  wire::describe(payloads, exchange, response);
  if (const auto kind = wire::classify(exchange, response, payloads))
    for (const auto& violation : wire::violations(wire::rules_for(*kind), payloads)) violation.text();
}

void try_message(BytesView octets) {
  const auto message = wire::Message::parse(octets);
  try_tree(wire::field_tree(octets), octets.size(), !message || !message->faults.empty());
  if (!message) return;
  if (message->faults.empty()) expect(equal(message->octets(), octets), "serialise(parse(x)) == x");
  Findings findings;
  wire::check(*message, findings);
  wire::describe(*message);
  wire::outer_violations(*message);
  try_payloads(message->payloads, message->header.exchange, message->header.is_response());
}

void try_plaintext(wire::PayloadType first, BytesView octets) {
  const wire::Chain chain = wire::parse_chain(first, octets);
  try_tree(wire::field_tree(first, octets), octets.size(), !chain.faults.empty());
  if (chain.faults.empty()) {
    expect(wire::first_type(chain.payloads) == first, "the first type is that of the first payload");
    expect(equal(wire::serialise_chain(chain.payloads), octets), "serialise_chain(parse_chain(x)) == x");
  }
  try_payloads(chain.payloads, wire::ExchangeType::IKE_AUTH, false);
}

}  // namespace

/// A message; or, with its first octet taken for the type of the first payload, a plaintext.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView octets(data, size);
  try_message(octets);
  if (!octets.empty()) try_plaintext(static_cast<wire::PayloadType>(octets[0]), octets.subspan(1));
  return 0;
}
