// Writes the seeds of fuzz_x509: chains with CRLs and OCSP responses, good, revoked and expired, and the parts alone.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "engine/base/writer.hpp"
#include "tests/support/test_pki.hpp"

using namespace ikevet;
using namespace ikevet::tests;

namespace {

std::filesystem::path folder;

void write(const char* name, const Bytes& octets) {
  std::ofstream out(folder / name, std::ios::binary);
  out.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
}

Bytes chunk(std::uint8_t kind, const Bytes& octets) {
  return Writer().u8(kind).u16(static_cast<std::uint16_t>(octets.size())).bytes(octets).take();
}

Bytes tagged(std::uint8_t tag, const Bytes& octets) {
  return Writer().u8(tag).u8(std::uint8_t{0x82}).u16(static_cast<std::uint16_t>(octets.size())).bytes(octets).take();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_x509_corpus FOLDER\n";
    return 2;
  }
  folder = argv[1];
  std::filesystem::create_directories(folder);
  const Issued root = self_signed(PkiKey::P256, {.cn = "root", .ca = true});
  const Issued sub = issue(root, PkiKey::P256, {.cn = "sub", .ca = true, .name_constraints = "permitted;DNS:test"});
  const Issued dut = issue(sub, PkiKey::P256,
                           {.cn = "dut",
                            .san = "DNS:dut.test,IP:192.0.2.2,email:dut@example.org",
                            .key_usage = "digitalSignature",
                            .extended_key_usage = "1.3.6.1.5.5.7.3.17"});
  const Issued old = issue(sub, PkiKey::Ed25519, {.cn = "old", .san = "DNS:dut.test", .to = kToday - kDay});
  const Bytes chain = cat(chunk(3, root.der()), chunk(0, dut.der()), chunk(0, sub.der()));
  const Bytes root_crl = chunk(1, make_crl(root, {}));
  write("chain", chain);
  write("chain-crl", cat(chain, root_crl, chunk(1, make_crl(sub, {}))));
  write("chain-revoked", cat(chain, root_crl, chunk(1, make_crl(sub, {dut}))));
  write("chain-ocsp", cat(chain, root_crl, chunk(2, make_ocsp(sub, dut, false, sub))));
  write("chain-ocsp-revoked", cat(chain, chunk(2, make_ocsp(sub, dut, true, sub))));
  const Issued helper = issue(sub, PkiKey::P256, {.cn = "ocsp", .extended_key_usage = "OCSPSigning"});
  write("chain-ocsp-delegated", cat(chain, chunk(2, make_ocsp(sub, dut, false, helper))));
  write("chain-expired", cat(chunk(3, root.der()), chunk(0, old.der()), chunk(0, sub.der())));
  write("address", cat(chain, chunk(7, Bytes{1, 192, 0, 2, 2})));
  write("email", cat(chain, chunk(7, cat(Bytes{3}, as_bytes("dut@example.org")))));
  write("subject", cat(chain, chunk(7, cat(Bytes{9}, dut.parsed().subject_der()))));
  write("bundle", cat(chunk(3, root.der()), chunk(4, tagged(0x30, cat(tagged(0xa0, dut.der()), tagged(0xa0, sub.der()),
                                                                      tagged(0xa1, make_crl(sub, {})))))));
  int number = 0;
  for (const PkiKey kind : {PkiKey::Rsa2048, PkiKey::P384, PkiKey::P521, PkiKey::Ed25519, PkiKey::Ed448}) {
    const auto key = issue(root, kind, {.cn = "key"}).signing_key().public_key();
    write(("public-key-" + std::to_string(number++)).c_str(), chunk(5, key.spki()));
    for (const bool pss : {false, true})
      if (const auto scheme =
              crypto::choose_scheme(key, std::array{wire::HashAlgorithm::SHA2_512, wire::HashAlgorithm::IDENTITY}, pss))
        write(("algorithm-" + std::to_string(number) + (pss ? "-pss" : "")).c_str(),
              chunk(6, crypto::algorithm_identifier(*scheme)));
  }
  return 0;
}
