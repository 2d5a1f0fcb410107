#include "engine/crypto/dh.hpp"

#include <algorithm>
#include <utility>

#include "engine/crypto/dh_parts.hpp"
#include "engine/crypto/ml_kem.hpp"
#include "engine/crypto/openssl.hpp"

namespace ikevet::crypto {
namespace {

constexpr const char* kGroupField = "Diffie-Hellman Group Num";

tl::unexpected<ParseError> no_such_group(wire::DhGroup group) {
  return parse_error(kGroupField, 0, wire::name_or_number(group) + " is not implemented");
}

SecretBytes draw_private(const GroupInfo& info, RandomSource& random) {
  switch (info.kind) {
    case GroupKind::Modp:
      return modp::draw(info, random);
    case GroupKind::Ecp:
      return ecp::draw(info, random);
    case GroupKind::Montgomery:
    case GroupKind::MlKem:
      break;
  }
  // RFC 7748 §5, FIPS 203 §7.1: any octets are a private value; the function itself sets and clears the bits it needs.
  SecretBytes out(info.private_size);
  random.fill(out.mutable_view());
  return out;
}

Bytes raw_public(const EVP_PKEY* key, std::size_t size) {
  Bytes out(size);
  check(EVP_PKEY_get_raw_public_key(key, out.data(), &size), "EVP_PKEY_get_raw_public_key");
  return out;
}

Result<SecretBytes> derive_montgomery(const GroupInfo& info, EVP_PKEY* ours, BytesView peer) {
  using PkeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
  const PkeyPtr theirs(
      check(EVP_PKEY_new_raw_public_key_ex(nullptr, info.openssl, nullptr, peer.data(), peer.size()), info.openssl));
  const PkeyCtxPtr context(check(EVP_PKEY_CTX_new_from_pkey(nullptr, ours, nullptr), "EVP_PKEY_CTX_new_from_pkey"));
  check(EVP_PKEY_derive_init(context.get()), "EVP_PKEY_derive_init");
  // RFC 7748 §5, RFC 8031 §3.2: every string of the right length is a public value, so there is nothing to validate.
  check(EVP_PKEY_derive_set_peer_ex(context.get(), theirs.get(), 0), "EVP_PKEY_derive_set_peer_ex");
  SecretBytes out(info.shared_secret_size);
  std::size_t size = out.size();
  const int done = EVP_PKEY_derive(context.get(), out.mutable_view().data(), &size);
  // RFC 7748 §6: protocols MAY check for all zeros, without leaking more than that. A secret that anyone can predict is
  // of no use to IKE, so we do; OpenSSL does too, by failing.
  const SecretBytes zeros(info.shared_secret_size);
  if (done <= 0 || out == zeros) {
    ERR_clear_error();
    return bad_public_value("a point of small order: the shared secret would be all zeros (RFC 7748 §6)");
  }
  return out;
}

}  // namespace

void KeyPair::FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

std::size_t public_value_size(wire::DhGroup group) {
  const GroupInfo* info = find_group(group);
  return info != nullptr ? info->public_value_size : 0;
}

Result<KeyPair> KeyPair::generate(wire::DhGroup group, RandomSource& random) {
  const GroupInfo* info = find_group(group);
  if (info == nullptr) return no_such_group(group);
  return from_private(group, draw_private(*info, random).view());
}

Result<KeyPair> KeyPair::from_private(wire::DhGroup group, BytesView private_value) {
  const GroupInfo* info = find_group(group);
  if (info == nullptr) return no_such_group(group);
  KeyPair out(*info, SecretBytes(private_value));
  if (info->kind == GroupKind::Montgomery) {
    if (private_value.size() != info->private_size) return parse_error("private value", 0, "of the wrong size");
    out.evp_.reset(check(
        EVP_PKEY_new_raw_private_key_ex(nullptr, info->openssl, nullptr, private_value.data(), private_value.size()),
        info->openssl));
    out.public_ = raw_public(out.evp_.get(), info->public_value_size);
    return out;
  }
  if (info->kind == GroupKind::MlKem) {
    if (private_value.size() != info->private_size) return parse_error("private value", 0, "of the wrong size");
    ml_kem::Keys keys = ml_kem::generate(*ml_kem::find(group), private_value);
    out.private_ = std::move(keys.dk);
    out.public_ = std::move(keys.ek);
    return out;
  }
  std::optional<Bytes> value =
      info->kind == GroupKind::Modp ? modp::public_of(*info, private_value) : ecp::public_of(*info, private_value);
  if (!value) return parse_error("private value", 0, "zero, or not below the group's order");
  out.public_ = std::move(*value);
  return out;
}

Result<SecretBytes> KeyPair::derive(BytesView peer_public) const {
  // RFC 7296 §3.4 for MODP, RFC 5903 §7, RFC 8031 §3.1, FIPS 203 §7.3: the length is fixed for each group.
  if (peer_public.size() != info_->response_size) {
    return bad_size(peer_public.size(), info_->name, info_->response_size);
  }
  switch (info_->kind) {
    case GroupKind::Modp:
      return modp::derive(*info_, private_.view(), peer_public);
    case GroupKind::Ecp:
      return ecp::derive(*info_, private_.view(), peer_public);
    case GroupKind::MlKem:
      return ml_kem::decapsulate(*ml_kem::find(info_->id), private_.view(), peer_public);
    case GroupKind::Montgomery:
      break;
  }
  return derive_montgomery(*info_, evp_.get(), peer_public);
}

Result<KeyResponse> respond(wire::DhGroup group, BytesView peer_public, RandomSource& random) {
  if (const ml_kem::Parameters* parameters = ml_kem::find(group)) {
    SecretBytes m(ml_kem::kMessageSize);
    random.fill(m.mutable_view());
    return ml_kem::encapsulate(*parameters, peer_public, m.view()).map([](ml_kem::Encapsulated&& made) {
      return KeyResponse{std::move(made.ciphertext), std::move(made.shared)};
    });
  }
  const auto pair = KeyPair::generate(group, random);
  if (!pair) return tl::unexpected(pair.error());
  return pair->derive(peer_public).map([&](SecretBytes&& shared) {
    return KeyResponse{to_bytes(pair->public_value()), std::move(shared)};
  });
}

bool is_unknown_group(const ParseError& error) { return error.field == kGroupField; }

}  // namespace ikevet::crypto
