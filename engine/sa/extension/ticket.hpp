// Session resumption, RFC 5723: tickets by value.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>

#include "engine/base/clock.hpp"
#include "engine/base/random.hpp"
#include "engine/base/result.hpp"
#include "engine/crypto/suite.hpp"
#include "engine/sa/config.hpp"

namespace ikevet::sa {

/// What of an IKE SA survives in a ticket: the items "from the ticket" of RFC 5723 §5.
struct ResumableSa {
  Identity idi;
  Identity idr;
  crypto::IkeSuite suite;
  SecretBytes sk_d;
  Instant expires;
};

/// The initiator's side: the ticket as it came, and the same items from its own memory.
struct Ticket {
  Bytes opaque;
  ResumableSa sa;
};

/// TICKET_LT_OPAQUE, §7.1.
struct TicketWithLifetime {
  Duration lifetime{};
  Bytes ticket;
};
Bytes ticket_lt_opaque_data(const TicketWithLifetime& ticket);
Result<TicketWithLifetime> read_ticket_lt_opaque(BytesView data);

/// The responder's side: tickets under a key that nobody else has, §6.1. Nothing is remembered of a ticket that was
/// given out; of those that were used, the latest `kMaxUsedTickets`, so that they are not taken twice.
class TicketKeeper {
 public:
  static constexpr std::size_t kMaxUsedTickets = 10'000;

  TicketKeeper(const ResumptionOptions& options, RandomSource& random) : options_(&options), random_(&random) {}

  /// The lifetime is that of the options.
  Bytes seal(const ResumableSa& sa);
  /// Why a ticket is not taken, or what is in it.
  Result<ResumableSa, std::string> open(BytesView ticket, Instant now);
  /// §4.3.1: a ticket is used up once an IKE SA stands.
  void used(BytesView ticket);

 private:
  BytesView key();

  const ResumptionOptions* options_;
  RandomSource* random_;
  SecretBytes key_;
  std::set<std::string> used_;
  std::deque<std::string> used_in_order_;
};

}  // namespace ikevet::sa
