// EAP of a `config`: members `eap_peer` and `eap_server` of `auth`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/format/file_reference.hpp"

namespace ikevet::scenarios {

/// A certificate inside EAP-TLS and EAP-TTLS.
struct EapTlsOverrides {
  std::optional<FileReference> certificate;  ///< PEM: its own, then those of intermediate CAs
  std::optional<FileReference> private_key;
  std::optional<FileReference> ca;
  std::optional<std::string> expected_name;  ///< peer: DNS name of the server
  friend bool operator==(const EapTlsOverrides&, const EapTlsOverrides&) = default;
};

/// The end that proves itself, as initiator.
struct EapPeerOverrides {
  std::string identity;
  std::string user;
  std::vector<std::string> passwords;  ///< said in order, one each try
  std::string new_password;
  std::vector<std::string> one_time_list;
  std::vector<std::string> methods;  ///< "MSCHAPv2", the favourite first
  std::string inner;                 ///< of TTLS: "pap", "chap", "mschapv2", "eap"
  std::vector<std::string> inner_methods;
  EapTlsOverrides tls;
  friend bool operator==(const EapPeerOverrides&, const EapPeerOverrides&) = default;
};

struct EapUser {
  std::string name;
  std::string password;
  std::vector<std::string> one_time_list;
  bool disabled{};
  bool expired{};
  friend bool operator==(const EapUser&, const EapUser&) = default;
};

/// The end that asks, as responder.
struct EapServerOverrides {
  std::vector<EapUser> users;
  std::vector<std::string> methods;  ///< offered in this order
  std::vector<std::string> inner_methods;
  bool ask_identity{};
  std::string notification;
  std::optional<std::uint64_t> attempts;
  EapTlsOverrides tls;
  friend bool operator==(const EapServerOverrides&, const EapServerOverrides&) = default;
};

}  // namespace ikevet::scenarios
