#include "engine/wire/certificate.hpp"

#include "tests/unit/wire/octets.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

namespace {

// strongSwan 5.9.8, captures/peers/ss-ss-ecdsa.pcap frame 3, inside SK: an ECDSA end entity certificate.
constexpr std::string_view kCert =
    "04308201ca30820170a003020102020900e45ebf5c21a59ac1300a06082a8648ce3d040302302c31123010060355040a0c09696b652d706565"
    "72733116301406035504030c0d65636473612074657374204341301e170d3236313132333038333732385a170d333631313230303833373238"
    "5a302531123010060355040a0c09696b652d7065657273310f300d06035504030c06612e746573743059301306072a8648ce3d020106082a86"
    "48ce3d03010703420004a6e840956233f3bcd125eb3bc7390941a21620cab9793fbd825c13954a413add30c74e34f458dd8c1d9f39a8c02551"
    "6bcd3a20da62f2f67162560a2dede06d73a38181307f30110603551d11040a30088206612e74657374300b0603551d0f040403020780301d06"
    "03551d250416301406082b0601050507030106082b06010505070302301d0603551d0e04160414a1d12bd803897e81341673294b487ba6c00f"
    "56a1301f0603551d23041830168014f4acea4199d20428bb510ef537b99ab24cbb0c0d300a06082a8648ce3d04030203480030450220190167"
    "3843879c067f74730ae2eb9058e334db01f77f0ffa84470040702bb3d6022100975610f8563aed38275062986368beb377ee0128d967c5c72f"
    "176271c0d8b8b4";

}  // namespace

TEST_CASE("CERT: an X.509 certificate from a capture", "[wire][cert][rfc7296-3.6]") {
  const auto cert = parsed<Certificate>(kCert);
  CHECK(cert.encoding == CertEncoding::X509_SIGNATURE);
  REQUIRE(cert.data.size() == 0x1ca + 4);  // a DER SEQUENCE that states 0x1ca octets behind its own header
  CHECK(to_hex(BytesView(cert.data).first(4)) == "308201ca");
}

TEST_CASE("CERTREQ: one trust anchor from a capture", "[wire][cert][rfc7296-3.7]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-eap-mschapv2.pcap frame 3, inside SK.
  const auto certreq = parsed<CertificateRequest>("04 da162fa4b6102cfc7b7db696f13a7a8ff43562bd");
  CHECK(certreq.encoding == CertEncoding::X509_SIGNATURE);
  REQUIRE(certreq.hashes().size() == 1);
  CHECK(to_hex(certreq.hashes()[0]) == "da162fa4b6102cfc7b7db696f13a7a8ff43562bd");
  const Dissection fields(PayloadType::CERTREQ, "00000019 04 da162fa4b6102cfc7b7db696f13a7a8ff43562bd");
  CHECK(fields["CERTREQ/Cert Encoding"] == "X509_SIGNATURE (4)");
  CHECK(fields["CERTREQ/Certification Authority"] == "da162fa4b6102cfc7b7db696f13a7a8ff43562bd");
}

TEST_CASE("CERT, CERTREQ: values come back from their octets", "[wire][cert]") {
  CHECK(round_trips(Certificate{CertEncoding::HASH_AND_URL_X509, Bytes(64, 1)}));
  CHECK(round_trips(CertificateRequest{CertEncoding::X509_SIGNATURE, Bytes(40, 2)}));
  CHECK(CertificateRequest{CertEncoding::X509_SIGNATURE, Bytes(41, 2)}.hashes().size() == 2);
}

TEST_CASE("CERT, CERTREQ: a fault names the field", "[wire][cert]") {
  CHECK(fault_in<Certificate>("").field == "Cert Encoding");
  CHECK(fault_in<CertificateRequest>("").field == "Cert Encoding");
}
