#include "engine/wire/certificate.hpp"

namespace ikevet::wire {

Result<Certificate> Certificate::parse(Reader in) {
  Certificate cert;
  cert.encoding = in.u8<CertEncoding>("Cert Encoding");
  cert.data = in.rest();
  return in.finish(std::move(cert));
}

void Certificate::serialise(Writer& out) const { out.u8(encoding).bytes(data); }

std::vector<BytesView> CertificateRequest::hashes() const {
  std::vector<BytesView> out;
  const BytesView all(data);
  for (std::size_t at = 0; at + kHashSize <= all.size(); at += kHashSize) out.push_back(all.subspan(at, kHashSize));
  return out;
}

Result<CertificateRequest> CertificateRequest::parse(Reader in) {
  CertificateRequest certreq;
  certreq.encoding = in.u8<CertEncoding>("Cert Encoding");
  certreq.data = in.rest();
  return in.finish(std::move(certreq));
}

void CertificateRequest::serialise(Writer& out) const { out.u8(encoding).bytes(data); }

}  // namespace ikevet::wire
