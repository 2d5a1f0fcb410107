// What the two halves of IKE_AUTH share: making and checking AUTH payloads. Not for inclusion from elsewhere.
#pragma once

#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

/// A peer needs two dozen exchanges for EAP-TLS with long certificate chains; one that never comes to an end is refused
/// here. RFC 7296 §2.16 wants at least ten.
inline constexpr int kMaxAuthExchanges = 128;

/// Is more than one authentication of either side configured, so that RFC 4739 is of use?
bool wants_multiple_auth(const Config& config);
/// The peer's IKE_SA_INIT message, for the notifications in it.
std::vector<wire::Payload> peer_sa_init(const AuthInputs& auth, bool peer_is_initiator);

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

/// An AUTH payload whose data complete_auth() computes: for the current authentication of ours, or with the key that
/// EAP has made.
wire::Payload unfinished_auth(const LocalAuth& local);
wire::Payload unfinished_eap_auth();

/// Fills in AUTH data that was left empty, over the identity as it stands in the message by then, and remembers that
/// identity in `progress`. All arguments outlive the call of compose() that it is made for.
Completion complete_auth(const AuthInputs& auth, const crypto::Prf& prf, bool by_initiator, AuthProgress& progress,
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
