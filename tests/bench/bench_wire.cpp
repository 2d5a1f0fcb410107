// What it costs to read and to write an IKE_SA_INIT of 281 octets; the anchor is copying its octets.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "engine/wire/message.hpp"

namespace {

using namespace ikevet;
using wire::NotifyType;
using wire::Transform;

constexpr std::size_t kSize = 281;

/// SA with one proposal of four transforms, KE (P-256), Nonce, four notifications, and a Vendor ID that fills up.
Bytes sa_init() {
  wire::Message m;
  m.header.spis = {{0x0102030405060708}, {0x1112131415161718}};
  m.header.exchange = wire::ExchangeType::IKE_SA_INIT;
  m.header.flags = wire::kFlagResponse;
  wire::Proposal proposal;
  proposal.protocol = wire::ProtocolId::IKE;
  proposal.transforms = {Transform::of(wire::EncrId::ENCR_AES_CBC, 256),
                         Transform::of(wire::IntegId::AUTH_HMAC_SHA2_256_128),
                         Transform::of(wire::PrfId::PRF_HMAC_SHA2_256), Transform::of(wire::DhGroup::ECP_256)};
  const auto add = [&](auto body) { m.payloads.push_back({std::move(body), false, 0}); };
  add(wire::SecurityAssociation{{proposal}});
  add(wire::KeyExchange{wire::DhGroup::ECP_256, 0, Bytes(64, 0x5a)});
  add(wire::Nonce{Bytes(32, 0xa5)});
  add(wire::Notify::of(NotifyType::NAT_DETECTION_SOURCE_IP, Bytes(20, 1)));
  add(wire::Notify::of(NotifyType::NAT_DETECTION_DESTINATION_IP, Bytes(20, 2)));
  add(wire::Notify::of(NotifyType::IKEV2_FRAGMENTATION_SUPPORTED));
  const std::size_t rest = kSize - m.octets().size() - wire::kGenericHeaderSize;
  add(wire::VendorId{Bytes(rest, 3)});
  Bytes octets = m.octets();
  if (octets.size() != kSize) std::abort();
  return octets;
}

void copy(benchmark::State& state) {
  const Bytes octets = sa_init();
  for (auto _ : state) benchmark::DoNotOptimize(Bytes(octets));
}
void parse(benchmark::State& state) {
  const Bytes octets = sa_init();
  for (auto _ : state) benchmark::DoNotOptimize(wire::Message::parse(octets));
}
void serialise(benchmark::State& state) {
  const wire::Message message = *wire::Message::parse(sa_init());
  for (auto _ : state) benchmark::DoNotOptimize(message.octets());
}

BENCHMARK(copy)->Name("anchor: copy of 281 octets");
BENCHMARK(parse)->Name("parse of a 281-octet IKE_SA_INIT");
BENCHMARK(serialise)->Name("serialise of a 281-octet IKE_SA_INIT");

}  // namespace

BENCHMARK_MAIN();
