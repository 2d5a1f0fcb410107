// From a Diffie-Hellman secret to the keys of IKE and Child SAs.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/crypto/prf.hpp"
#include "engine/crypto/suite.hpp"

namespace ikevet::keys {

/// The keys of an IKE SA, RFC 7296 §2.14: SK_d, SK_ai, SK_ar, SK_ei, SK_er, SK_pi, SK_pr. `i` is the original
/// initiator. ai and ar are empty with a combined-mode cipher (RFC 5282 §7.2); ei and er end with the salt where there
/// is one.
struct SaKeys {
  SecretBytes d, ai, ar, ei, er, pi, pr;
  friend bool operator==(const SaKeys&, const SaKeys&) = default;
};

/// The keys of a Child SA, RFC 7296 §2.17. `i` protects what the initiator of the exchange that made the SA sends.
struct ChildKeys {
  SecretBytes encr_i, integ_i, encr_r, integ_r;
  friend bool operator==(const ChildKeys&, const ChildKeys&) = default;
};

/// SKEYSEED = prf(Ni | Nr, g^ir).  RFC 7296 §2.14.
SecretBytes skeyseed(const crypto::Prf& prf, BytesView ni, BytesView nr, BytesView g_ir);

/// SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr).  RFC 7296 §2.18: the old IKE SA's prf and SK_d, the nonces of the
/// CREATE_CHILD_SA exchange.
/// With additional key exchanges prf(SK_d (old), SK(0) | Ni | Nr | SK(1) | ... | SK(n)), RFC 9370 §2.2.4: `additional`
/// is SK(1) | ... | SK(n), the secrets of the IKE_FOLLOWUP_KE exchanges in their order.
SecretBytes skeyseed_rekey(const crypto::Prf& old_prf, BytesView sk_d_old, BytesView g_ir_new, BytesView ni,
                           BytesView nr, BytesView additional = {});

/// SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr).  RFC 9370 §2.2.2: after the n-th additional key exchange in an
/// IKE_INTERMEDIATE exchange, with the nonces of IKE_SA_INIT. What follows is derive_sa_keys() with these nonces.
SecretBytes skeyseed_additional(const crypto::Prf& prf, BytesView sk_d, BytesView sk_n, BytesView ni, BytesView nr);

/// {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr).  RFC 7296 §2.14.
/// `suite` is the new SA's; it must be one that crypto::why_unsupported() has nothing against.
SaKeys derive_sa_keys(const crypto::IkeSuite& suite, BytesView skeyseed, BytesView ni, BytesView nr, IkeSpis spis);

/// KEYMAT = prf+(SK_d, [g^ir (new) |] Ni | Nr).  RFC 7296 §2.17. `prf` and `sk_d` are the IKE SA's; `g_ir` is empty
/// without a Diffie-Hellman exchange of the Child SA's own; the nonces are those of the exchange that made the Child
/// SA. `additional` as in skeyseed_rekey().
ChildKeys derive_child_keys(const crypto::Prf& prf, BytesView sk_d, const crypto::ChildSuite& suite, BytesView g_ir,
                            BytesView ni, BytesView nr, BytesView additional = {});

/// SK_d = prf+ (PPK, SK_d'), and likewise SK_pi and SK_pr.  RFC 8784 §3.
SecretBytes mix_ppk(const crypto::Prf& prf, BytesView ppk, BytesView sk);

}  // namespace ikevet::keys
