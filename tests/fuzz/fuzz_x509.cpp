// Certificates, CRLs, OCSP responses, bundles, public keys and AlgorithmIdentifiers as a peer might send them.
//
// The input is a row of chunks: what it is (one octet), its length (two octets), its octets. Whatever was gathered is
// then checked against an anchor that came the same way.
#include <cstdlib>

#include "engine/base/reader.hpp"
#include "engine/crypto/x509.hpp"

using namespace ikevet;
using namespace ikevet::crypto;

namespace {

enum class Chunk : std::uint8_t {
  Certificate,
  Crl,
  Ocsp,
  Anchor,
  Bundle,
  PublicKey,
  AlgorithmIdentifier,
  Identity,
  kCount
};

void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in(BytesView(data, size));
  Evidence evidence;
  TrustSettings settings;
  wire::IdType id_type = wire::IdType::ID_FQDN;
  Bytes id = to_bytes(as_bytes("dut.test"));
  while (in.ok() && in.remaining() >= 3) {
    const std::uint8_t kind = in.u8("kind");
    const std::size_t length = std::min<std::size_t>(in.u16("length"), in.remaining());
    const Bytes octets = in.bytes(length, "chunk");
    switch (static_cast<Chunk>(kind % static_cast<unsigned>(Chunk::kCount))) {
      case Chunk::Certificate:
        evidence.certificates.push_back(octets);
        break;
      case Chunk::Crl:
        evidence.crls.push_back(octets);
        break;
      case Chunk::Ocsp:
        evidence.ocsp.push_back(octets);
        break;
      case Chunk::Anchor:
        if (auto anchor = Certificate::parse(octets); anchor && settings.anchors.size() < 4)
          settings.anchors.push_back(std::move(*anchor));
        break;
      case Chunk::Bundle:
        if (const auto bundle = read_bundle(octets)) {
          std::size_t inside = 0;
          for (const Bytes& one : bundle->certificates) inside += one.size();
          for (const Bytes& one : bundle->crls) inside += one.size();
          must(inside <= octets.size());
          evidence.certificates.insert(evidence.certificates.end(), bundle->certificates.begin(),
                                       bundle->certificates.end());
          evidence.crls.insert(evidence.crls.end(), bundle->crls.begin(), bundle->crls.end());
        }
        break;
      case Chunk::PublicKey:
        if (const auto key = PublicKey::from_spki(octets)) {
          const auto again = PublicKey::from_spki(key->spki());
          must(again && again->type() == key->type());
          must(!verify(*key, {SignatureScheme::Kind::EcdsaRaw, wire::HashAlgorithm::SHA2_256, {}, 0, {}}, octets,
                       octets));
        }
        break;
      case Chunk::AlgorithmIdentifier:
        if (const auto scheme = read_algorithm_identifier(octets))
          must(read_algorithm_identifier(algorithm_identifier(*scheme)) == *scheme);
        break;
      case Chunk::Identity:
        if (octets.empty()) break;
        id_type = static_cast<wire::IdType>(octets[0]);
        id = to_bytes(BytesView(octets).subspan(1));
        break;
      case Chunk::kCount:
        break;
    }
    if (evidence.certificates.size() + evidence.crls.size() + evidence.ocsp.size() > 48)
      break;  // as IKE_AUTH bounds it
  }
  constexpr WallClock kNow{std::chrono::seconds(1'767'225'600)};
  for (const Revocation revocation : {Revocation::IfKnown, Revocation::Required}) {
    settings.revocation = revocation;
    const TrustStore store(settings);
    const auto key = store.check(evidence, id_type, id, kNow);
    if (!key) {
      must(!key.error().empty());
      continue;
    }
    // What is believed is the first certificate's key, and the identity stands there.
    const auto first = Certificate::parse(evidence.certificates.at(0));
    must(first && first->bears(id_type, id) && first->public_key()->spki() == key->spki());
  }
  return 0;
}
