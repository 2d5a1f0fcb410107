// What the layer below the methods (peer.cpp, authenticator.cpp) knows of a method. One file for each of them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/clock.hpp"
#include "engine/base/random.hpp"
#include "engine/eap/config.hpp"

namespace ikevet::eap {

/// What a method has at hand.
struct PeerEnv {
  const PeerConfig& config;
  RandomSource& random;
  Instant now;
};
struct AuthenticatorEnv {
  const AuthenticatorConfig& config;
  RandomSource& random;
  Instant now;
  Bytes identity;  ///< of Response/Identity, or of the lower layer
};

/// A peer's answer to the Type-Data of one request.
struct PeerReply {
  enum class Verdict {
    Continue,   ///< a Success now would come too early, RFC 3748 §4.2
    MayFinish,  ///< the method is content with a Success
    Failed,     ///< only a Failure can follow; `why` says what the method found wrong
    Discard,    ///< no answer: the request cannot be one of this method; `why`
  };
  Verdict verdict = Verdict::Continue;
  Bytes data{};
  std::string why{};

  static PeerReply discard(std::string why) { return {Verdict::Discard, {}, std::move(why)}; }
};

class PeerMethod {
 public:
  virtual ~PeerMethod() = default;
  virtual PeerReply handle(std::uint8_t identifier, BytesView type_data) = 0;
  /// Once the verdict is MayFinish.
  virtual SecretBytes msk() const { return {}; }
  virtual std::string user() const { return {}; }  ///< the name that was authenticated; empty: the identity
};

/// An authenticator's judgement of the Type-Data of one response.
struct ServerReply {
  enum class Verdict { Request, Success, Failure, Discard };
  Verdict verdict = Verdict::Request;
  Bytes data{};  ///< of the next request
  std::string why{};

  static ServerReply request(Bytes data) { return {Verdict::Request, std::move(data), {}}; }
  static ServerReply success() { return {Verdict::Success, {}, {}}; }
  static ServerReply failure(std::string why) { return {Verdict::Failure, {}, std::move(why)}; }
  static ServerReply discard(std::string why) { return {Verdict::Discard, {}, std::move(why)}; }
};

class ServerMethod {
 public:
  virtual ~ServerMethod() = default;
  /// Type-Data of the first request, which will bear `identifier`.
  virtual Bytes start(std::uint8_t identifier) = 0;
  /// `next` is the identifier of a further request, should one follow.
  virtual ServerReply handle(std::uint8_t next, BytesView type_data) = 0;
  virtual SecretBytes msk() const { return {}; }
  virtual std::string user() const { return {}; }
};

using wire::EapType;

/// RFC 3748 §5.4 to §5.6, RFC 2759 with draft-kamath-pppext-eap-mschapv2, RFC 5216 with RFC 9190, RFC 5281.
std::unique_ptr<PeerMethod> make_peer_method(EapType, const PeerEnv&);               // empty: not implemented
std::unique_ptr<ServerMethod> make_server_method(EapType, const AuthenticatorEnv&);  // empty: not implemented
bool implemented(EapType);
/// Does the method authenticate both sides, and derive a key?  RFC 5998 §4.
bool mutual(EapType);

/// The password for the n-th try, RFC 3748 §4.2: the last one stands for all that follow.
BytesView password_for(const PeerConfig&, std::size_t attempt);
/// The name that a password of ours belongs to.
const std::string& user_name(const PeerConfig&);

std::unique_ptr<PeerMethod> make_md5_peer(const PeerEnv&);
std::unique_ptr<ServerMethod> make_md5_server(const AuthenticatorEnv&);
std::unique_ptr<PeerMethod> make_gtc_peer(const PeerEnv&);
std::unique_ptr<ServerMethod> make_gtc_server(const AuthenticatorEnv&);
std::unique_ptr<PeerMethod> make_otp_peer(const PeerEnv&);
std::unique_ptr<ServerMethod> make_otp_server(const AuthenticatorEnv&);
std::unique_ptr<PeerMethod> make_mschapv2_peer(const PeerEnv&);
std::unique_ptr<ServerMethod> make_mschapv2_server(const AuthenticatorEnv&);
std::unique_ptr<PeerMethod> make_tls_peer(const PeerEnv&);
std::unique_ptr<ServerMethod> make_tls_server(const AuthenticatorEnv&);
std::unique_ptr<PeerMethod> make_ttls_peer(const PeerEnv&);
std::unique_ptr<ServerMethod> make_ttls_server(const AuthenticatorEnv&);

}  // namespace ikevet::eap
