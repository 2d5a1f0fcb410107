#include "scenarios/runner/eap_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/runner/read_named_file.hpp"

namespace ikevet::scenarios {
namespace {

constexpr std::array kMethods{wire::EapType::MD5_Challenge, wire::EapType::OTP, wire::EapType::GTC,
                              wire::EapType::MSCHAPv2,      wire::EapType::TLS, wire::EapType::TTLS};

std::vector<wire::EapType> parse_methods(const std::vector<std::string>& texts) {
  std::vector<wire::EapType> out;
  for (const std::string& text : texts) {
    const auto type = wire::from_name<wire::EapType>(text);
    if (!type || std::ranges::find(kMethods, *type) == kMethods.end())
      throw SetupError(
          fmt::format("no EAP method \"{}\"; known are MD5_Challenge, OTP, GTC, MSCHAPv2, TLS, TTLS", text));
    out.push_back(*type);
  }
  return out;
}

eap::TtlsInner parse_inner(std::string_view text) {
  if (text == "pap") return eap::TtlsInner::Pap;
  if (text == "chap") return eap::TtlsInner::Chap;
  if (text.empty() || text == "mschapv2") return eap::TtlsInner::MsChapV2;
  if (text == "eap") return eap::TtlsInner::Eap;
  throw SetupError(fmt::format("no inner method \"{}\"; known are pap, chap, mschapv2, eap", text));
}

std::string text_of(BytesView octets) { return {octets.begin(), octets.end()}; }

eap::TlsSettings make_tls(const EapTlsOverrides& from) {
  eap::TlsSettings out;
  if (from.certificate) out.certificate_pem = read_named_file(*from.certificate, text_of);
  if (from.private_key)
    out.private_key_pem = read_named_file(*from.private_key, [](BytesView octets) { return SecretBytes(octets); });
  if (from.ca) out.trusted_pem = read_named_file(*from.ca, text_of);
  out.expected_name = from.expected_name.value_or("");
  const FileReference* place = from.certificate ? &*from.certificate : from.ca ? &*from.ca : nullptr;
  if (!place) return out;
  try {
    eap::check(out);
  } catch (const std::invalid_argument& error) {
    throw SetupError(fmt::format("{}: {}", place->place, error.what()));
  }
  return out;
}

std::shared_ptr<const eap::PeerConfig> make_peer(const EapPeerOverrides& from) {
  auto out = std::make_shared<eap::PeerConfig>();
  out->identity = from.identity;
  out->user = from.user;
  for (const std::string& password : from.passwords) out->passwords.emplace_back(as_bytes(password));
  out->new_password = from.new_password;
  out->one_time_list = from.one_time_list;
  out->methods = parse_methods(from.methods);
  out->inner = parse_inner(from.inner);
  out->inner_methods = parse_methods(from.inner_methods);
  out->tls = make_tls(from.tls);
  return out;
}

std::shared_ptr<const eap::AuthenticatorConfig> make_server(const EapServerOverrides& from) {
  auto out = std::make_shared<eap::AuthenticatorConfig>();
  out->users = std::make_shared<eap::Users>();
  for (const EapUser& user : from.users) {
    eap::User one;
    one.password = SecretBytes(as_bytes(user.password));
    one.disabled = user.disabled;
    one.expired = user.expired;
    one.one_time_list = user.one_time_list;
    out->users->add(user.name, std::move(one));
  }
  out->methods = parse_methods(from.methods);
  out->inner_methods = parse_methods(from.inner_methods);
  out->ask_identity = from.ask_identity;
  out->notification = from.notification;
  if (from.attempts) out->attempts = static_cast<int>(*from.attempts);
  out->tls = make_tls(from.tls);
  return out;
}

}  // namespace

std::shared_ptr<const eap::Provider> make_eap(const std::optional<EapPeerOverrides>& peer,
                                              const std::optional<EapServerOverrides>& server) {
  if (!peer && !server) return nullptr;
  return eap::make_provider(peer ? make_peer(*peer) : nullptr, server ? make_server(*server) : nullptr);
}

}  // namespace ikevet::scenarios
