// The first Child SA, which comes with IKE_AUTH: SA, TSi, TSr and CP of its first request and its last response.
#pragma once

#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

/// CP, SA, TSi, TSr and what belongs to them; CP alone for a childless IKE SA (RFC 6023 §5).
std::vector<wire::Payload> first_child_request(const ChildOffer& offer, const Config& config);

/// Answers them. Where there is no Child SA, for whatever reason, the IKE SA stands all the same (§2.21.2).
/// @param request  the IKE_AUTH request that holds SA, TSi and TSr
std::vector<wire::Payload> answer_first_child(Established&, const Facts&, const std::vector<wire::Payload>& request,
                                              BytesView ni, BytesView nr, Step&);

/// Reads the answer to `offer`. What it leaves to be done (a deletion) is in Established::waiting.
void finish_first_child(Established&, const Facts&, const ChildOffer& offer, const std::vector<wire::Payload>& response,
                        BytesView ni, BytesView nr, MessageId request, Step&);

/// Is the initiator to do without a Child SA?  RFC 6023 §3. `supported`: the responder said so.
bool goes_childless(const Config& config, bool supported);
/// Has a request of IKE_AUTH nothing that asks for a Child SA?
bool asks_no_child(const std::vector<wire::Payload>& request);

}  // namespace ikevet::sa
