// Writes the seeds of fuzz_eap: honest conversations of every method, packet by packet to either side and as they talk,
// and what stands inside TTLS.
//   make_eap_corpus DIRECTORY
#include <cstdio>
#include <filesystem>

#include "engine/base/writer.hpp"
#include "engine/eap/ttls_avp.hpp"
#include "tests/fuzz/eap_sides.hpp"

namespace {

using namespace ikevet;
using namespace ikevet::tests;
using Mode = EapChoice::Mode;

std::filesystem::path folder;

void write(const std::string& name, EapChoice choice, BytesView octets) {
  std::ofstream out(folder / name, std::ios::binary);
  out.put(static_cast<char>(choice.octet()));
  out.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
}

Bytes chunk(BytesView octets) { return Writer().u16(static_cast<std::uint16_t>(octets.size())).bytes(octets).take(); }

Bytes packet_of(const eap::Outcome& outcome) {
  return std::visit([](const auto& end) { return end.packet; }, outcome);
}

/// One conversation of the two: what each of them got.
void conversation(std::size_t method, std::uint8_t variant) {
  EapSides sides({method, Mode::Altered, variant});
  Bytes to_peer, to_authenticator;
  eap::Outcome asked = sides.authenticator->handle({});
  for (int round = 0; round < 200; ++round) {
    append(to_peer, chunk(packet_of(asked)));
    const eap::Outcome answered = sides.peer->handle(packet_of(asked));
    if (!std::holds_alternative<eap::Reply>(asked) || !std::holds_alternative<eap::Reply>(answered)) break;
    append(to_authenticator, chunk(packet_of(answered)));
    asked = sides.authenticator->handle(packet_of(answered));
  }
  const std::string name = std::to_string(method) + "-" + std::to_string(variant);
  write("to-peer-" + name, {method, Mode::ToPeer, variant}, to_peer);
  write("to-authenticator-" + name, {method, Mode::ToAuthenticator, variant}, to_authenticator);
  write("talk-" + name, {method, Mode::Altered, variant}, {});
  // The third packet loses its end, the fourth has an octet changed, the fifth comes twice.
  write("altered-" + name, {method, Mode::Altered, variant}, Bytes{0, 0, 0x82, 0, 12, 1, 0, 7, 0x20, 4});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_eap_corpus DIRECTORY\n");
    return 2;
  }
  folder = argv[1];
  std::filesystem::create_directories(folder);
  for (std::size_t method = 0; method <= kAllMethods; ++method)
    for (std::uint8_t variant = 0; variant < 4; ++variant) conversation(method, variant);
  const std::vector<eap::Avp> avps{eap::Avp::of(eap::AvpCode::User_Name, as_bytes("alice")),
                                   eap::Avp::of(eap::AvpCode::User_Password, as_bytes("This is a test.\0")),
                                   eap::Avp::of(eap::MicrosoftAvp::MS_CHAP_Challenge, Bytes(16, 7)),
                                   {99, 0, false, Bytes(5, 1)}};
  write("avps", {0, Mode::Avps, 0}, eap::avp_octets(avps));
  return 0;
}
