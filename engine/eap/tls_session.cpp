#include "engine/eap/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <limits>
#include <stdexcept>

namespace ikevet::eap {
namespace {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using CertPtr = std::unique_ptr<X509, FreeWith<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

/// Application data in one reading; a peer that sends more than this at once breaks off the tunnel.
constexpr std::size_t kMostData = 65536;

BioPtr reading(BytesView text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

CertPtr next_certificate(BIO* from) { return CertPtr(PEM_read_bio_X509(from, nullptr, nullptr, nullptr)); }

/// No prompt on a terminal for keys that have a pass phrase.
int no_pass_phrase(char*, int, int, void*) { return -1; }

[[noreturn]] void bad_setting(const std::string& what) {
  ERR_clear_error();
  throw std::invalid_argument(what);
}

void load_own(SSL_CTX* context, const TlsSettings& settings) {
  if (settings.certificate_pem.empty()) return;
  const BioPtr chain = reading(as_bytes(settings.certificate_pem));
  const CertPtr own = next_certificate(chain.get());
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1)
    bad_setting("EAP certificate: no certificate that can be used in the PEM text");
  while (CertPtr ca = next_certificate(chain.get()))
    if (SSL_CTX_add1_chain_cert(context, ca.get()) != 1) bad_setting("EAP certificate: a CA that cannot be used");
  const BioPtr key_text = reading(settings.private_key_pem.view());
  const KeyPtr key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, no_pass_phrase, nullptr));
  if (!key) bad_setting("EAP private key: no key in the PEM text that can be read without a pass phrase");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    bad_setting("EAP private key: it does not belong to the certificate");
}

void load_trusted(SSL_CTX* context, const TlsSettings& settings) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  if (settings.trusted_pem.empty()) return;
  const BioPtr text = reading(as_bytes(settings.trusted_pem));
  int count = 0;
  while (CertPtr ca = next_certificate(text.get())) {
    if (X509_STORE_add_cert(store, ca.get()) != 1 || SSL_CTX_add_client_CA(context, ca.get()) != 1)
      bad_setting("EAP CA: a certificate that cannot be used");
    ++count;
  }
  if (count == 0) bad_setting("EAP CA: no certificate in the PEM text");
}

