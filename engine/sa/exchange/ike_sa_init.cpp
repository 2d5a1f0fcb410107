// IKE_SA_INIT, RFC 7296 §1.2, §2.6, §2.14, §2.23.
#include <algorithm>
#include <iterator>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/sa/additional_key_exchanges.hpp"
#include "engine/sa/exchange/ike_auth_parts.hpp"
#include "engine/sa/extension/negotiation.hpp"
#include "engine/sa/ike_sa.hpp"
#include "engine/sa/nat.hpp"
#include "engine/sa/proposal.hpp"

namespace ikevet::sa {

using wire::ExchangeType;
using wire::NotifyType;

namespace {

constexpr int kMaxRepetitions = 6;  // COOKIE and INVALID_KE_PAYLOAD in turn must not keep us busy for ever (§2.6.1)
constexpr std::size_t kMaxCookieSize = 64;  // §2.6
constexpr MessageId kSaInitId{0};           // §2.2

void append_vendor_ids(std::vector<wire::Payload>& payloads, const Config& config) {
  for (const Bytes& id : config.vendor_ids) payloads.push_back(payload(wire::VendorId{id}));
}

/// RFC 7383 §2.3: the notification of the peer, and ours. The responder sends it only in answer to the initiator's.
bool fragmentation_agreed(const std::vector<wire::Payload>& theirs, const Config& config) {
  return config.fragmentation.supported && wire::find_notify(theirs, NotifyType::IKEV2_FRAGMENTATION_SUPPORTED);
}

wire::DhGroup group_to_try_first(const Config& config) {
  if (config.first_ke_group) return *config.first_ke_group;
  if (const auto group = first_group(config.ike_proposals)) return *group;
  throw std::invalid_argument("no IKE proposal holds a Diffie-Hellman group: give at least one, e.g. x25519");
}

crypto::KeyPair generate_or_throw(wire::DhGroup group, RandomSource& random) {
  auto pair = crypto::KeyPair::generate(group, random);
  if (!pair)
    throw std::invalid_argument("no key pair for group " + wire::name_or_number(group) + ": " + pair.error().why);
  return std::move(*pair);
}

/// The solution to a puzzle of the responder; empty when we do not solve it.  RFC 8019 §7.1.2.
Bytes solve_for_peer(const wire::Notify& notify, BytesView s, const Facts& facts, Step& step) {
  const PuzzleOptions& options = step.env.config.extensions.puzzle;
  const auto puzzle = read_puzzle(notify.data);
  PuzzleWork work;
  if (puzzle && options.solve) work = solve(*puzzle, s, options.most_tries);
  const std::string bits = puzzle ? std::to_string(puzzle->difficulty) + " bits" : puzzle.error().text();
  step.out.events.push_back(trace::ExtensionUsed{
      facts.spis, "puzzle",
      (work.keys ? "solved, " : "not solved, ") + bits + ", " + std::to_string(work.tries) + " tries"});
  return work.keys.value_or(Bytes());
}

}  // namespace

void learn_nat(Facts& facts, const Incoming& in, const NatTraversal& policy, Step& step) {
  if (!policy.supported) return;
  const NatSituation nat =
      detect_nat(in.message.payloads, in.message.header.spis, in.datagram->source, in.datagram->destination);
  facts.nat_detection = nat.supported;
  facts.peer_behind_nat = nat.peer_behind_nat;
  facts.local_behind_nat = nat.local_behind_nat || (nat.supported && policy.force_encapsulation);
  if (facts.behind_nat())
    step.out.events.push_back(trace::NatDetected{facts.spis, facts.local_behind_nat, facts.peer_behind_nat});
}

void answer_nat_detection(std::vector<wire::Payload>& to, const Incoming& in, Facts& facts, Step& step) {
  const NatTraversal& policy = step.env.config.nat;
  learn_nat(facts, in, policy, step);
  // §2.23: "... if the initiator sent them".
  if (facts.nat_detection) append_nat_detection(to, facts.spis, facts.local, facts.remote, policy);
}

std::optional<KeyedSa> make_keys(const crypto::IkeSuite& suite, BytesView ni, BytesView nr, BytesView g_ir,
                                 const Facts& facts, Step& step) {
  const auto prf = crypto::Prf::find(suite.prf);
  if (!prf || crypto::why_unsupported(suite)) return std::nullopt;
  if (step.env.key_log) step.env.key_log->shared_secret(g_ir);
  return make_keys_from(keys::skeyseed(*prf, ni, nr, g_ir), suite, ni, nr, facts, step);
}

std::optional<KeyedSa> make_keys_from(const SecretBytes& seed, const crypto::IkeSuite& suite, BytesView ni,
                                      BytesView nr, const Facts& facts, Step& step) {
  const auto prf = crypto::Prf::find(suite.prf);
  if (!prf || crypto::why_unsupported(suite)) return std::nullopt;
  keys::SaKeys keys = keys::derive_sa_keys(suite, seed.view(), ni, nr, facts.spis);
  if (step.env.key_log) step.env.key_log->ike_keys(facts.spis, suite, keys);
  auto from_i = keys::SkCipher::create(suite, std::move(keys.ei), std::move(keys.ai));
  auto from_r = keys::SkCipher::create(suite, std::move(keys.er), std::move(keys.ar));
  if (!from_i || !from_r) return std::nullopt;
  const bool initiator = facts.original_initiator;
  // §2.2: the IKE_SA_INIT exchange used up Message ID 0 of the original initiator; the responder's own begin at 0.
  return KeyedSa{Secured{suite, *prf, std::move(keys.d), std::move(initiator ? *from_i : *from_r),
                         std::move(initiator ? *from_r : *from_i), initiator ? MessageId{1} : MessageId{0},
                         ResponseWindow(initiator ? MessageId{0} : MessageId{1})},
                 std::move(keys.pi), std::move(keys.pr)};
}

// I -> R   HDR, SAi1, KEi, Ni

IkeSa::IkeSa(const Initiate& command, IkeSpi ours, Step& step)
    : facts_{{ours, {}}, true, command.local, command.remote, false},
      state_(Closed{}),
      trail_(command.redirected),
      replaces_(command.replaces) {
  const Config& config = step.env.config;
  AwaitingSaInit state{generate_or_throw(group_to_try_first(config), step.env.random),
                       step.env.random.bytes(step.env.config.nonce_size),
                       offer(config.ike_proposals, {}),
                       {},
                       0,
                       {}};
  state.pending = PendingRequest::first(kSaInitId, ExchangeType::IKE_SA_INIT, compose_sa_init(state, step),
                                        config.retransmission, step.now);
  transmit(state.pending.message, step);
  state_ = std::move(state);
}

Bytes IkeSa::compose_sa_init(const AwaitingSaInit& state, Step& step) const {
  OutboundMessage message;
  message.header = facts_.header(ExchangeType::IKE_SA_INIT, kSaInitId, false);
  // §2.6: a repeated request begins with the cookie and is otherwise unchanged.
  if (!state.cookie.empty()) message.payloads.push_back(notify(NotifyType::COOKIE, state.cookie));
  // RFC 8019 §7.1.2: the solution stands behind the cookie that it belongs to.
  if (!state.puzzle_solution.empty()) message.payloads.push_back(puzzle_solution(state.puzzle_solution));
  message.payloads.push_back(payload(wire::SecurityAssociation{state.offered}));
  message.payloads.push_back(payload(wire::KeyExchange{state.ours.group(), 0, to_bytes(state.ours.public_value())}));
  message.payloads.push_back(payload(wire::Nonce{state.ni}));
  if (step.env.config.nat.supported)
    append_nat_detection(message.payloads, facts_.spis, facts_.local, facts_.remote, step.env.config.nat);
  append_to_sa_init_request(message.payloads, step.env.config, trail_);
  append_auth_to_sa_init_request(message.payloads, step.env.config);
  // RFC 9370 §2.2.1: with additional key exchanges this "MUST also" be negotiated.
  if (wants_intermediate(step.env.config))
    message.payloads.push_back(notify(NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED));
  if (step.env.config.fragmentation.supported)
    message.payloads.push_back(notify(NotifyType::IKEV2_FRAGMENTATION_SUPPORTED));
  append_vendor_ids(message.payloads, step.env.config);
  return compose(std::move(message), step.env.tap);
}

State IkeSa::repeat_sa_init(AwaitingSaInit state, NotifyType because, Step& step) {
  if (++state.repetitions > kMaxRepetitions) {
    close(trace::CloseReason::Refused, "the responder asked for a changed IKE_SA_INIT too often", step);
    return Closed{};
  }
  // §2.2: still Message ID 0.
  state.pending = PendingRequest::first(kSaInitId, ExchangeType::IKE_SA_INIT, compose_sa_init(state, step),
                                        step.env.config.retransmission, step.now);
  step.out.events.push_back(trace::RequestRepeatedWith{facts_.spis, because});
  transmit(state.pending.message, step);
  return state;
}

// R -> I   HDR, SAr1, KEr, Nr     or     HDR, N(COOKIE)     or     HDR, N(INVALID_KE_PAYLOAD)

State IkeSa::on_sa_init_response(AwaitingSaInit state, const Incoming& in, Step& step) {
  const auto& payloads = in.message.payloads;
  const auto ignore = [&](std::string why, std::string section) -> State {
    discard(in, std::move(why), std::move(section), step);
    return std::move(state);
  };
  if (!in.message.faults.empty()) return ignore("malformed: " + in.message.faults.front().text(), "RFC 7296 §2.21");
  if (unsupported_critical(payloads)) return ignore("a critical payload of unknown type", "RFC 7296 §2.5");

  const bool accepted = wire::find<wire::SecurityAssociation>(payloads) != nullptr;
  if (const wire::Notify* redirect = wire::find_notify(payloads, NotifyType::REDIRECT); redirect && !accepted)
    return on_redirect(std::move(state), *redirect, in, step);
  const wire::Notify* puzzle = wire::find_notify(payloads, NotifyType::PUZZLE);
  const wire::Notify* cookie = wire::find_notify(payloads, NotifyType::COOKIE);
  // RFC 8019 §7.1.2: without its cookie a puzzle cannot be solved.
  if (puzzle && !cookie && !accepted) return ignore("PUZZLE without COOKIE", "RFC 8019 §7.1.2");
  if (cookie && !accepted) {
    if (cookie->data.empty() || cookie->data.size() > kMaxCookieSize)
      return ignore("a cookie of " + std::to_string(cookie->data.size()) + " octets", "RFC 7296 §2.6");
    state.cookie = cookie->data;
    state.puzzle_solution = puzzle ? solve_for_peer(*puzzle, cookie->data, facts_, step) : Bytes();
    return repeat_sa_init(std::move(state), NotifyType::COOKIE, step);
  }
  if (const wire::Notify* wish = wire::find_notify(payloads, NotifyType::INVALID_KE_PAYLOAD)) {
    // §1.2: two octets, a group from our offer; anything else may be an attacker's attempt to weaken us.
    const auto group = static_cast<wire::DhGroup>(Reader(wish->data).u16("group"));
    if (wish->data.size() != 2 || !offers_group(state.offered, group) || group == state.ours.group())
      return ignore("INVALID_KE_PAYLOAD names no other group of our offer", "RFC 7296 §1.2");
    auto pair = crypto::KeyPair::generate(group, step.env.random);
    if (!pair) return ignore("group " + wire::name_or_number(group) + " cannot be used", "RFC 7296 §1.2");
    state.ours = std::move(*pair);
    return repeat_sa_init(std::move(state), NotifyType::INVALID_KE_PAYLOAD, step);
  }
  if (const wire::Notify* error = wire::find_error(payloads)) {
    // §2.21.1: nobody vouches for it, so we go on trying until the retransmissions end.
    step.out.events.push_back(trace::RequestRefused{facts_.spis, ExchangeType::IKE_SA_INIT, kSaInitId, error->type});
    return state;
  }

  const auto* sa = wire::find<wire::SecurityAssociation>(payloads);
  const auto* ke = wire::find<wire::KeyExchange>(payloads);
  const auto* nonce = wire::find<wire::Nonce>(payloads);
  if (!sa || !ke || !nonce) return ignore("SA, KE or Nonce is missing", "RFC 7296 §1.2");
  if (in.message.header.spis.r.is_zero()) return ignore("responder's SPI is zero", "RFC 7296 §2.6");
  if (nonce->data.size() < wire::Nonce::kMinSize || nonce->data.size() > wire::Nonce::kMaxSize)
    return ignore("nonce of " + std::to_string(nonce->data.size()) + " octets", "RFC 7296 §3.9");
  if (const auto why = not_chosen_from(sa->proposals, state.offered)) return ignore(*why, "RFC 7296 §2.7");
  const crypto::IkeSuite suite = ike_suite(sa->proposals.front());
  Intermediates intermediate;
  intermediate.agreed =
      wants_intermediate(step.env.config) && wire::find_notify(payloads, NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED);
  intermediate.due = to_be_done(suite.additional);
  // RFC 9370 §2.2.1: without IKE_INTERMEDIATE a proposal with additional key exchanges is one that we do not know.
  if (has_additional(sa->proposals.front()) && !intermediate.agreed)
    return ignore("additional key exchanges are chosen, and IKE_INTERMEDIATE is not supported", "RFC 9370 §2.2.1");
  if (intermediate.agreed) intermediate.empty_left = step.env.config.intermediate.empty_exchanges;
  if (suite.group != ke->group || ke->group != state.ours.group())
    return ignore("KE payload of another group than was chosen or sent", "RFC 7296 §3.4");
  const auto g_ir = state.ours.derive(ke->data);
  if (!g_ir) return ignore(g_ir.error().text(), "RFC 6989 §2");

  facts_.spis.r = in.message.header.spis.r;
  auto keyed = make_keys(suite, state.ni, nonce->data, g_ir->view(), facts_, step);
  if (!keyed) return ignore("the chosen algorithms cannot be keyed", "RFC 7296 §2.14");
  step.out.events.push_back(trace::IkeSaKeyed{facts_.spis, true});

  keyed->secured.fragmentation = fragmentation_agreed(payloads, step.env.config);
  note_nat(in, step);
  AuthInputs auth{state.pending.message.front(),
                  to_bytes(in.octets),
                  std::move(state.ni),
                  nonce->data,
                  std::move(keyed->sk_pi),
                  std::move(keyed->sk_pr),
                  {}};
  // RFC 8019 §7.2.3: S is Nr | SPIr.
  if (puzzle)
    auth.puzzle_solution =
        solve_for_peer(*puzzle, cat(nonce->data, Writer().u64(facts_.spis.r.value).view()), facts_, step);
  return next_intermediate({std::move(keyed->secured), std::move(auth), std::move(intermediate)}, step);
}

void IkeSa::note_nat(const Incoming& in, Step& step) {
  learn_nat(facts_, in, step.env.config.nat, step);
  // §2.23: with a NAT in between everything from IKE_AUTH on goes over port 4500; RFC 4555 §3.3: and without one, so
  // that the ports need not change when a NAT is found on another path.
  if (!facts_.behind_nat() && !(step.env.config.mobike.supported && facts_.nat_detection)) return;
  facts_.local.port = step.env.config.nat_t_port;
  facts_.remote.port = step.env.config.peer_nat_t_port;
}

// R -> I   HDR(A,0), N(REDIRECT, New_GW_ID, Ni_data)     RFC 5685 §3

State IkeSa::on_redirect(AwaitingSaInit state, const wire::Notify& redirect, const Incoming& in, Step& step) {
  const auto read = read_redirect(redirect.data);
  // RFC 5685 §3: "If the values do not match, the client MUST silently discard the response".
  if (!read || !equal(read->nonce, state.ni)) {
    discard(in, read ? "REDIRECT with another nonce" : "REDIRECT: " + read.error().text(), "RFC 5685 §3", step);
    return state;
  }
  const auto decision = decide_redirect(*read, step.env.config.extensions.redirect, facts_.remote.address,
                                        trail_ ? &*trail_ : nullptr, step.now);
  step.out.events.push_back(
      trace::ExtensionUsed{facts_.spis, "redirect",
                           "to " + read->gateway.text() + (decision.to ? "" : " not followed: " + decision.why_not)});
  if (!decision.to) {
    close(trace::CloseReason::Refused, "redirected to " + read->gateway.text() + ": " + decision.why_not, step);
    return Closed{};
  }
  close(trace::CloseReason::Redirected, "to " + read->gateway.text(), step);
  step.env.registry.initiate_next({facts_.local, {*decision.to, facts_.remote.port}, decision.trail});
  return Closed{};
}

Bytes clear_notify_answer(const Incoming& in, NotifyType type, BytesView data, Step& step,
                          std::vector<wire::Payload> more) {
  OutboundMessage message;
  message.header.spis = in.message.header.spis;
  message.header.exchange = in.message.header.exchange;
  message.header.message_id = in.message.header.message_id;
  // §3.1: the I flag is set by the original initiator alone, and R in every answer.
  const bool we_are_initiator = !in.message.header.is_from_original_initiator();
  message.header.flags = static_cast<std::uint8_t>(wire::kFlagResponse | (we_are_initiator ? wire::kFlagInitiator : 0));
  message.payloads.push_back(notify(type, data));
  std::ranges::move(more, std::back_inserter(message.payloads));
  return compose(std::move(message), step.env.tap);
}

SaInitAnswer answer_sa_init(const Incoming& in, IkeSpi spi_r, Step& step, bool puzzle_solved) {
  const Config& config = step.env.config;
  const auto& payloads = in.message.payloads;
  const auto refuse = [&](NotifyType type, BytesView data, std::string what, std::string section) {
    step.out.events.push_back(trace::PeerFault{in.message.header.spis, std::move(what), std::move(section), type});
    return SaInitAnswer{clear_notify_answer(in, type, data, step), std::nullopt, {}};
  };
  // §2.5: what is critical and unknown rejects the message, whatever else is in it.
  if (const auto type = unsupported_critical(payloads))
    return refuse(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, Writer().u8(*type).view(),
                  "critical payload of type " + std::to_string(*type), "RFC 7296 §2.5");
  if (!in.message.faults.empty())
    return refuse(NotifyType::INVALID_SYNTAX, {}, in.message.faults.front().text(), "RFC 7296 §3.10.1");
  const auto* sa = wire::find<wire::SecurityAssociation>(payloads);
  const auto* ke = wire::find<wire::KeyExchange>(payloads);
  const auto* nonce = wire::find<wire::Nonce>(payloads);
  if (!sa || !ke || !nonce)
    return refuse(NotifyType::INVALID_SYNTAX, {}, "SA, KE or Nonce is missing", "RFC 7296 §1.2");
  if (nonce->data.size() < wire::Nonce::kMinSize || nonce->data.size() > wire::Nonce::kMaxSize)
    return refuse(NotifyType::INVALID_SYNTAX, {}, "nonce of " + std::to_string(nonce->data.size()) + " octets",
                  "RFC 7296 §3.9");

  if (const auto* to = redirect_target(config, RedirectOptions::When::SaInit, supports_redirect(payloads))) {
    // RFC 5685 §3: no IKE SA, responder's SPI zero, and the nonce as a proof that the request was seen.
    step.out.events.push_back(trace::ExtensionUsed{in.message.header.spis, "redirect", "client sent to " + to->text()});
    return {clear_notify_answer(in, NotifyType::REDIRECT, redirect_data(*to, nonce->data), step), std::nullopt, {}};
  }

  // RFC 9370 §2.2.1: additional key exchanges need IKE_INTERMEDIATE; without it they are Transform Types that nobody
  // knows.
  const bool intermediate =
      wants_intermediate(config) && wire::find_notify(payloads, NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED);
  auto chosen = intermediate ? choose(sa->proposals, config.ike_proposals)
                             : choose(without_additional(sa->proposals), config.ike_proposals);
  if (!chosen) return refuse(NotifyType::NO_PROPOSAL_CHOSEN, {}, "no IKE proposal fits", "RFC 7296 §2.7");
  chosen->spi.clear();  // §3.3.1: no SPI in the proposals of the first exchange
  const crypto::IkeSuite suite = ike_suite(*chosen);
  if (ke->group != suite.group)
    return refuse(NotifyType::INVALID_KE_PAYLOAD, Writer().u16(suite.group).view(),
                  "KE payload of group " + wire::name_or_number(ke->group), "RFC 7296 §1.2");
  const auto ours = crypto::respond(suite.group, ke->data, step.env.random);
  if (!ours) {
    if (crypto::is_unknown_group(ours.error()))
      return refuse(NotifyType::NO_PROPOSAL_CHOSEN, {}, ours.error().why, "RFC 7296 §2.7");
    return refuse(NotifyType::INVALID_SYNTAX, {}, ours.error().text(), "RFC 6989 §2");
  }

  SaInitAnswer answer;
  answer.facts = Facts{{in.message.header.spis.i, spi_r}, false, in.datagram->destination, in.datagram->source, false};
  const Bytes nr = step.env.random.bytes(step.env.config.nonce_size);
  auto keyed = make_keys(suite, nonce->data, nr, ours->shared.view(), answer.facts, step);
  if (!keyed) return refuse(NotifyType::NO_PROPOSAL_CHOSEN, {}, "the algorithms cannot be keyed", "RFC 7296 §2.14");

  OutboundMessage message;
  message.header = answer.facts.header(ExchangeType::IKE_SA_INIT, kSaInitId, true);
  message.payloads.push_back(payload(wire::SecurityAssociation{{*chosen}}));
  message.payloads.push_back(payload(wire::KeyExchange{suite.group, 0, ours->public_value}));
  message.payloads.push_back(payload(wire::Nonce{nr}));
  step.out.events.push_back(trace::IkeSaKeyed{answer.facts.spis, false});
  answer_nat_detection(message.payloads, in, answer.facts, step);
  append_auth_to_sa_init_response(message.payloads, payloads, config);
  append_to_sa_init_response(message.payloads, config);
  // RFC 8019 §7.2.1: a puzzle in IKE_AUTH only behind one in IKE_SA_INIT, and never of difficulty 0.
  std::optional<Puzzle> puzzle;
  if (puzzle_solved && config.extensions.puzzle.auth_difficulty != 0) {
    puzzle = Puzzle{suite.prf, config.extensions.puzzle.auth_difficulty};
    message.payloads.push_back(notify(NotifyType::PUZZLE, puzzle_data(*puzzle)));
  }
  keyed->secured.fragmentation = fragmentation_agreed(payloads, config);
  if (keyed->secured.fragmentation) message.payloads.push_back(notify(NotifyType::IKEV2_FRAGMENTATION_SUPPORTED));
  if (intermediate) message.payloads.push_back(notify(NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED));
  append_vendor_ids(message.payloads, config);
  answer.response = compose(std::move(message), step.env.tap);
  answer.sa = HalfOpen{
      std::move(keyed->secured),
      AuthInputs{
          to_bytes(in.octets), answer.response, nonce->data, nr, std::move(keyed->sk_pi), std::move(keyed->sk_pr), {}},
      to_bytes(in.octets), answer.response, step.now + config.half_open_lifetime};
  answer.sa->puzzle = puzzle;
  answer.sa->intermediate.agreed = intermediate;
  answer.sa->intermediate.due = to_be_done(suite.additional);
  return answer;
}

}  // namespace ikevet::sa
