// EAP-MSCHAPv2, draft-kamath-pppext-eap-mschapv2-02 over RFC 2759: both sides prove that they know the password.
#include <charconv>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/eap/methods.hpp"
#include "engine/eap/mschapv2_crypto.hpp"
#include "engine/eap/text.hpp"

namespace ikevet::eap {
namespace {

using namespace mschapv2;

enum class OpCode : std::uint8_t { Challenge = 1, Response = 2, Success = 3, Failure = 4, ChangePassword = 7 };

constexpr std::size_t kHeader = 4;  // OpCode, MS-CHAPv2-ID, MS-Length
constexpr std::size_t kReserved = 8;
constexpr std::size_t kResponseValue = kChallenge + kReserved + kNtResponse + 1;

// RFC 2759 §6.
constexpr int kAccountDisabled = 647;
constexpr int kPasswordExpired = 648;
constexpr int kAuthenticationFailure = 691;
constexpr int kChangingPassword = 709;

/// draft-kamath §2: MS-Length counts from the OpCode on.
Bytes packet(OpCode op, std::uint8_t id, BytesView rest) {
  return Writer().u8(op).u8(id).u16(kHeader + rest.size()).bytes(rest).take();
}

struct Packet {
  OpCode op{};
  std::uint8_t id{};
  Bytes rest;

  static Result<Packet> parse(BytesView data) {
    Reader in(data);
    Packet out;
    out.op = in.u8<OpCode>("OpCode");
    // draft-kamath §2.5, §2.7: the peer's Success and Failure are the OpCode alone.
    if (in.ok() && in.at_end() && (out.op == OpCode::Success || out.op == OpCode::Failure)) return out;
    out.id = in.u8("MS-CHAPv2-ID");
    const std::size_t at = in.offset();
    const std::size_t length = in.u16("MS-Length");
    if (in.ok() && length != data.size())
      in.fail_at("MS-Length", at,
                 std::to_string(length) + ", but there are " + std::to_string(data.size()) + " octets");
    out.rest = in.rest();
    return in.finish(std::move(out));
  }
};

struct ChallengeBody {
  Bytes challenge;
  Bytes name;

  static Result<ChallengeBody> parse(BytesView rest) {
    Reader in(rest);
    ChallengeBody out;
    if (in.u8("Value-Size") != kChallenge && in.ok()) in.fail_at("Value-Size", 0, "a challenge has 16 octets");
    out.challenge = in.bytes(kChallenge, "Challenge");
    out.name = in.rest();
    return in.finish(std::move(out));
  }
};

/// RFC 2759 §4.
struct ResponseBody {
  Bytes peer_challenge;
  Bytes nt_response;
  Bytes name;

  static Result<ResponseBody> parse(BytesView rest) {
    Reader in(rest);
    ResponseBody out;
    if (in.u8("Value-Size") != kResponseValue && in.ok()) in.fail_at("Value-Size", 0, "a response has 49 octets");
    out.peer_challenge = in.bytes(kChallenge, "Peer-Challenge");
    in.view(kReserved, "Reserved");
    out.nt_response = in.bytes(kNtResponse, "NT-Response");
    in.u8("Flags");
    out.name = in.rest();
    return in.finish(std::move(out));
  }
  Bytes octets() const {
    return Writer().u8(kResponseValue).bytes(peer_challenge).u64(0).bytes(nt_response).u8(0).bytes(name).take();
  }
};

/// RFC 2759 §7.
struct ChangePasswordBody {
  Bytes encrypted_password;
  Bytes encrypted_hash;
  Bytes peer_challenge;
  Bytes nt_response;

  static Result<ChangePasswordBody> parse(BytesView rest) {
    Reader in(rest);
    ChangePasswordBody out;
    out.encrypted_password = in.bytes(kEncryptedPassword, "Encrypted-Password");
    out.encrypted_hash = in.bytes(16, "Encrypted-Hash");
    out.peer_challenge = in.bytes(kChallenge, "Peer-Challenge");
    in.view(kReserved, "Reserved");
    out.nt_response = in.bytes(kNtResponse, "NT-Response");
    in.u16("Flags");
    return in.finish(std::move(out));
  }
  Bytes octets() const {
    return Writer()
        .bytes(encrypted_password)
        .bytes(encrypted_hash)
        .bytes(peer_challenge)
        .u64(0)
        .bytes(nt_response)
        .u16(0)
        .take();
  }
};

/// "E=691 R=1 C=<32 digits> V=3 M=text", RFC 2759 §6.
struct FailureText {
  int error{};
  bool retry = false;
  Bytes challenge;

