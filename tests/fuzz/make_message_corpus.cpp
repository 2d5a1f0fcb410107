// Writes the seeds of fuzz_message_parse: one message or plaintext for every payload, built by our own serialiser.
//   make_message_corpus DIRECTORY
#include <cstdio>
#include <fstream>
#include <string>

#include "engine/wire/message.hpp"

namespace {

using namespace ikevet;
using namespace ikevet::wire;

std::string directory;

void write(const std::string& name, BytesView octets) {
  std::ofstream file(directory + "/" + name, std::ios::binary);
  file.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
}

Bytes filled(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + size);
  return out;
}

void write_message(const std::string& name, ExchangeType exchange, bool response, std::vector<Payload> payloads) {
  Message message;
  message.header.spis = {{0x0102030405060708}, {response ? 0x1112131415161718U : 0U}};
  message.header.exchange = exchange;
  message.header.flags = response ? kFlagResponse : kFlagInitiator;
  message.payloads = std::move(payloads);
  write(name, message.octets());
}

/// The fuzz target takes the octet in front for the type of the first payload.
void write_plaintext(const std::string& name, const std::vector<Payload>& payloads) {
  Writer out;
  out.u8(first_type(payloads));
  serialise_chain(payloads, out);
  write(name, out.view());
}

Proposal ike_proposal(std::uint8_t number) {
  return {.number = number,
          .protocol = ProtocolId::IKE,
          .transforms = {Transform::of(EncrId::ENCR_AES_CBC, 256), Transform::of(IntegId::AUTH_HMAC_SHA2_256_128),
                         Transform::of(PrfId::PRF_HMAC_SHA2_256), Transform::of(DhGroup::CURVE25519)}};
}

Proposal esp_proposal() {
  Transform with_long_attribute = Transform::of(EsnId::NoESN);
  with_long_attribute.attributes.push_back({static_cast<AttributeType>(300), false, 0, filled(5)});
  return {.protocol = ProtocolId::ESP,
          .spi = filled(4),
          .transforms = {Transform::of(EncrId::ENCR_AES_GCM_16, 128), with_long_attribute}};
}

TSi selectors_i() {
  TSi ts;
  ts.selectors = {TrafficSelector::prefix(IpAddress::v4({10, 0, 0, 0}), 8, 6, 80, 80),
                  TrafficSelector::prefix(IpAddress::v6({0x20, 0x01}), 16)};
  return ts;
}

TSr selectors_r() {
  TrafficSelector label;
  label.ts_type = TsType::TS_SECLABEL;
  label.opaque = filled(6);
  TSr ts;
  ts.selectors = {label};
  return ts;
}

void write_clear_messages() {
  write_message("ike_sa_init_request", ExchangeType::IKE_SA_INIT, false,
                {{SecurityAssociation{{ike_proposal(1), ike_proposal(2)}}},
                 {KeyExchange{DhGroup::CURVE25519, 0, filled(32)}},
                 {Nonce{filled(32)}},
                 {Notify::of(NotifyType::NAT_DETECTION_SOURCE_IP, filled(20))},
                 {VendorId{filled(9)}}});
  write_message("ike_sa_init_response", ExchangeType::IKE_SA_INIT, true,
                {{SecurityAssociation{{ike_proposal(1)}}},
                 {KeyExchange{DhGroup::CURVE25519, 0, filled(32)}},
                 {Nonce{filled(32)}},
                 {CertificateRequest{CertEncoding::X509_SIGNATURE, filled(40)}}});
  write_message("cookie", ExchangeType::IKE_SA_INIT, true, {{Notify::of(NotifyType::COOKIE, filled(16))}});
  write_message("invalid_ke", ExchangeType::IKE_SA_INIT, true,
                {{Notify::of(NotifyType::INVALID_KE_PAYLOAD, filled(2))}});
  write_message("sk", ExchangeType::IKE_AUTH, false, {{Encrypted{PayloadType::IDi, filled(64)}}});
  write_message("skf", ExchangeType::IKE_AUTH, false, {{EncryptedFragment{PayloadType::IDi, 1, 3, filled(64)}}});
  write_message("unknown_critical", ExchangeType::INFORMATIONAL, false,
                {{Unknown{static_cast<PayloadType>(200), filled(3)}, true, 0x7f}, {Unknown{PayloadType::PS, {}}}});
  write_message("empty", ExchangeType::INFORMATIONAL, true, {});
}

void write_plaintexts() {
  write_plaintext("plain_ike_auth", {{IDi{{.id_type = IdType::ID_FQDN, .data = filled(6)}}},
                                     {Certificate{CertEncoding::X509_SIGNATURE, filled(50)}},
                                     {IDr{{.id_type = IdType::ID_IPV4_ADDR, .data = filled(4)}}},
                                     {Authentication{AuthMethod::SHARED_KEY_MIC, {}, filled(32)}},
                                     {SecurityAssociation{{esp_proposal()}}},
                                     {selectors_i()},
                                     {selectors_r()}});
  write_plaintext("plain_rekey", {{Notify{ProtocolId::ESP, filled(4), NotifyType::REKEY_SA, {}}},
                                  {SecurityAssociation{{esp_proposal()}}},
                                  {Nonce{filled(16)}}});
  write_plaintext("plain_delete", {{Delete::ike_sa()}, {Delete{ProtocolId::ESP, 4, {}, filled(8)}}});
  write_plaintext("plain_configuration", {{Configuration{CfgType::CFG_REPLY,
                                                         {},
                                                         {{false, CfgAttribute::INTERNAL_IP4_ADDRESS, filled(4)},
                                                          {true, CfgAttribute::INTERNAL_IP6_ADDRESS, filled(17)},
                                                          {false, CfgAttribute::APPLICATION_VERSION, {}}}}}});
  write_plaintext("plain_eap",
                  {{Eap{EapCode::Request, 1, EapType::Identity, filled(4)}}, {Eap{EapCode::Success, 2, {}, {}}}});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_message_corpus DIRECTORY\n");
    return 2;
  }
  directory = argv[1];
  write_clear_messages();
  write_plaintexts();
}
