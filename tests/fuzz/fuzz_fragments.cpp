// SKF payloads of a peer with the right keys, RFC 7383 §2.6: what is kept stays within the bounds, and what comes out
// is what the fragments of one set hold, in order.
//
// The input is a list of fragments: flags, Fragment Number, Total Fragments, the size of the chunk, the chunk. Flags:
// bit 0 a response, bit 1 another Message ID, bit 2 a wrong ICV, bit 3 a payload before SKF, bit 4 time passes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>

#include "engine/base/reader.hpp"
#include "engine/sa/reassembly.hpp"

namespace {

using namespace ikevet;

void check(bool holds) {
  if (!holds) std::abort();
}

sa::Fragmentation policy() {
  sa::Fragmentation out;
  out.supported = true;
  out.most_fragments = 16;
  out.most_octets = 512;
  return out;
}

keys::SkCipher cipher() {
  // RFC 5282 §7.1: a key of 32 octets and a salt of 4.
  return *keys::SkCipher::create(wire::EncrId::ENCR_AES_GCM_16, 256, wire::IntegId::NONE, SecretBytes(Bytes(36, 0x42)),
                                 SecretBytes());
}

/// What a message with this content looks like on the wire.
Bytes seal(keys::SkCipher& outbound, RandomSource& random, std::uint8_t flags, std::uint16_t number,
           std::uint16_t total, BytesView chunk) {
  wire::Message message;
  message.header.spis = {{1}, {2}};
  message.header.exchange = wire::ExchangeType::INFORMATIONAL;
  message.header.message_id = MessageId{(flags & 2) != 0 ? 8u : 7u};
  message.header.flags = (flags & 1) != 0 ? wire::kFlagResponse : wire::kFlagInitiator;
  if ((flags & 8) != 0) message.payloads.push_back(sa::payload(wire::VendorId{Bytes(3, 1)}));
  const std::size_t body_size = outbound.sealed_size(chunk.size());
  const auto first = number == 1 ? wire::PayloadType::Notify : wire::PayloadType::None;
  message.payloads.push_back(sa::payload(wire::EncryptedFragment{first, number, total, Bytes(body_size)}));
  Bytes octets = message.octets();
  const Bytes body = outbound.seal(BytesView(octets).first(octets.size() - body_size), chunk, random);
  std::ranges::copy(body, octets.end() - static_cast<std::ptrdiff_t>(body_size));
  if ((flags & 4) != 0) octets.back() ^= 1;
  return octets;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  SeededRandom random(1);
  keys::SkCipher outbound = cipher();
  const keys::SkCipher inbound = cipher();
  const sa::Fragmentation bounds = policy();
  sa::Reassembly reassembly;
  Instant now{};
  Reader in(BytesView(data, size));
  while (in.ok() && !in.at_end()) {
    const auto flags = in.u8("flags");
    const auto number = in.u16("Fragment Number");
    const auto total = in.u16("Total Fragments");
    const auto length = in.u8("size");
    const BytesView chunk = in.view(length, "chunk");
    if (!in.ok()) break;
    if ((flags & 16) != 0) {
      now += bounds.patience;
      reassembly.expire(now);
      check(reassembly.octets() == 0);
      check(!reassembly.wake_at());
    }
    const Bytes octets = seal(outbound, random, flags, number, total, chunk);
    sa::Incoming message;
    message.octets = octets;
    message.message = *wire::Message::parse(octets);
    const std::size_t before = reassembly.octets();
    const auto outcome = reassembly.add(message, inbound, bounds, now);
    check(reassembly.octets() <= 2 * bounds.most_octets);
    if (outcome.result == sa::Reassembly::Result::Complete) {
      check(message.opened && outcome.fragments == total && total <= bounds.most_fragments);
    } else {
      check(!message.opened);
    }
    // §2.6: what is not authentic changes nothing.
    if ((flags & 4) != 0) check(outcome.result == sa::Reassembly::Result::Discarded && reassembly.octets() == before);
    if (outcome.result == sa::Reassembly::Result::Waiting) check(reassembly.wake_at() > now);
  }
  return 0;
}