  std::string text(std::string_view message) const {
    std::string hex = to_hex(challenge);
    for (char& c : hex)
      if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
    return "E=" + std::to_string(error) + " R=" + (retry ? "1" : "0") + " C=" + hex + " V=3 M=" + std::string(message);
  }
  static FailureText parse(std::string_view text) {
    FailureText out;
    if (const auto at = value_of(text, "E="); !at.empty()) std::from_chars(at.data(), at.data() + at.size(), out.error);
    out.retry = value_of(text, "R=") == "1";
    if (const auto challenge = from_hex(value_of(text, "C=")); challenge && challenge->size() == kChallenge)
      out.challenge = *challenge;
    return out;
  }

 private:
  static std::string_view value_of(std::string_view text, std::string_view key) {
    // M= is text for people and comes last.
    const std::string_view searched = text.substr(0, text.find(" M="));
    for (std::size_t at = searched.find(key); at != std::string_view::npos; at = searched.find(key, at + 1)) {
      if (at > 0 && searched[at - 1] != ' ') continue;
      const std::string_view value = searched.substr(at + key.size());
      return value.substr(0, value.find(' '));
    }
    return {};
  }
};

std::string error_name(int error) {
  switch (error) {
    case 646:
      return "E=646, restricted logon hours";
    case kAccountDisabled:
      return "E=647, account disabled";
    case kPasswordExpired:
      return "E=648, password expired";
    case 649:
      return "E=649, no dial-in permission";
    case kAuthenticationFailure:
      return "E=691, authentication failure";
    case kChangingPassword:
      return "E=709, the password could not be changed";
    default:
      return "E=" + std::to_string(error);
  }
}

class MsChapV2Peer final : public PeerMethod {
 public:
  explicit MsChapV2Peer(const PeerEnv& env) : env_(env) {}

  PeerReply handle(std::uint8_t, BytesView data) override {
    const auto request = Packet::parse(data);
    if (!request) return PeerReply::discard("MSCHAPv2: " + request.error().text());
    switch (request->op) {
      case OpCode::Challenge:
        return on_challenge(*request);
      case OpCode::Success:
        return on_success(*request);
      case OpCode::Failure:
        return on_failure(*request);
      default:
        return PeerReply::discard("MSCHAPv2: OpCode " + std::to_string(static_cast<int>(request->op)));
    }
  }
  SecretBytes msk() const override { return master_session_key(password_hash_.view(), nt_response_); }
  std::string user() const override { return user_name(env_.config); }

 private:
  PeerReply on_challenge(const Packet& request) {
    const auto body = ChallengeBody::parse(request.rest);
    if (!body) return PeerReply::discard("MSCHAPv2: " + body.error().text());
    return respond(request.id, body->challenge, password_for(env_.config, attempt_++));
  }

  PeerReply respond(std::uint8_t id, BytesView challenge, BytesView password) {
    authenticator_challenge_ = to_bytes(challenge);
    prove(password);
    const std::string& name = user_name(env_.config);
    const Bytes out =
        packet(OpCode::Response, id, ResponseBody{peer_challenge_, nt_response_, to_bytes(name)}.octets());
    return {PeerReply::Verdict::Continue, out, {}};
  }

  void prove(BytesView password) {
    peer_challenge_ = env_.random.bytes(kChallenge);
    password_hash_ = nt_password_hash(password);
    nt_response_ =
        generate_nt_response(authenticator_challenge_, peer_challenge_, user_name(env_.config), password_hash_.view());
  }

  PeerReply on_success(const Packet& request) {
    if (nt_response_.empty()) return PeerReply::discard("MSCHAPv2: Success before a Challenge");
    const std::string wanted = generate_authenticator_response(password_hash_.view(), nt_response_, peer_challenge_,
                                                               authenticator_challenge_, user_name(env_.config));
    // RFC 2759 §5: "S=" and 40 digits, then perhaps a message. §8.8: without the right one the server is a false one.
    const BytesView said = BytesView(request.rest).first(std::min(request.rest.size(), wanted.size()));
    if (!equal_constant_time(said, as_bytes(wanted)))
      return PeerReply::discard("MSCHAPv2: the authenticator does not prove that it knows the password");
    return {PeerReply::Verdict::MayFinish, Bytes{static_cast<std::uint8_t>(OpCode::Success)}, {}};
  }

