// Messages for tests: one of a third party as octets, and honest ones built from values.
#pragma once

#include <string_view>

#include "engine/wire/message.hpp"

namespace ikevet::test {

/// captures/other/ike-sa-init-req.bin (from rusticata/ipsec-parser): an IKE_SA_INIT request of 256 octets.
inline constexpr std::string_view kSaInitRequest =
    "54c184961bc3fd7700000000000000002120220800000000000001002200003800000034010100050300000c0100000c800e008003000008"
    "010000030300000802000002030000080300000200000008040000022800008800020000c72c1cfdccbb5b0dc0f654861d4aa3987293bd41"
    "e9d2dc9b2b806c26c1dcf880908f6a8a3c7065b40bf458c86787c135c570c8df48b740f0ed283d73056272baf68491a3443e159c5cd14c15"
    "a15cf2fc86459dc80b6e76ca01fa458fc8828c05d03dbb37bbbeb882d51b3412dd87cf68322ff4bb40b6c4b66191bc580d9fe1a800000024"
    "4b98c2d7d3d81e9f52b0ca4e0545817d94560249583970190d97e44002ce1752";

inline wire::Proposal ike_proposal() {
  using namespace wire;
  return {.protocol = ProtocolId::IKE,
          .transforms = {Transform::of(EncrId::ENCR_AES_CBC, 256), Transform::of(IntegId::AUTH_HMAC_SHA2_256_128),
                         Transform::of(PrfId::PRF_HMAC_SHA2_256), Transform::of(DhGroup::CURVE25519)}};
}

inline wire::Proposal esp_proposal() {
  using namespace wire;
  return {.protocol = ProtocolId::ESP,
          .spi = {1, 2, 3, 4},
          .transforms = {Transform::of(EncrId::ENCR_AES_GCM_16, 256), Transform::of(EsnId::NoESN)}};
}

/// HDR, SAi1, KEi, Ni, N(NAT_DETECTION_SOURCE_IP), N(NAT_DETECTION_DESTINATION_IP)
inline wire::Message sa_init_request() {
  using namespace wire;
  Message message;
  message.header.spis.i.value = 0x1122334455667788;
  message.header.exchange = ExchangeType::IKE_SA_INIT;
  message.header.flags = kFlagInitiator;
  message.payloads = {
      {SecurityAssociation{{ike_proposal()}}},
      {KeyExchange{DhGroup::CURVE25519, 0, Bytes(32, 0x41)}},
      {Nonce{Bytes(32, 0x42)}},
      {Notify::of(NotifyType::NAT_DETECTION_SOURCE_IP, Bytes(20, 0x43))},
      {Notify::of(NotifyType::NAT_DETECTION_DESTINATION_IP, Bytes(20, 0x44))},
  };
  return message;
}

/// IDi, AUTH, SAi2, TSi, TSr
inline std::vector<wire::Payload> auth_request_payloads() {
  using namespace wire;
  TSi tsi;
  tsi.selectors = {TrafficSelector::prefix(IpAddress::v4({10, 1, 0, 0}), 16)};
  TSr tsr;
  tsr.selectors = {TrafficSelector::prefix(IpAddress::v4({10, 2, 0, 0}), 16)};
  return {
      {IDi{{.id_type = IdType::ID_FQDN, .data = to_bytes(as_bytes("a.test"))}}},
      {Authentication{AuthMethod::SHARED_KEY_MIC, {}, Bytes(32, 0x45)}},
      {SecurityAssociation{{esp_proposal()}}},
      {tsi},
      {tsr},
  };
}

/// HDR, SK {...} of IKE_AUTH, closed.
inline wire::Message auth_request() {
  using namespace wire;
  Message message;
  message.header.spis = {{1}, {2}};
  message.header.exchange = ExchangeType::IKE_AUTH;
  message.header.flags = kFlagInitiator;
  message.header.message_id.value = 1;
  message.payloads = {{Encrypted{PayloadType::IDi, Bytes(80, 0x46)}}};
  return message;
}

}  // namespace ikevet::test
