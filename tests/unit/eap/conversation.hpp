// Two sides of EAP that talk until one has come to an end.
#pragma once

#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/eap/layer.hpp"
#include "engine/eap/text.hpp"
#include "tests/support/paths.hpp"

namespace ikevet::tests {

using eap::AuthenticatorConfig;
using eap::PeerConfig;
using eap::Status;
using eap::Step;
using wire::Eap;
using wire::EapCode;
using wire::EapType;

inline const Instant kNow{std::chrono::seconds(1'767'225'600)};  // 2026-01-01

inline SecretBytes secret(std::string_view text) { return SecretBytes(as_bytes(text)); }
inline Bytes octets(std::string_view hex) { return from_hex(hex).value(); }
inline std::string text(BytesView octets) { return std::string(eap::text_of(octets)); }

/// A file of scenarios/targets/eap.
inline std::string pki(std::string_view name) {
  std::ifstream file(test::source_dir() / "scenarios/targets/eap" / name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// alice with "password", one method.
inline PeerConfig alice(EapType method, std::vector<std::string_view> passwords = {"password"}) {
  PeerConfig out;
  out.identity = "alice";
  for (const std::string_view word : passwords) out.passwords.push_back(secret(word));
  out.methods = {method};
  return out;
}

inline AuthenticatorConfig server(EapType method) {
  AuthenticatorConfig out;
  out.methods = {method};
  out.users = std::make_shared<eap::Users>();
  out.users->add("alice", {secret("password"), false, false, {}, {}});
  return out;
}

/// What was said, in order, and how both sides ended.
struct Talk {
  Talk(PeerConfig p, AuthenticatorConfig a, std::string_view identity = "alice")
      : peer(eap::make_peer_layer(std::make_shared<PeerConfig>(std::move(p)), random_p, kNow)),
        authenticator(eap::make_authenticator_layer(std::make_shared<AuthenticatorConfig>(std::move(a)), random_a, kNow,
                                                    as_bytes(identity))) {}

  /// Until nobody has anything to say.
  Talk& run() {
    of_authenticator = authenticator->start();
    for (int rounds = 0; rounds < 200; ++rounds) {
      if (!of_authenticator.send) return *this;
      said.push_back(*of_authenticator.send);
      of_peer = peer->handle(said.back());
      if (!of_peer.send) return *this;
      said.push_back(*of_peer.send);
      of_authenticator = authenticator->handle(said.back());
    }
    throw std::logic_error("EAP without end");
  }
  bool both(Status status) const { return of_peer.status == status && of_authenticator.status == status; }
  bool same_msk() const {
    return of_peer.proof && of_authenticator.proof && of_peer.proof->msk == of_authenticator.proof->msk;
  }

  SeededRandom random_p{1};
  SeededRandom random_a{2};
  std::unique_ptr<eap::Layer> peer;
  std::unique_ptr<eap::Layer> authenticator;
  std::vector<Eap> said;
  Step of_peer;
  Step of_authenticator;
};

}  // namespace ikevet::tests
