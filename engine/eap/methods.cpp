// Which methods there are.
#include "engine/eap/methods.hpp"

#include <algorithm>

#include "engine/eap/text.hpp"

namespace ikevet::eap {
namespace {

struct Row {
  EapType type;
  std::unique_ptr<PeerMethod> (*peer)(const PeerEnv&);
  std::unique_ptr<ServerMethod> (*server)(const AuthenticatorEnv&);
  bool mutual;  ///< RFC 5998 §4
};

constexpr Row kMethods[] = {
    {EapType::MD5_Challenge, make_md5_peer, make_md5_server, false},
    {EapType::OTP, make_otp_peer, make_otp_server, false},
    {EapType::GTC, make_gtc_peer, make_gtc_server, false},
    {EapType::TLS, make_tls_peer, make_tls_server, true},
    {EapType::TTLS, make_ttls_peer, make_ttls_server, true},
    // Both sides prove that they know the password, but a false responder may guess at it: RFC 5998 §4, property 3.
    {EapType::MSCHAPv2, make_mschapv2_peer, make_mschapv2_server, false},
};

const Row* row_of(EapType type) {
  const auto* found = std::ranges::find(kMethods, type, &Row::type);
  return found == std::end(kMethods) ? nullptr : found;
}

}  // namespace

std::unique_ptr<PeerMethod> make_peer_method(EapType type, const PeerEnv& env) {
  const Row* row = row_of(type);
  return row ? row->peer(env) : nullptr;
}

std::unique_ptr<ServerMethod> make_server_method(EapType type, const AuthenticatorEnv& env) {
  const Row* row = row_of(type);
  return row ? row->server(env) : nullptr;
}

bool implemented(EapType type) { return row_of(type) != nullptr; }

bool mutual(EapType type) {
  const Row* row = row_of(type);
  return row && row->mutual;
}

BytesView password_for(const PeerConfig& config, std::size_t attempt) {
  if (config.passwords.empty()) return {};
  return config.passwords[std::min(attempt, config.passwords.size() - 1)].view();
}

const std::string& user_name(const PeerConfig& config) { return config.user.empty() ? config.identity : config.user; }

User* Users::find(BytesView name) {
  const auto found = users_.find(text_of(name));
  return found == users_.end() ? nullptr : &found->second;
}

}  // namespace ikevet::eap