  PeerReply on_failure(const Packet& request) {
    if (nt_response_.empty()) return PeerReply::discard("MSCHAPv2: Failure before a Challenge");
    const FailureText failure = FailureText::parse(text_of(request.rest));
    std::string why = "MSCHAPv2: " + error_name(failure.error);
    const auto next_id = static_cast<std::uint8_t>(request.id + 1);
    const Bytes& challenge = failure.challenge.empty() ? authenticator_challenge_ : failure.challenge;
    // RFC 2759 §7: a Change-Password packet answers E=648 and nothing else.
    if (failure.error == kPasswordExpired && !env_.config.new_password.empty() && !changed_) {
      changed_ = true;
      return change_password(next_id, challenge, std::move(why));
    }
    // RFC 2759 §6: R=1 lets the user try again, with the new challenge.
    if (failure.retry && attempt_ < env_.config.passwords.size()) {
      PeerReply reply = respond(next_id, challenge, password_for(env_.config, attempt_++));
      reply.why = std::move(why);
      return reply;
    }
    return {PeerReply::Verdict::Failed, Bytes{static_cast<std::uint8_t>(OpCode::Failure)}, std::move(why)};
  }

  PeerReply change_password(std::uint8_t id, BytesView challenge, std::string why) {
    const SecretBytes old_hash = password_hash_;
    const BytesView fresh = as_bytes(env_.config.new_password);
    authenticator_challenge_ = to_bytes(challenge);
    prove(fresh);
    ChangePasswordBody body;
    body.encrypted_password = encrypt_new_password(fresh, old_hash.view(), env_.random.bytes(kEncryptedPassword));
    body.encrypted_hash = encrypt_old_password_hash(old_hash.view(), password_hash_.view());
    body.peer_challenge = peer_challenge_;
    body.nt_response = nt_response_;
    return {PeerReply::Verdict::Continue, packet(OpCode::ChangePassword, id, body.octets()), std::move(why)};
  }

  PeerEnv env_;
  std::size_t attempt_{};
  bool changed_ = false;
  Bytes authenticator_challenge_;
  Bytes peer_challenge_;
  Bytes nt_response_;
  SecretBytes password_hash_;
};

class MsChapV2Server final : public ServerMethod {
 public:
  explicit MsChapV2Server(const AuthenticatorEnv& env) : env_(env) {}

  Bytes start(std::uint8_t identifier) override {
    id_ = identifier;
    challenge_ = env_.random.bytes(kChallenge);
    return packet(OpCode::Challenge, id_,
                  Writer().u8(kChallenge).bytes(challenge_).bytes(as_bytes(env_.config.name)).view());
  }

  ServerReply handle(std::uint8_t next, BytesView data) override {
    const auto response = Packet::parse(data);
    if (!response) return ServerReply::discard("MSCHAPv2: " + response.error().text());
    if (said_ == OpCode::Success) {
      // draft-kamath §2.5: the peer has found the authenticator genuine.
      if (response->op == OpCode::Success) return ServerReply::success();
      return ServerReply::failure("MSCHAPv2: the peer does not believe us");
    }
    if (said_ == OpCode::Failure && response->op == OpCode::Failure) return ServerReply::failure(why_);
    if (said_ == OpCode::Failure && !retry_allowed_ && !expired_) return ServerReply::failure(why_);
    if (response->op == OpCode::ChangePassword && expired_) return on_change_password(*response, next);
    if (response->op != OpCode::Response || expired_)
      return ServerReply::discard("MSCHAPv2: OpCode " + std::to_string(static_cast<int>(response->op)));
    return on_response(*response, next);
  }
  SecretBytes msk() const override { return master_session_key(password_hash_.view(), nt_response_); }
  std::string user() const override { return user_; }

 private:
  ServerReply on_response(const Packet& response, std::uint8_t next) {
    const auto body = ResponseBody::parse(response.rest);
    if (!body) return ServerReply::discard("MSCHAPv2: " + body.error().text());
    user_ = std::string(text_of(body->name));
    User* user = find();
    if (!user || user->password.empty()) return refuse(kAuthenticationFailure, "unknown user", next);
    password_hash_ = nt_password_hash(user->password.view());
    if (!verify(body->peer_challenge, body->nt_response)) return refuse(kAuthenticationFailure, "wrong password", next);
    if (user->disabled) return refuse(kAccountDisabled, "account disabled", next);
    if (user->expired) return refuse(kPasswordExpired, "password expired", next);
    return prove();
  }

