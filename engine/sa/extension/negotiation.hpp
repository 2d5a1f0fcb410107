// Where the extensions speak up in IKE_SA_INIT and IKE_AUTH, so that the code of these exchanges has one line for all.
#pragma once

#include <vector>

#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

/// In an IKE_SA_INIT request of ours: REDIRECT_SUPPORTED or REDIRECTED_FROM.
void append_to_sa_init_request(std::vector<wire::Payload>& to, const Config&, const std::optional<RedirectTrail>&);
/// In an IKE_SA_INIT response of ours: CHILDLESS_IKEV2_SUPPORTED.
void append_to_sa_init_response(std::vector<wire::Payload>& to, const Config&);
/// In our first IKE_AUTH request: TICKET_REQUEST, QUICK_CRASH_DETECTION, ..._SYNC_SUPPORTED.
void append_to_auth_request(std::vector<wire::Payload>& to, const Config&, const Facts&);
/// In our last IKE_AUTH response: what answers the initiator's.
/// @param request  the first IKE_AUTH request
/// @param idi      as the initiator sent it
void append_to_auth_response(std::vector<wire::Payload>& to, const std::vector<wire::Payload>& request, Established&,
                             const Facts&, const Identity& idi, const Identity& idr, Step&);

/// What is remembered of the peer's part.
void learn_from_sa_init_request(Established&, const std::vector<wire::Payload>& request);
void learn_from_auth_request(Established&, const std::vector<wire::Payload>& request, const Config&);
void learn_from_auth_response(Established&, const Facts&, const std::vector<wire::Payload>& response,
                              const Identity& idi, const Identity& idr, Step&);

/// Does the responder's configuration send this client elsewhere at this point? Empty when not.
const GatewayIdentity* redirect_target(const Config&, RedirectOptions::When, bool client_supports_it);

}  // namespace ikevet::sa
