// CREATE_CHILD_SA as its responder, RFC 7296 §1.3, §2.8, §2.17, and what it meets, §2.25.
#include <algorithm>
#include <iterator>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/sa/additional_key_exchanges.hpp"
#include "engine/sa/extension/extras.hpp"
#include "engine/sa/ike_sa.hpp"
#include "engine/sa/proposal.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;
using wire::NotifyType;

namespace {

Answer refuse(const Facts& facts, NotifyType type, BytesView data, std::string what, std::string section, Step& step) {
  step.out.events.push_back(trace::PeerFault{facts.spis, std::move(what), std::move(section), type});
  return {{notify(type, data)}, std::nullopt};
}

/// Are we at the additional key exchanges of a rekeying of this Child SA?
bool follows_up_rekey_of(const Established& sa, ChildSpi inbound) {
  return sa.any_exchange([&](const Purpose& purpose) {
    return purpose.follow_up && purpose.what == Purpose::What::RekeyChild && purpose.child == inbound;
  });
}

}  // namespace

Answer answer_create_child_sa(Established& sa, const Facts& facts, const std::vector<wire::Payload>& request,
                              Step& step) {
  const Config& config = step.env.config;
  const auto* offered = wire::find<wire::SecurityAssociation>(request);
  const auto* nonce = wire::find<wire::Nonce>(request);
  if (!offered || !nonce || nonce->data.size() < wire::Nonce::kMinSize || nonce->data.size() > wire::Nonce::kMaxSize)
    return refuse(facts, NotifyType::INVALID_SYNTAX, {}, "SA or a nonce of 16 to 256 octets is missing",
                  "RFC 7296 §1.3", step);
  if (config.rekey.child_sa_limit == 0)
    return refuse(facts, NotifyType::NO_ADDITIONAL_SAS, {}, "CREATE_CHILD_SA is refused", "RFC 7296 §4", step);
  if (!offered->proposals.empty() && offered->proposals.front().protocol == wire::ProtocolId::IKE)
    return answer_rekey_ike(sa, facts, request, step);
  // §2.25.2: an IKE SA that is being deleted takes no new Child SA, and one that is being rekeyed has to wait for its
  // successor.
  const auto not_now = [&](std::string why, std::string section) {
    return refuse(facts, NotifyType::TEMPORARY_FAILURE, {}, std::move(why), std::move(section), step);
  };
  if (sa.deleting_ike_sa()) return not_now("the IKE SA is being deleted", "RFC 7296 §2.25.2");
  if (sa.replaced()) return not_now("the IKE SA has been rekeyed", "RFC 7296 §2.8.2");
  if (sa.does(Purpose::What::RekeyIke)) return not_now("the IKE SA is being rekeyed", "RFC 7296 §2.25.2");

  ChildScope scope = sa.extras ? sa.extras->configuration.scope() : ChildScope{};
  std::optional<ChildSpi> rekeyed;
  if (const wire::Notify* rekey = wire::find_notify(request, NotifyType::REKEY_SA)) {
    // §1.3.3: the SPI is the one the sender receives under.
    ChildSa* old = rekey->spi.size() == 4 ? sa.child_by_outbound(ChildSpi{Reader(rekey->spi).u32("SPI")}) : nullptr;
    // §2.25: a temporary condition, since it may be the one that our open exchange is about to make.
    if (!old && sa.makes_child()) return not_now("no such Child SA, or not yet", "RFC 7296 §2.25");
    // §2.25: the error carries the protocol and SPI of the Child SA that is not there.
    if (!old) {
      step.out.events.push_back(trace::PeerFault{facts.spis, "REKEY_SA names no Child SA of ours", "RFC 7296 §2.25",
                                                 NotifyType::CHILD_SA_NOT_FOUND});
      return {{payload(wire::Notify{rekey->protocol, rekey->spi, NotifyType::CHILD_SA_NOT_FOUND, {}})}, std::nullopt};
    }
    // §2.25.1: a Child SA that we are closing is not rekeyed, be it that our own rekeying has replaced it (§2.8.1).
    if (old->deleting || sa.intends(Purpose::What::DeleteChild, old->inbound))
      return not_now("that Child SA is being deleted", "RFC 7296 §2.25.1");
    if (old->replaced == ChildSa::Replaced::ByUs) return not_now("that Child SA has been rekeyed", "RFC 7296 §2.8.1");
    // RFC 9370 §2.2.4: "a TEMPORARY_FAILURE notification MUST be sent" while our own rekeying goes on.
    if (follows_up_rekey_of(sa, old->inbound))
      return not_now("that Child SA is being rekeyed by us", "RFC 9370 §2.2.4");
    rekeyed = old->inbound;
    scope.rekeyed = old;
  }

  // §1.3: a replaced Child SA is there for a short while only. A peer that never deletes any comes to an end too.
  const std::size_t limit = config.rekey.child_sa_limit;
  const auto counts = [](const ChildSa& child) { return child.replaced == ChildSa::Replaced::No; };
  if (rekeyed ? sa.children.size() / 2 >= limit
              : static_cast<std::size_t>(std::ranges::count_if(sa.children, counts)) + sa.follow_ups.size() >= limit)
    return refuse(facts, NotifyType::NO_ADDITIONAL_SAS, {}, "there are " + std::to_string(limit) + " Child SAs",
                  "RFC 7296 §1.3", step);

  auto agreement = answer_request(request, config, true, step, scope);
  if (!agreement)
    return refuse(facts, agreement.error().error, agreement.error().data, agreement.error().what, "RFC 7296 §1.3",
                  step);
  const crypto::ChildSuite suite = child_suite(agreement->proposal);
  SecretBytes g_ir;
  std::optional<wire::Payload> ke_payload;
  if (suite.group != wire::DhGroup::NONE) {
    const auto* ke = wire::find<wire::KeyExchange>(request);
    if (!ke || ke->group != suite.group)
      return refuse(facts, NotifyType::INVALID_KE_PAYLOAD, Writer().u16(suite.group).view(),
                    "no KE payload of the chosen group", "RFC 7296 §1.3.1", step);
    auto ours = crypto::respond(suite.group, ke->data, step.env.random);
    if (!ours && crypto::is_unknown_group(ours.error()))
      return refuse(facts, NotifyType::NO_PROPOSAL_CHOSEN, {}, ours.error().why, "RFC 7296 §2.7", step);
    if (!ours) return refuse(facts, NotifyType::INVALID_SYNTAX, {}, ours.error().text(), "RFC 6989 §2", step);
    g_ir = std::move(ours->shared);
    ke_payload = payload(wire::KeyExchange{suite.group, 0, std::move(ours->public_value)});
  }

  const Bytes nr = step.env.random.bytes(step.env.config.nonce_size);
  const ChildSpi theirs = *child_spi(agreement->proposal);
  const ChildSpi ours = step.env.registry.new_child_spi();
  FollowUp work;
  work.due = to_be_done(suite.additional);
  work.finish = [agreement = *agreement, ours, theirs, g_ir = std::move(g_ir), ni = nonce->data, nr, rekeyed](
                    Established& now, const Facts& of, BytesView additional, Step& at) {
    now.children.push_back(install_child(agreement, ours, theirs, false,
                                         {now.secured.prf, now.secured.sk_d.view(), g_ir.view(), ni, nr, additional},
                                         of, rekeyed, at));
    if (ChildSa* old = rekeyed ? now.child_by_inbound(*rekeyed) : nullptr;
        old && old->replaced == ChildSa::Replaced::No && !now.does(Purpose::What::RekeyChild, rekeyed))
      old->replaced = ChildSa::Replaced::ByPeer;
    return std::vector<std::unique_ptr<Exchange>>();
  };
  // §2.25.1: while our own rekeying of it is under way the nonces decide, once its answer is there.
  for (const Outstanding& one : sa.outstanding)
    if (const Purpose purpose = one.exchange->purpose();
        rekeyed && purpose.what == Purpose::What::RekeyChild && purpose.child == rekeyed)
      one.exchange->meet(
          {to_bytes(lower_nonce(nonce->data, nr)), work.due.empty() ? std::optional(ours) : std::nullopt});
  std::vector<wire::Payload> between{payload(wire::Nonce{nr})};
  if (ke_payload) between.push_back(std::move(*ke_payload));
  if (work.due.empty()) {
    work.finish(sa, facts, {}, step);
    return {answer_payloads(*agreement, ours, config, std::move(between)), std::nullopt};
  }
  // RFC 9370 §2.2.4: the SA is made when all key exchanges are done; the link leads to the next one.
  auto link = await_follow_up(sa, std::move(work), step);
  if (!link)
    return refuse(facts, NotifyType::TEMPORARY_FAILURE, {}, "too many unfinished CREATE_CHILD_SA exchanges",
                  "RFC 9370 §2.2.4", step);
  Answer answer{answer_payloads(*agreement, ours, config, std::move(between)), std::nullopt};
  answer.payloads.push_back(std::move(*link));
  return answer;
}

}  // namespace ikevet::sa