  ServerReply on_change_password(const Packet& response, std::uint8_t next) {
    const auto body = ChangePasswordBody::parse(response.rest);
    if (!body) return ServerReply::discard("MSCHAPv2: " + body.error().text());
    expired_ = false;
    User* user = find();
    const SecretBytes unicode = decrypt_new_password(body->encrypted_password, password_hash_.view());
    const SecretBytes fresh = nt_hash_of_unicode(unicode.view());
    // RFC 2759 §8.12: the peer shows that it knows the old password, too.
    const bool knows_old =
        equal_constant_time(body->encrypted_hash, encrypt_old_password_hash(password_hash_.view(), fresh.view()));
    password_hash_ = fresh;
    if (!user || unicode.empty() || !knows_old || !verify(body->peer_challenge, body->nt_response))
      return refuse(kChangingPassword, "the password could not be changed", next);
    user->password = from_unicode(unicode.view());
    user->expired = false;
    return prove();
  }

  /// UTF-16 without surrogates to UTF-8: the inverse of to_unicode for passwords that were typed.
  static SecretBytes from_unicode(BytesView unicode) {
    Bytes out;
    for (std::size_t at = 0; at + 1 < unicode.size(); at += 2) {
      const unsigned unit = unicode[at] | static_cast<unsigned>(unicode[at + 1]) << 8;
      if (unit < 0x80) {
        out.push_back(static_cast<std::uint8_t>(unit));
      } else if (unit < 0x800) {
        out.push_back(static_cast<std::uint8_t>(0xc0 | unit >> 6));
        out.push_back(static_cast<std::uint8_t>(0x80 | (unit & 0x3f)));
      } else {
        out.push_back(static_cast<std::uint8_t>(0xe0 | unit >> 12));
        out.push_back(static_cast<std::uint8_t>(0x80 | (unit >> 6 & 0x3f)));
        out.push_back(static_cast<std::uint8_t>(0x80 | (unit & 0x3f)));
      }
    }
    SecretBytes secret{BytesView(out)};
    wipe(out);
    return secret;
  }

  User* find() const {
    if (!env_.config.users) return nullptr;
    User* user = env_.config.users->find(as_bytes(user_));
    return user ? user : env_.config.users->find(as_bytes(without_domain(user_)));
  }

  bool verify(BytesView peer_challenge, BytesView nt_response) {
    peer_challenge_ = to_bytes(peer_challenge);
    nt_response_ = to_bytes(nt_response);
    return equal_constant_time(nt_response,
                               generate_nt_response(challenge_, peer_challenge, user_, password_hash_.view()));
  }

  ServerReply prove() {
    said_ = OpCode::Success;
    const std::string text =
        generate_authenticator_response(password_hash_.view(), nt_response_, peer_challenge_, challenge_, user_) +
        " M=OK";
    return ServerReply::request(packet(OpCode::Success, id_, as_bytes(text)));
  }

  ServerReply refuse(int error, std::string message, std::uint8_t next) {
    why_ = "MSCHAPv2: " + message;
    said_ = OpCode::Failure;
    ++attempts_;
    expired_ = error == kPasswordExpired;
    retry_allowed_ = error == kAuthenticationFailure && attempts_ < env_.config.attempts;
    // RFC 2759 §6: a new challenge, for the peer that may try again.
    challenge_ = env_.random.bytes(kChallenge);
    id_ = next;
    return ServerReply::request(packet(
        OpCode::Failure, id_, as_bytes(FailureText{error, retry_allowed_ || expired_, challenge_}.text(message))));
  }

  AuthenticatorEnv env_;
  std::uint8_t id_{};
  OpCode said_ = OpCode::Challenge;
  int attempts_{};
  bool retry_allowed_ = false;
  bool expired_ = false;
  std::string why_;
  std::string user_;
  Bytes challenge_;
  Bytes peer_challenge_;
  Bytes nt_response_;
  SecretBytes password_hash_;
};

}  // namespace

std::unique_ptr<PeerMethod> make_mschapv2_peer(const PeerEnv& env) { return std::make_unique<MsChapV2Peer>(env); }
std::unique_ptr<ServerMethod> make_mschapv2_server(const AuthenticatorEnv& env) {
  return std::make_unique<MsChapV2Server>(env);
}

}  // namespace ikevet::eap
