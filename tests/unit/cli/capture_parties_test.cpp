#include "bindings/cli/capture_parties.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "engine/wire/message.hpp"
#include "pcap/pcapng_writer.hpp"

using namespace ikevet;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kSpi = 0x0102030405060708;

Endpoint at(const char* text) { return *Endpoint::parse(text); }

trace::Packet packet(const char* from, const char* to, bool initiator, bool response = false,
                     wire::ExchangeType exchange = wire::ExchangeType::INFORMATIONAL) {
  wire::Message message;
  message.header.spis = {{kSpi}, {kSpi + 1}};
  message.header.exchange = exchange;
  message.header.flags = static_cast<std::uint8_t>((initiator ? wire::kFlagInitiator : 0) |
                                                   (response ? wire::kFlagResponse : 0));
  const Endpoint source = at(from);
  Bytes payload = source.port != kNatTPort ? Bytes{} : Bytes(kNonEspMarkerSize);
  append(payload, message.octets());
  return {0, {}, {}, {source, at(to), std::move(payload)}, {}};
}

std::vector<app::CaptureParty> parties_of(std::vector<trace::Packet> packets) {
  const fs::path file = fs::temp_directory_path() / ("ikevet-parties-" + std::to_string(::getpid()) + ".pcapng");
  pcap::write_reconstructed(file, packets);
  auto out = app::capture_parties(file);
  fs::remove(file);
  return out;
}

constexpr auto kInit = wire::ExchangeType::IKE_SA_INIT;

}  // namespace

TEST_CASE("a party that moves keeps being one: to port 4500, and to another address", "[cli][rfc4555]") {
  const auto parties = parties_of({
      packet("10.0.0.1:500", "10.0.0.2:500", true, false, kInit),
      packet("10.0.0.2:500", "10.0.0.1:500", false, true, kInit),
      packet("10.0.0.1:4500", "10.0.0.2:4500", true),
      packet("10.0.0.2:4500", "10.0.0.1:4500", false, true),
      packet("10.0.0.11:4500", "10.0.0.2:4500", true),
  });
  REQUIRE(parties.size() == 2);
  CHECK(parties[0].name == "10.0.0.1, 10.0.0.11");
  CHECK(parties[0].endpoints.size() == 3);
  CHECK(parties[0].messages == 3);
  CHECK(parties[0].initiated);
  CHECK(parties[1].name == "10.0.0.2");
  CHECK_FALSE(parties[1].initiated);
}

TEST_CASE("two parties on one address are told apart by their ports", "[cli]") {
  const auto parties = parties_of({
      packet("127.0.0.1:1500", "127.0.0.1:2500", true, false, kInit),
      packet("127.0.0.1:2500", "127.0.0.1:1500", false, true, kInit),
  });
  REQUIRE(parties.size() == 2);
  CHECK(parties[0].name == "127.0.0.1:1500");
  CHECK(parties[1].name == "127.0.0.1:2500");
  CHECK(parties[1].goes_by("127.0.0.1:2500"));
  CHECK_FALSE(parties[1].goes_by("127.0.0.1:1500"));
  CHECK(parties[1].goes_by("127.0.0.1"));
}

TEST_CASE("a wrong Initiator flag does not make the two sides one", "[cli]") {
  const auto parties = parties_of({
      packet("10.0.0.1:500", "10.0.0.2:500", true, false, kInit),
      packet("10.0.0.2:500", "10.0.0.1:500", true, true, kInit),  // RFC 7296 §3.1: the flag is the initiator's
  });
  CHECK(parties.size() == 2);
}
