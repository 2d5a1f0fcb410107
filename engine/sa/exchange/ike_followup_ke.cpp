// IKE_FOLLOWUP_KE: the additional key exchanges behind CREATE_CHILD_SA, RFC 9370 §2.2.4.
#include <algorithm>
#include <utility>

#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;
using wire::NotifyType;

namespace {

constexpr std::size_t kLinkSize = 16;

SecretBytes joined(const std::vector<SecretBytes>& secrets) {
  std::size_t size = 0;
  for (const SecretBytes& secret : secrets) size += secret.size();
  SecretBytes out(size);
  auto at = out.mutable_view().begin();
  for (const SecretBytes& secret : secrets) at = std::ranges::copy(secret.view(), at).out;
  return out;
}

std::vector<std::unique_ptr<Exchange>> finish(FollowUp& work, Established& sa, const Facts& facts, Step& step) {
  return work.finish(sa, facts, joined(work.secrets).view(), step);
}

/// I -> R   HDR, SK {KEi(n), N(ADDITIONAL_KEY_EXCHANGE)(link n)}
class FollowUpExchange final : public Exchange {
 public:
  FollowUpExchange(FollowUp work, Bytes link) : work_(std::move(work)), link_(std::move(link)) {}
  ExchangeType type() const override { return ExchangeType::IKE_FOLLOWUP_KE; }
  Purpose purpose() const override {
    Purpose out = work_.purpose;
    out.follow_up = true;
    return out;
  }

  std::optional<std::vector<wire::Payload>> build(Established&, const Facts&, Step& step) override {
    auto pair = crypto::KeyPair::generate(work_.due.front(), step.env.random);
    if (!pair) return std::nullopt;
    pair_ = std::move(*pair);
    return std::vector<wire::Payload>{payload(wire::KeyExchange{pair_->group(), 0, to_bytes(pair_->public_value())}),
                                      notify(NotifyType::ADDITIONAL_KEY_EXCHANGE, link_)};
  }

  // R -> I   HDR, SK {KEr(n) [, N(ADDITIONAL_KEY_EXCHANGE)(link n+1)]}
  Outcome process(Established& sa, const Facts& facts, const std::vector<wire::Payload>& response,
                  Step& step) override {
    Outcome outcome;
    if (const wire::Notify* error = wire::find_error(response)) {
      // The whole series has failed. Only STATE_NOT_FOUND invites another attempt, and too many of them are fatal.
      if (error->type != NotifyType::STATE_NOT_FOUND || !work_.again) return outcome;
      auto again = work_.again();
      outcome.then.push_back(again ? std::move(again) : delete_ike_exchange());
      return outcome;
    }
    const auto fail = [&](std::string what, std::string section) {
      step.out.events.push_back(trace::PeerFault{facts.spis, std::move(what), std::move(section), std::nullopt});
      // The peer may hold an SA that we cannot have: RFC 7296 §2.21 leaves no other way to be of one mind again.
      outcome.then.push_back(delete_ike_exchange());
      return std::move(outcome);
    };
    const auto* ke = wire::find<wire::KeyExchange>(response);
    if (!ke || ke->group != pair_->group())
      return fail("no KE payload of the additional key exchange that is due", "RFC 9370 §2.2.4");
    auto sk_n = pair_->derive(ke->data);
    if (!sk_n) return fail(sk_n.error().text(), "RFC 6989 §2");
    work_.secrets.push_back(std::move(*sk_n));
    work_.due.erase(work_.due.begin());
    if (work_.due.empty()) {
      outcome.then = finish(work_, sa, facts, step);
      return outcome;
    }
    const wire::Notify* link = wire::find_notify(response, NotifyType::ADDITIONAL_KEY_EXCHANGE);
    if (!link) return fail("no ADDITIONAL_KEY_EXCHANGE, and another key exchange is due", "RFC 9370 §2.2.4");
    outcome.then.push_back(std::make_unique<FollowUpExchange>(std::move(work_), link->data));
    return outcome;
  }

 private:
  FollowUp work_;
  Bytes link_;
  std::optional<crypto::KeyPair> pair_;
};

Answer refuse(const Facts& facts, NotifyType type, std::string what, std::string section, Step& step) {
  step.out.events.push_back(trace::PeerFault{facts.spis, std::move(what), std::move(section), type});
  return {{notify(type)}, std::nullopt};
}

}  // namespace

std::unique_ptr<Exchange> follow_up_exchange(FollowUp work, Bytes link) {
  return std::make_unique<FollowUpExchange>(std::move(work), std::move(link));
}

std::optional<wire::Payload> await_follow_up(Established& sa, FollowUp work, Step& step) {
  expire_follow_ups(sa, step.now);
  if (sa.follow_ups.size() >= kMaxFollowUps) return std::nullopt;
  Bytes link = step.env.random.bytes(kLinkSize);
  wire::Payload out = notify(NotifyType::ADDITIONAL_KEY_EXCHANGE, link);
  sa.follow_ups.push_back({std::move(work), std::move(link), step.now + kFollowUpPatience});
  return out;
}

void expire_follow_ups(Established& sa, Instant now) {
  std::erase_if(sa.follow_ups, [&](const AwaitedFollowUp& awaited) { return awaited.expires <= now; });
}

Answer answer_ike_followup_ke(Established& sa, const Facts& facts, const std::vector<wire::Payload>& request,
                              Step& step) {
  expire_follow_ups(sa, step.now);
  const wire::Notify* link = wire::find_notify(request, NotifyType::ADDITIONAL_KEY_EXCHANGE);
  const auto found = std::ranges::find_if(
      sa.follow_ups, [&](const AwaitedFollowUp& awaited) { return link && equal(awaited.link, link->data); });
  if (found == sa.follow_ups.end())
    return refuse(facts, NotifyType::STATE_NOT_FOUND, "IKE_FOLLOWUP_KE continues nothing that is known here",
                  "RFC 9370 §2.2.4", step);
  // Whatever comes of it, the link is used up.
  FollowUp work = std::move(found->work);
  sa.follow_ups.erase(found);

  const auto* ke = wire::find<wire::KeyExchange>(request);
  if (!ke || ke->group != work.due.front())
    return refuse(facts, NotifyType::INVALID_SYNTAX, "no KE payload of the additional key exchange that is due",
                  "RFC 9370 §2.2.4", step);
  auto ours = crypto::respond(ke->group, ke->data, step.env.random);
  if (!ours) return refuse(facts, NotifyType::INVALID_SYNTAX, ours.error().text(), "RFC 6989 §2", step);
  Answer answer;
  answer.payloads.push_back(payload(wire::KeyExchange{ke->group, 0, std::move(ours->public_value)}));
  work.secrets.push_back(std::move(ours->shared));
  work.due.erase(work.due.begin());
  if (work.due.empty()) {
    // As responder there is nothing to begin: whoever asked deletes what is replaced (RFC 7296 §2.8).
    finish(work, sa, facts, step);
  } else if (auto next = await_follow_up(sa, std::move(work), step)) {
    answer.payloads.push_back(std::move(*next));
  }
  return answer;
}

}  // namespace ikevet::sa
