// CREATE_CHILD_SA exchanges that are not finished before their additional key exchanges are: IKE_FOLLOWUP_KE, RFC 9370
// §2.2.4.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/sa/purpose.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::sa {

class Exchange;
struct Established;
struct Facts;
struct Step;

/// What remains to be done when the CREATE_CHILD_SA exchange itself is over, on either side.
struct FollowUp {
  /// Makes the SA from SK(1) | ... | SK(n), once all of them are known. Gives the exchanges to begin next.
  using Finish =
      std::function<std::vector<std::unique_ptr<Exchange>>(Established&, const Facts&, BytesView additional, Step&)>;

  std::vector<wire::DhGroup> due;      ///< in their order, those done already taken out
  std::vector<SecretBytes> secrets{};  ///< SK(1) to SK(n) so far
  Finish finish;
  Purpose purpose{};  ///< of the CREATE_CHILD_SA exchange
  /// As initiator: begins anew after STATE_NOT_FOUND; null when it has been tried often enough, which is fatal.
  std::function<std::unique_ptr<Exchange>()> again{};
};

/// On the responder's side, between two exchanges.
struct AwaitedFollowUp {
  FollowUp work;
  Bytes link;  ///< what the next request has to bring in ADDITIONAL_KEY_EXCHANGE
  Instant expires;
};

/// RFC 9370 §2.2.4: "5-20 seconds of waiting time should be appropriate".
inline constexpr Duration kFollowUpPatience = std::chrono::seconds(20);
/// How many series may be unfinished at a time in one IKE SA; further ones get TEMPORARY_FAILURE.
inline constexpr std::size_t kMaxFollowUps = 8;

}  // namespace ikevet::sa
