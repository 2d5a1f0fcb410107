// EAP as IKE_AUTH uses it, both sides, every method, TLS included: whatever arrives is answered with a packet that can
// be read, or ends the conversation; two sides that are both content have the same key.
//
// The first octet of the input chooses (eap_sides.hpp). Then come packets, each with two octets of length in front, or,
// where the two sides talk with each other, what happens to the next packet on its way:
//   0 nothing   1 an octet at a place is changed   2 it is cut   3 the octets of the input arrive in its place
//   4 it arrives twice
// Bit 7 of these has the EAP Length put right afterwards.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engine/base/reader.hpp"
#include "engine/eap/ttls_avp.hpp"
#include "engine/wire/eap.hpp"
#include "tests/fuzz/eap_sides.hpp"

namespace {

using namespace ikevet;
using namespace ikevet::tests;

/// More than any conversation takes whose packets arrive.
constexpr int kMostRounds = 200;

void check(bool holds) {
  if (!holds) std::abort();
}

BytesView packet_of(const eap::Outcome& outcome) {
  return std::visit([](const auto& end) { return BytesView(end.packet); }, outcome);
}

bool goes_on(const eap::Outcome& outcome) { return std::holds_alternative<eap::Reply>(outcome); }

/// What is sent can be read; an authenticator always has something to say, and a peer until it is at the end.
void check_sent(const eap::Outcome& outcome, bool authenticator) {
  const BytesView octets = packet_of(outcome);
  check(octets.empty() ? !authenticator && !goes_on(outcome) : wire::Eap::parse(Reader(octets)).has_value());
}

/// Octets of an input, of which there may always be fewer than are asked for.
class Input {
 public:
  explicit Input(BytesView octets) : rest_(octets) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t octet() { return rest_.empty() ? 0 : take(1)[0]; }
  std::size_t number() {
    const std::size_t high = octet();
    return high << 8 | octet();
  }
  BytesView take(std::size_t size) {
    const BytesView out = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(out.size());
    return out;
  }
  BytesView chunk() { return take(number()); }

 private:
  BytesView rest_;
};

void packets(eap::Conversation& side, bool authenticator, Input& in) {
  if (authenticator) check_sent(side.handle({}), true);
  for (int round = 0; round < kMostRounds && !in.empty(); ++round) {
    const eap::Outcome outcome = side.handle(in.chunk());
    check_sent(outcome, authenticator);
    if (!goes_on(outcome)) return;
  }
}

/// How often the packet arrives.
int on_its_way(Bytes& packet, Input& in) {
  const std::uint8_t what = in.octet();
  int copies = 1;
  switch (what & 0x7f) {
    case 1: {
      const std::size_t place = in.number();
      const std::uint8_t change = in.octet();
      if (!packet.empty()) packet[place % packet.size()] ^= change;
      break;
    }
    case 2:
      packet.resize(std::min(packet.size(), in.number()));
      break;
    case 3:
      packet = to_bytes(in.chunk());
      break;
    case 4:
      copies = 2;
      break;
    default:
      break;
  }
  if ((what & 0x80) != 0 && packet.size() >= 4) {
    packet[2] = static_cast<std::uint8_t>(packet.size() >> 8);
    packet[3] = static_cast<std::uint8_t>(packet.size());
  }
  return copies;
}

eap::Outcome arrive(eap::Conversation& side, bool authenticator, BytesView packet, Input& in) {
  Bytes arriving = to_bytes(packet);
  const int copies = on_its_way(arriving, in);
  eap::Outcome out = side.handle(arriving);
  check_sent(out, authenticator);
  if (copies > 1 && goes_on(out)) {
    out = side.handle(arriving);
    check_sent(out, authenticator);
  }
  return out;
}

void talk(EapSides& sides, Input& in) {
  eap::Outcome asked = sides.authenticator->handle({});
  for (int round = 0; round < kMostRounds; ++round) {
    const eap::Outcome answered = arrive(*sides.peer, false, packet_of(asked), in);
    const auto* success = std::get_if<eap::Success>(&asked);
    if (success)
      if (const auto* other = std::get_if<eap::Success>(&answered)) check(success->msk == other->msk);
    if (!goes_on(asked) || !goes_on(answered)) return;
    asked = arrive(*sides.authenticator, true, packet_of(answered), in);
  }
}

void avps(BytesView octets) {
  const auto parsed = eap::parse_avps(octets);
  if (!parsed) return;
  const auto again = eap::parse_avps(eap::avp_octets(*parsed));
  check(again.has_value() && *again == *parsed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const EapChoice choice = EapChoice::of(data[0]);
  const BytesView rest(data + 1, size - 1);
  if (choice.mode == EapChoice::Mode::Avps) {
    avps(rest);
    return 0;
  }
  EapSides sides(choice);
  Input in(rest);
  switch (choice.mode) {
    case EapChoice::Mode::ToAuthenticator:
      packets(*sides.authenticator, true, in);
      break;
    case EapChoice::Mode::ToPeer:
      packets(*sides.peer, false, in);
      break;
    default:
      talk(sides, in);
      break;
  }
  return 0;
}
