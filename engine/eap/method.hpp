// EAP as IKE_AUTH sees it: a conversation that takes packets and gives packets, and who begins one.  RFC 3748.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/random.hpp"
#include "engine/wire/identification.hpp"

namespace ikevet::eap {

/// An EAP packet for the other side, complete from Code to the end of its data (RFC 3748 §4).
struct Reply {
  Bytes packet;
};

/// The conversation has ended well.
struct Success {
  Bytes packet;                    ///< authenticator: EAP Success, to be sent; peer: empty
  std::optional<SecretBytes> msk;  ///< RFC 7296 §2.16: AUTH is made with it; empty: the method makes no key
  std::string identity;            ///< the peer's name as the method proved it; empty: the method proves none
  bool mutual{};                   ///< both sides were authenticated: what RFC 5998 §4 asks for EAP alone
};

/// The conversation has ended badly.
struct Failure {
  std::string reason;    ///< for the event: "MSCHAPv2: wrong password"
  bool by_other_side{};  ///< the peer was told so by EAP Failure; otherwise it is our own judgement
  Bytes packet;          ///< authenticator: EAP Failure, to be sent; peer: empty
};

using Outcome = std::variant<Reply, Success, Failure>;

/// One conversation, in one role. After Success or Failure it is asked nothing more.
class Conversation {
 public:
  virtual ~Conversation();
  /// @param packet  what arrived. Any octets at all: what cannot be read is a Failure, or is answered as the method
  ///                says. The authenticator is first called with an empty packet and answers with its first request.
  /// IKEv2 carries a packet each way in every round and repeats lost ones itself, so there is neither a timer nor a way
  /// to be silent (RFC 7296 §2.16). IKE_AUTH ends a conversation that takes too many rounds.
  virtual Outcome handle(BytesView packet) = 0;
};

/// What a conversation may use: nothing else reaches it.
struct Surroundings {
  RandomSource& random;  ///< outlives the conversation
  Instant now;           ///< for certificates in EAP-TLS
  bool alone = false;    ///< nothing else authenticates the responder: only methods that RFC 5998 §4 allows are offered
};

/// Begins conversations: the users, passwords and certificates stand behind it. An engine is given one by its
/// configuration and knows no method. Shared by engines, so its functions are const.
class Provider {
 public:
  virtual ~Provider();
  /// We are to be authenticated (IKEv2: the initiator). `identity`: our IDi, from which an EAP identity may be made.
  /// Null: we have no user for it.
  virtual std::unique_ptr<Conversation> peer(const wire::Identification& identity, const Surroundings&) const = 0;
  /// We authenticate (IKEv2: the responder). `identity`: the peer's IDi, not yet proved.  Null: we do no EAP with it.
  virtual std::unique_ptr<Conversation> authenticator(const wire::Identification& identity,
                                                      const Surroundings&) const = 0;
};

}  // namespace ikevet::eap
