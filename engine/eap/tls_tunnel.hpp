// A TLS connection in EAP packets: what EAP-TLS and TTLS have in common.
#pragma once

#include "engine/eap/tls_framing.hpp"
#include "engine/eap/tls_session.hpp"

namespace ikevet::eap {

class TlsTunnel {
 public:
  TlsTunnel(TlsSession::Role role, const TlsSettings& settings, bool ask_certificate, Instant now)
      : tls_(role, settings, ask_certificate, now), framing_(settings.fragment) {}

  /// True when a whole message (perhaps an empty one) was given to TLS, false when next() is all that is due.
  Result<bool> receive(BytesView type_data) {
    const auto got = framing_.receive(type_data);
    if (!got) return tl::unexpected<ParseError>(got.error());
    if (*got != TlsFraming::Got::Message) return false;
    tls_.feed(framing_.take_message());
    return true;
  }

  TlsSession& tls() { return tls_; }
  const TlsSession& tls() const { return tls_; }

  /// Are there records to be sent, or fragments?
  bool has_output() {
    collect();
    return framing_.pending();
  }
  Bytes next() {
    collect();
    return framing_.next();
  }

 private:
  void collect() {
    if (framing_.pending()) return;
    if (Bytes records = tls_.take_output(); !records.empty()) framing_.send(std::move(records));
  }

  TlsSession tls_;
  TlsFraming framing_;
};

/// The MSK, 64 octets. TLS 1.2: RFC 5216 §2.3, RFC 5281 §8, each with a label of its own. TLS 1.3: RFC 9190 §2.3,
/// RFC 9427 §2.1, with the method's Type as context.
inline SecretBytes tls_msk(const TlsSession& tls, std::string_view tls12_label, wire::EapType type) {
  constexpr std::size_t kMsk = 64;
  if (!tls.is_tls13()) return tls.export_key(tls12_label, std::nullopt, kMsk);
  const auto context = static_cast<std::uint8_t>(type);
  // "Key_Material" has 128 octets, of which the MSK is the first half: the length is part of what TLS 1.3 derives from.
  const SecretBytes material = tls.export_key("EXPORTER_EAP_TLS_Key_Material", BytesView(&context, 1), 2 * kMsk);
  return SecretBytes(material.view().first(kMsk));
}

inline bool is_start(BytesView type_data) { return !type_data.empty() && (type_data[0] & TlsFraming::kStart) != 0; }

}  // namespace ikevet::eap
