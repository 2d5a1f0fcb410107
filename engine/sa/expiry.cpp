// SAs that have lived long enough, RFC 7296 §2.8: replaced, or deleted when nothing has replaced them in time.
#include "engine/sa/expiry.hpp"

#include <algorithm>
#include <utility>

#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using What = Purpose::What;

void IkeSa::end_spent(Established& sa, Step& step) {
  if (!sa.in_charge() || sa.deleting_ike_sa()) return;
  const auto ask = [&](std::unique_ptr<Exchange> exchange) { sa.waiting.push_back(std::move(exchange)); };
  for (ChildSa& child : sa.children) {
    const bool going = child.deleting || child.replaced != ChildSa::Replaced::No;
    if (Expiry::take(child.expiry.rekey, step.now) && !going && !sa.intends(What::RekeyChild, child.inbound))
      ask(rekey_child_exchange(child.inbound));
    if (Expiry::take(child.expiry.end, step.now) && !child.deleting)
      ask(delete_child_exchange(child.inbound, CloseReason::Expired));
  }
  // §2.2: "rekey the IKE SA before the Message ID wraps", or whenever a smaller number is set.
  const std::uint64_t messages = std::uint64_t{sa.secured.next_request.value} + sa.secured.theirs.due().value;
  const bool worn = messages >= step.env.config.rekey.ike_messages && !std::exchange(sa.worn, true);
  if ((Expiry::take(sa.expiry.rekey, step.now) || worn) && !sa.intends(What::RekeyIke) &&
      std::ranges::none_of(sa.later,
                           [](const Delayed& delayed) { return delayed.exchange->purpose().what == What::RekeyIke; }))
    ask(rekey_ike_exchange());
  if (Expiry::take(sa.expiry.end, step.now)) ask(delete_ike_exchange(CloseReason::Expired));
  next_exchange(sa, step);
}

}  // namespace ikevet::sa
