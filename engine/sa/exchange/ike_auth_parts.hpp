// What the two halves of IKE_AUTH share: making and checking AUTH payloads. Not for inclusion from elsewhere.
#pragma once

#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

/// A peer needs two dozen exchanges for EAP-TLS with long certificate chains; one that never comes to an end is refused
/// here. RFC 7296 §2.16 wants at least ten.
inline constexpr int kMaxAuthExchanges = 128;

/// Is more than one authentication of either side configured, so that RFC 4739 is of use?
bool wants_multiple_auth(const Config& config);
/// The IKE_SA_INIT message of one side, for the notifications in it.
std::vector<wire::Payload> peer_sa_init(const AuthInputs& auth, bool of_initiator);

const Identity& our_identity(const Config& config, const AuthProgress& progress);
const LocalAuth& our_auth(const Config& config, const AuthProgress& progress);
const RemoteAuth& peer_auth(const Config& config, const AuthProgress& progress);
bool allows(const RemoteAuth& remote, AuthKind kind);

template <class Id>
wire::Payload id_payload(const Identity& identity) {
  Id body;
  body.id_type = identity.type;
  body.data = identity.data;
  return payload(std::move(body));
}

/// [CERT+,] AUTH: the current authentication of ours. The data of AUTH are left to complete_auth().
/// @param asked  the peer's message in which CERTREQ may stand: IKE_SA_INIT of the responder, IKE_AUTH of the initiator
void append_proof(std::vector<wire::Payload>& to, const LocalAuth& local, const AuthInputs& auth, bool by_initiator,
                  const std::vector<wire::Payload>& asked, const Config& config);
/// Why we can make no AUTH payload that this peer would understand; empty: we can.
std::optional<std::string> why_no_proof(const LocalAuth& local, const AuthInputs& auth, bool by_initiator,
                                        const Config& config);
/// An AUTH payload with the key that EAP has made.
wire::Payload unfinished_eap_auth();

/// Fills in AUTH data that was left empty, over the identity as it stands in the message by then, and remembers that
/// identity in `progress`. All arguments outlive the call of compose() that it is made for.
Completion complete_auth(const AuthInputs& auth, const crypto::Prf& prf, bool by_initiator, AuthProgress& progress,
                         Environment& env);

// ike_auth_public_key.cpp

/// CERTREQ payloads and HTTP_CERT_LOOKUP_SUPPORTED, where we expect a public key of the peer.
std::vector<wire::Payload> certificate_requests(const Config& config);
/// AUTH by our private key over these octets.
Bytes sign_auth(const LocalKey& key, const wire::Authentication& unfinished, const AuthInputs& auth, bool by_initiator,
                BytesView octets, Environment& env);
/// Why an AUTH payload of methods 1, 9, 10, 11 and 14 is not to be believed; empty: it is.
std::optional<std::string> why_not_signature(const wire::Authentication& proof, const Identity& peer,
                                             const std::vector<wire::Payload>& payloads, BytesView octets,
                                             const AuthInputs& auth, bool peer_is_initiator, Step& step);
wire::AuthMethod signature_method(const LocalKey& key, const AuthInputs& auth, bool by_initiator, const Config& config);
std::vector<wire::Payload> certificates(const LocalKey& key, const std::vector<wire::Payload>& asked);

/// What IKE_SA_INIT says about authentication: SIGNATURE_HASH_ALGORITHMS, USE_PPK; of the responder also CERTREQ,
/// HTTP_CERT_LOOKUP_SUPPORTED and MULTIPLE_AUTH_SUPPORTED.
void append_auth_to_sa_init_request(std::vector<wire::Payload>& to, const Config& config);
void append_auth_to_sa_init_response(std::vector<wire::Payload>& to, const std::vector<wire::Payload>& request,
                                     const Config& config);

// ike_auth_ppk.cpp, RFC 8784

/// Has this side's configuration PPKs, and did both sides say USE_PPK?
bool ppk_agreed(const AuthInputs& auth, const Config& config);
/// Initiator: PPK_IDENTITY and NO_PPK_AUTH beside the first AUTH payload of ours, from which on the PPK is used.
void append_ppk(std::vector<wire::Payload>& to, AuthInputs& auth, const Secured& secured, const Config& config);
/// Responder, on the initiator's first AUTH payload: decides by Table 1 of §3. `payloads`: has the data of NO_PPK_AUTH
/// in AUTH where these count. The error: why the initiator is to be turned away.
Result<void, std::string> settle_ppk(std::vector<wire::Payload>& payloads, AuthInputs& auth, const Secured& secured,
                                     const Config& config);

/// The check of the peer's AUTH payload, §2.15: the only way to an AuthVerified.
class ProofCheck {
 public:
  ProofCheck(const AuthInputs& auth, const crypto::Prf& prf, bool peer_is_initiator, const AuthProgress& progress,
             Step& step)
      : auth_(auth), prf_(prf), peer_is_initiator_(peer_is_initiator), progress_(progress), step_(step) {}

  /// `payloads`: the message with AUTH in it. The error says why, for the event.
  Result<AuthVerified, std::string> check(const std::vector<wire::Payload>& payloads) const;

 private:
  std::optional<std::string> why_not(const wire::Authentication& proof, const Identity& peer,
                                     const std::vector<wire::Payload>& payloads) const;

  const AuthInputs& auth_;
  const crypto::Prf& prf_;
  bool peer_is_initiator_;
  const AuthProgress& progress_;
  Step& step_;
};

}  // namespace ikevet::sa