std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> make_context(TlsSession::Role role, const TlsSettings& settings) {
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> out(
      SSL_CTX_new(role == TlsSession::Role::Client ? TLS_client_method() : TLS_server_method()), SSL_CTX_free);
  if (!out) throw std::runtime_error("OpenSSL: SSL_CTX_new");
  SSL_CTX* context = out.get();
  if (!settings.tls12 && !settings.tls13) bad_setting("EAP: neither TLS 1.2 nor TLS 1.3 is allowed");
  // RFC 5216 with RFC 8996: TLS 1.0 and 1.1 are gone.
  SSL_CTX_set_min_proto_version(context, settings.tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_max_proto_version(context, settings.tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  // Not what the machine's openssl.cnf says: a test is to be the same everywhere. 112 bits is level 2; devices in labs
  // carry RSA keys of 1024 bits and SHA-1, which level 1 takes.
  SSL_CTX_set_security_level(context, 1);
  // No resumption: RFC 9190 §2.1.2 makes it optional, and every conversation here is to show its certificates.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // RFC 5746 §4.1: a client may talk with servers that do not know renegotiation_info; charon's TLS is one. What the
  // extension guards against, renegotiation, is off.
  SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_max_cert_list(context, 65536);
  load_own(context, settings);
  load_trusted(context, settings);
  return out;
}

void alert_callback(const SSL* ssl, int where, int value) {
  if ((where & SSL_CB_ALERT) == 0) return;
  if (auto* session = static_cast<TlsSession*>(SSL_get_app_data(ssl))) session->on_alert(where, value);
}

std::string string_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

}  // namespace

void check(const TlsSettings& settings) { make_context(TlsSession::Role::Server, settings); }

TlsSession::TlsSession(Role role, const TlsSettings& settings, bool ask_certificate, Instant now)
    : context_(make_context(role, settings)), ssl_(SSL_new(context_.get()), SSL_free) {
  SSL* ssl = ssl_.get();
  if (!ssl) throw std::runtime_error("OpenSSL: SSL_new");
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_app_data(ssl, this);
  SSL_set_info_callback(ssl, alert_callback);
  X509_VERIFY_PARAM* verification = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_time(verification,
                             std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  if (role == Role::Client) {
    // RFC 5216 §5.3: the server's chain, and its name where one is expected.
    SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
    if (!settings.expected_name.empty()) X509_VERIFY_PARAM_set1_host(verification, settings.expected_name.c_str(), 0);
    SSL_set_connect_state(ssl);
    advance();
  } else {
    SSL_set_verify(ssl, ask_certificate ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE, nullptr);
    SSL_set_accept_state(ssl);
  }
}

TlsSession::~TlsSession() = default;

void TlsSession::on_alert(int where, int description) {
  // close_notify ends a tunnel that has served; it is no fault.
  if ((description & 0xff) == SSL_AD_CLOSE_NOTIFY) return;
  alert_ =
      std::string(where & SSL_CB_READ ? "alert received: " : "alert sent: ") + SSL_alert_desc_string_long(description);
}

void TlsSession::fail(std::string what) {
  state_ = State::Failed;
  const long verification = SSL_get_verify_result(ssl_.get());
  // Of our own alert the reason is known, and says more than its name.
  if (alert_.starts_with("alert sent") && verification == X509_V_OK)
    what = alert_ + " (" + what + ")";
  else if (!alert_.empty())
    what = alert_;
  if (verification != X509_V_OK) what += std::string(" (") + X509_verify_cert_error_string(verification) + ")";
  why_ = "TLS: " + what;
}

void TlsSession::feed(BytesView records) {
  if (state_ == State::Failed) return;
  if (!records.empty() && BIO_write(SSL_get_rbio(ssl_.get()), records.data(), static_cast<int>(records.size())) !=
                              static_cast<int>(records.size()))
    throw std::runtime_error("OpenSSL: a memory BIO does not take octets");
  advance();
}

void TlsSession::advance() {
  SSL* ssl = ssl_.get();
  ERR_clear_error();
  const auto failed = [&](int result) {
    const int kind = SSL_get_error(ssl, result);
    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE || kind == SSL_ERROR_ZERO_RETURN) return false;
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    fail(reason ? reason : "the connection broke off");
    ERR_clear_error();
    return true;
  };
  if (state_ == State::Handshake) {
    const int result = SSL_do_handshake(ssl);
    if (result == 1)
      state_ = State::Open;
    else if (failed(result))
      return;
  }
  if (state_ != State::Open) return;
  std::array<std::uint8_t, 4096> chunk{};
  for (;;) {
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl, chunk.data(), chunk.size(), &count);
    if (result != 1) {
      failed(result);
      break;
    }
    append(data_, BytesView(chunk.data(), count));
    if (data_.size() > kMostData) {
      fail("more application data than a tunnel of EAP has use for");
      break;
    }
  }
  wipe(chunk);
}

void TlsSession::write(BytesView application_data) {
  if (state_ != State::Open || application_data.empty()) return;
  std::size_t count = 0;
  ERR_clear_error();
  if (SSL_write_ex(ssl_.get(), application_data.data(), application_data.size(), &count) != 1) {
    fail("cannot be written to");
    ERR_clear_error();
  }
}

Bytes TlsSession::take_output() {
  BIO* out = SSL_get_wbio(ssl_.get());
  Bytes records(static_cast<std::size_t>(BIO_ctrl_pending(out)));
  if (!records.empty()) BIO_read(out, records.data(), static_cast<int>(records.size()));
  return records;
}

Bytes TlsSession::take_data() { return std::exchange(data_, {}); }

bool TlsSession::is_tls13() const { return SSL_version(ssl_.get()) == TLS1_3_VERSION; }

SecretBytes TlsSession::export_key(std::string_view label, std::optional<BytesView> context, std::size_t size) const {
  SecretBytes out(size);
  const BytesView value = context.value_or(BytesView());
  if (SSL_export_keying_material(ssl_.get(), out.mutable_view().data(), size, label.data(), label.size(), value.data(),
                                 value.size(), context ? 1 : 0) != 1) {
    ERR_clear_error();
    throw std::runtime_error("OpenSSL: SSL_export_keying_material");
  }
  return out;
}

std::string TlsSession::peer_name() const {
  const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (!certificate) return {};
  const std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS || name->type == GEN_EMAIL) return string_of(name->d.ia5);
  }
  const BioPtr text(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  std::string out(static_cast<std::size_t>(BIO_ctrl_pending(text.get())), '\0');
  if (!out.empty()) BIO_read(text.get(), out.data(), static_cast<int>(out.size()));
  return out;
}

}  // namespace ikevet::eap
