// The two sides of EAP that fuzz_eap and the writer of its seeds set up: every method, and some of what can be
// configured.
#pragma once

#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "engine/base/random.hpp"
#include "engine/eap/provider.hpp"

namespace ikevet::tests {

inline const Instant kEapNow{std::chrono::seconds(1'767'225'600)};  // 2026-01-01

/// What the first octet of an input says.
struct EapChoice {
  enum class Mode : std::uint8_t {
    ToAuthenticator,  ///< packets of the input, one after the other
    ToPeer,
    Altered,  ///< the two talk, and the input says what happens to each packet on its way
    Avps,     ///< the rest is what stands inside TTLS
  };
  std::size_t method{};  ///< of kEapMethods
  Mode mode{};
  std::uint8_t variant{};  ///< 0 to 3

  static EapChoice of(std::uint8_t octet) {
    return {octet % 8u, static_cast<Mode>(octet >> 3 & 3), static_cast<std::uint8_t>(octet >> 5 & 3)};
  }
  std::uint8_t octet() const {
    return static_cast<std::uint8_t>(method | static_cast<unsigned>(mode) << 3 | static_cast<unsigned>(variant) << 5);
  }
};

/// The last two have all methods, so that a Nak is of use, and an OTP list in place of a chain.
inline constexpr std::array kEapMethods{wire::EapType::MD5_Challenge, wire::EapType::OTP, wire::EapType::GTC,
                                        wire::EapType::MSCHAPv2,      wire::EapType::TLS, wire::EapType::TTLS};
inline constexpr std::size_t kAllMethods = 6;

class EapSides {
 public:
  explicit EapSides(EapChoice choice) {
    auto wanted = std::make_shared<eap::PeerConfig>();
    wanted->identity = "alice";
    wanted->passwords.emplace_back(as_bytes(choice.variant == 3 ? "not it" : "This is a test."));
    wanted->passwords.emplace_back(as_bytes("This is a test."));
    wanted->new_password = "another password";
    wanted->tls = tls("client");
    wanted->inner = static_cast<eap::TtlsInner>(choice.variant);
    wanted->inner_methods = {wire::EapType::MD5_Challenge, wire::EapType::MSCHAPv2};

    auto server = std::make_shared<eap::AuthenticatorConfig>();
    server->tls = tls("server");
    server->ttls_client_certificate = choice.variant == 1;
    server->ask_identity = choice.variant == 1;
    if (choice.variant == 2) server->notification = "closed for the night";
    server->attempts = choice.variant + 1;
    server->inner_methods = {wire::EapType::MSCHAPv2, wire::EapType::GTC};
    server->users = std::make_shared<eap::Users>();
    eap::User alice;
    alice.password = SecretBytes(as_bytes("This is a test."));
    alice.expired = choice.variant == 2;
    if (choice.method < kAllMethods)
      alice.otp = eap::OtpAccount::from_pass_phrase(eap::OtpHash::Sha1, "This is a test.", "TeSt", 99);
    else
      wanted->one_time_list = alice.one_time_list = {"one", "two"};
    server->users->add("alice", std::move(alice));

    if (choice.method < kAllMethods) {
      wanted->methods = server->methods = {kEapMethods.at(choice.method)};
    } else {
      server->methods.assign(kEapMethods.begin(), kEapMethods.end());
      wanted->methods.assign(kEapMethods.rbegin(), kEapMethods.rend());
    }
    provider_ = eap::make_provider(std::move(wanted), std::move(server));
    wire::IDi name;
    name.id_type = wire::IdType::ID_RFC822_ADDR;
    name.data = to_bytes(as_bytes("alice"));
    peer = provider_->peer(name, {random_p_, kEapNow});
    authenticator = provider_->authenticator(name, {random_a_, kEapNow});
  }

 private:
  /// Certificates of scenarios/targets/eap, read once.
  static eap::TlsSettings tls(const std::string& end) {
    const auto file = [](const std::string& name) {
      std::ifstream in(std::string(IKEVET_SOURCE_DIR "/scenarios/targets/eap/") + name, std::ios::binary);
      return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    };
    struct Files {
      std::string certificate, key, ca;
    };
    static const Files client{file("client.pem"), file("client.key"), file("ca.pem")};
    static const Files server{file("server.pem"), file("server.key"), file("ca.pem")};
    const Files& from = end == "client" ? client : server;
    eap::TlsSettings out;
    out.certificate_pem = from.certificate;
    out.private_key_pem = SecretBytes(as_bytes(from.key));
    out.trusted_pem = from.ca;
    out.fragment = 256;
    return out;
  }

  SeededRandom random_p_{1};
  SeededRandom random_a_{2};
  std::shared_ptr<const eap::Provider> provider_;

 public:
  std::unique_ptr<eap::Conversation> peer;
  std::unique_ptr<eap::Conversation> authenticator;
};

}  // namespace ikevet::tests
