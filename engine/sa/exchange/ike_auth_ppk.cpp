// Postquantum preshared keys, RFC 8784 §3.
#include <algorithm>

#include "engine/keys/key_schedule.hpp"
#include "engine/sa/exchange/ike_auth_parts.hpp"

namespace ikevet::sa {

using wire::NotifyType;

namespace {

AuthInputs::PpkKeys mix(const SecretBytes& ppk, const AuthInputs& auth, const Secured& secured) {
  return {keys::mix_ppk(secured.prf, ppk.view(), secured.sk_d.view()),
          keys::mix_ppk(secured.prf, ppk.view(), auth.sk_pi.view()),
          keys::mix_ppk(secured.prf, ppk.view(), auth.sk_pr.view())};
}

}  // namespace

bool ppk_agreed(const AuthInputs& auth, const Config& config) {
  return !config.credentials.ppks.empty() && !auth.resumed &&
         wire::find_notify(peer_sa_init(auth, true), NotifyType::USE_PPK) &&
         wire::find_notify(peer_sa_init(auth, false), NotifyType::USE_PPK);
}

void append_ppk(std::vector<wire::Payload>& to, AuthInputs& auth, const Secured& secured, const Config& config) {
  if (auth.ppk || auth.ppk_settled || !ppk_agreed(auth, config)) return;
  const Ppk& ppk = config.credentials.ppks.front();
  auth.ppk = mix(ppk.secret, auth, secured);
  to.push_back(notify(NotifyType::PPK_IDENTITY, ppk.id));
  // "if using PPKs ... is optional for the initiator ..., then the initiator MUST include a NO_PPK_AUTH"; its data are
  // those of complete_auth().
  if (!config.credentials.ppk_mandatory) to.push_back(notify(NotifyType::NO_PPK_AUTH));
}

Result<void, std::string> settle_ppk(std::vector<wire::Payload>& payloads, AuthInputs& auth, const Secured& secured,
                                     const Config& config) {
  const auto refuse = [](const char* why) { return tl::unexpected(std::string(why)); };
  const Credentials& ours = config.credentials;
  if (auth.ppk_settled || auth.resumed) return {};
  // Table 1, by its rows.
  if (!ppk_agreed(auth, config)) {
    if (!ours.ppks.empty() && ours.ppk_mandatory) return refuse("the initiator does not use PPKs, which are mandatory");
    return {};
  }
  const wire::Notify* named = wire::find_notify(payloads, NotifyType::PPK_IDENTITY);
  if (!named) return refuse("PPK_IDENTITY is missing");
  const auto known = std::ranges::find(ours.ppks, named->data, &Ppk::id);
  if (known != ours.ppks.end()) {
    auth.ppk = mix(known->secret, auth, secured);
    return {};
  }
  const wire::Notify* without = wire::find_notify(payloads, NotifyType::NO_PPK_AUTH);
  if (ours.ppk_mandatory || !without) return refuse("no PPK has the PPK_ID that the initiator names");
  // The method "is still indicated in the AUTH payload".
  wire::find<wire::Authentication>(payloads)->data = without->data;
  return {};
}

}  // namespace ikevet::sa
