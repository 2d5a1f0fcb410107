// One TLS connection without a socket: records in, records out.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/eap/config.hpp"

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

namespace ikevet::eap {

/// Over OpenSSL's memory BIOs. What a peer sends leads to State::Failed and never to an exception. Its randomness is
/// OpenSSL's own, not the engine's: TLS inside EAP differs from run to run.
class TlsSession {
 public:
  enum class Role { Client, Server };
  enum class State { Handshake, Open, Failed };

  /// `ask_certificate`: of a server; a client without an acceptable one is refused. A client always wants the server's.
  TlsSession(Role, const TlsSettings&, bool ask_certificate, Instant now);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  void feed(BytesView records);  ///< takes records, goes on with the handshake, reads application data
  void write(BytesView application_data);
  Bytes take_output();  ///< records to be sent; empty: nothing
  Bytes take_data();    ///< application data that arrived

  State state() const { return state_; }
  const std::string& why() const { return why_; }  ///< when Failed: "alert received: unknown CA"
  bool is_tls13() const;
  /// RFC 5705, RFC 8446 §7.5; once Open. Empty context and none are the same for TLS 1.3 only.
  SecretBytes export_key(std::string_view label, std::optional<BytesView> context, std::size_t size) const;
  /// Of the other side's certificate: its first DNS name or mailbox, else its subject; RFC 5216 §5.2. Empty: it had
  /// none.
  std::string peer_name() const;

  void on_alert(int where, int description);  ///< from OpenSSL's callback

 private:
  void advance();
  void fail(std::string what);

  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
  State state_ = State::Handshake;
  std::string why_;
  std::string alert_;
  Bytes data_;
};

}  // namespace ikevet::eap
