#include "engine/sa/engine.hpp"

#include <map>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include "engine/base/writer.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/sa/address_pool.hpp"
#include "engine/sa/cookie.hpp"
#include "engine/sa/extension/extras.hpp"
#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;
using wire::NotifyType;

namespace {

constexpr std::uint8_t kMajorVersion = 2;
constexpr std::uint32_t kFirstUsableChildSpi = 256;  // RFC 4303 §2.1: 0 is for local use, 1 to 255 are reserved
constexpr std::uint8_t kKeepalive = 0xff;            // RFC 3948 §2.3
constexpr std::size_t kMaxTickets = 10'000;

Decisions& default_decisions() {
  static Decisions decisions;
  return decisions;
}
OutboundTap& default_tap() {
  static OutboundTap tap;
  return tap;
}

}  // namespace

class Engine::Impl final : public Registry {
 public:
  Impl(Config config, RandomSource& random, Seams seams)
      : config_(std::move(config)),
        random_(random),
        inbound_(seams.inbound),
        env_{config_,
             random_,
             seams.outbound ? *seams.outbound : default_tap(),
             seams.decisions ? *seams.decisions : default_decisions(),
             seams.key_log,
             *this},
        cookies_(random),
        addresses_(config_.configuration.pool),
        ticket_keeper_(config_.extensions.resumption, random) {}

  Outputs handle(const Datagram& arrived, Instant now) {
    Outputs out;
    Step step{env_, now, out};
    Datagram datagram = arrived;
    if (!inbound_ || inbound_->on_datagram(datagram) == InboundTap::Verdict::Deliver) receive(datagram, step);
    initiate_waiting(step);
    return finish(std::move(out));
  }

  Outputs tick(Instant now) {
    Outputs out;
    Step step{env_, now, out};
    while (!wakes_.empty() && wakes_.begin()->first <= now) {
      const IkeSpi spi = wakes_.begin()->second;
      ike_sas_.at(spi).sa->tick(step);
      settle(spi);
    }
    initiate_waiting(step);
    return finish(std::move(out));
  }

  Outputs command(const Command& command, Instant now) {
    Outputs out;
    Step step{env_, now, out};
    std::visit([&](const auto& c) { run(c, step); }, command);
    initiate_waiting(step);
    return finish(std::move(out));
  }

  std::vector<IkeSaView> views() const {
    std::vector<IkeSaView> out;
    for (const auto& [spi, slot] : ike_sas_)
      if (auto view = slot.sa->view()) out.push_back(std::move(*view));
    std::ranges::sort(out, {}, &IkeSaView::spis);
    return out;
  }

  std::size_t half_open() const { return half_open_; }

  ChildSpi new_child_spi() override {
    for (;;) {
      const ChildSpi spi{random_.u32()};
      if (spi.value >= kFirstUsableChildSpi && child_spis_.insert(spi).second) return spi;
    }
  }

  void supersede(const Identity& peer, IkeSpis except, Outputs& out) override {
    Step step{env_, {}, out};
    std::vector<IkeSpi> gone;
    for (auto& [spi, slot] : ike_sas_) {
      const Established* sa = slot.sa->established();
      if (sa && sa->proof.peer() == peer && slot.sa->facts().spis != except) gone.push_back(spi);
    }
    for (const IkeSpi spi : gone) {
      ike_sas_.at(spi).sa->abandon(CloseReason::Superseded, "INITIAL_CONTACT from " + peer.text(), step);
      settle(spi);
    }
  }

  AddressPool& addresses() override { return addresses_; }
  TicketKeeper& tickets() override { return ticket_keeper_; }
  void keep_ticket(IkeSpis ike, Ticket ticket) override {
    // A peer that gives tickets without end costs us no more than this many.
    if (tickets_.size() >= kMaxTickets) tickets_.erase(tickets_.begin());
    tickets_.insert_or_assign(ike, std::move(ticket));
  }
  void initiate_next(Initiate command) override { to_initiate_.push_back(std::move(command)); }
  void delete_next(IkeSpis ike, CloseReason reason) override { to_delete_.emplace_back(ike, reason); }

  void add_successor(Facts facts, Established state) override {
    const IkeSpi ours = facts.our_spi();
    const IkeSpis spis = facts.spis;
    Slot slot;
    slot.sa = std::make_unique<IkeSa>(std::move(facts), std::move(state));
    ike_sas_.emplace(ours, std::move(slot));
    resume_next(spis);
  }
  IkeSa* find(IkeSpis spis) override {
    for (const IkeSpi ours : {spis.i, spis.r}) {
      const auto found = ike_sas_.find(ours);
      if (found != ike_sas_.end() && found->second.sa->facts().spis == spis) return found->second.sa.get();
    }
    return nullptr;
  }
  void resume_next(IkeSpis ike) override { to_resume_.push_back(ike); }

  bool has_other_sa_with(const Identity& peer, IkeSpis except) const override {
    return std::ranges::any_of(ike_sas_, [&](const auto& entry) {
      const Established* sa = entry.second.sa->established();
      return sa && sa->proof.peer() == peer && entry.second.sa->facts().spis != except;
    });
  }

 private:
  struct Slot {
    std::unique_ptr<IkeSa> sa;
    std::optional<Instant> wake;
    bool counted_half_open{};
    std::string request;  ///< key in sa_init_requests_; empty for IKE SAs we began
  };

  /// §2.1: "a robust responder will do the IKE SA lookup using the whole packet, its hash, or the Ni payload".
  static std::string key_of(BytesView octets) {
    const Bytes hash = crypto::sha256(octets);
    return {hash.begin(), hash.end()};
  }

  IkeSpi new_ike_spi() override {
    for (;;) {
      const IkeSpi spi{random_.u64()};
      if (!spi.is_zero() && !ike_sas_.contains(spi)) return spi;
    }
  }

  void receive(const Datagram& datagram, Step& step) {
    Incoming in;
    in.datagram = &datagram;
    in.octets = datagram.payload;
    const auto discard = [&](std::string why, std::string section) {
      step.out.events.push_back(trace::Discarded{datagram.source, std::move(why), std::move(section)});
    };
    if (datagram.destination.port == config_.nat_t_port) {
      if (in.octets.size() == 1 && in.octets[0] == kKeepalive) return;
      static constexpr std::array<std::uint8_t, kNonEspMarkerSize> kMarker{};
      if (in.octets.size() < kNonEspMarkerSize || !equal(in.octets.first(kNonEspMarkerSize), kMarker))
        return discard("no non-ESP marker: not IKE", "RFC 3948 §2.2");
      in.octets = in.octets.subspan(kNonEspMarkerSize);
    }
    auto message = wire::Message::parse(in.octets);
    if (!message) return discard(message.error().text(), "RFC 7296 §3.1");
    in.message = std::move(*message);
    const wire::IkeHeader& header = in.message.header;

    if (header.major() > kMajorVersion) {
      if (header.is_response()) return discard("a response of a higher major version", "RFC 7296 §2.5");
      step.out.events.push_back(trace::PeerFault{header.spis, "major version " + std::to_string(header.major()),
                                                 "RFC 7296 §2.5", NotifyType::INVALID_MAJOR_VERSION});
      return answer(in, clear_notify_answer(in, NotifyType::INVALID_MAJOR_VERSION, {}, step), step);
    }
    if (header.major() < kMajorVersion)
      return discard("major version " + std::to_string(header.major()), "RFC 7296 §2.5");

    if (inbound_ && inbound_->on_message(in.message, in.inner) == InboundTap::Verdict::Drop) return;
    const bool first_message = header.exchange == ExchangeType::IKE_SA_INIT && header.is_request() &&
                               header.is_from_original_initiator() && header.spis.r.is_zero();
    if (first_message) return on_sa_init_request(in, step);
    if (header.exchange == ExchangeType::IKE_SESSION_RESUME && header.is_request() &&
        header.is_from_original_initiator() && header.spis.r.is_zero())
      return on_sa_init_request(in, step);

    // §3.1: the I flag tells which of the two SPIs is ours.
    const IkeSpi ours = header.is_from_original_initiator() ? header.spis.r : header.spis.i;
    const auto found = ike_sas_.find(ours);
    if (found == ike_sas_.end() || !belongs(*found->second.sa, header)) {
      if (present_token(in, step)) return;
      answer_stray(in, step);
      return discard("no IKE SA with these SPIs", "RFC 7296 §2.21.4");
    }
    found->second.sa->handle(in, step);
    settle(ours);
  }

  /// RFC 6290 §4.5: the answer to a protected request for an IKE SA that is not known here (any more).
  bool present_token(const Incoming& in, Step& step) {
    const SecretBytes& secret = config_.extensions.crash_detection.secret;
    const wire::IkeHeader& header = in.message.header;
    if (secret.empty() || !header.is_request() || header.spis.r.is_zero() ||
        !wire::find<wire::Encrypted>(in.message.payloads))
      return false;
    step.out.events.push_back(
        trace::ExtensionUsed{header.spis, "quick-crash-detection", "token presented for an unknown IKE SA"});
    answer(in, clear_notify_answer(in, NotifyType::INVALID_IKE_SPI, {}, step, {qcd_notify(secret.view(), header.spis)}),
           step);
    return true;
  }

  /// §1.5, §2.21.4: a request for an IKE SA that is not here may be told so, in clear and not too often; a response is
  /// never answered.
  void answer_stray(const Incoming& in, Step& step) {
    const wire::IkeHeader& header = in.message.header;
    if (!header.is_request() || header.spis.r.is_zero() || header.exchange == ExchangeType::IKE_SA_INIT) return;
    if (step.now - strays_since_ >= std::chrono::seconds(1)) {
      strays_since_ = step.now;
      strays_answered_ = 0;
    }
    if (strays_answered_ >= config_.strays.answers_per_second) return;
    ++strays_answered_;
    answer(in, clear_notify_answer(in, NotifyType::INVALID_IKE_SPI, {}, step), step);
  }

  void initiate_waiting(Step& step) {
    // What an IKE SA leaves to be begun; bounded, because each entry comes from an IKE SA that ends or is replaced.
    for (const Initiate& command : std::exchange(to_initiate_, {})) run(command, step);
    for (const auto& [spis, reason] : std::exchange(to_delete_, {})) {
      IkeSa* sa = find(spis);
      if (!sa || !sa->established() || sa->established()->deleting_ike_sa()) continue;
      sa->begin(delete_ike_exchange(reason), step);
      settle(sa->facts().our_spi());
    }
    for (const IkeSpis spis : std::exchange(to_resume_, {})) {
      IkeSa* sa = find(spis);
      if (!sa) continue;
      sa->resume(step);
      settle(sa->facts().our_spi());
    }
  }

  /// Do the SPIs of the header name this IKE SA? Before the answer to IKE_SA_INIT only ours is known.
  static bool belongs(const IkeSa& sa, const wire::IkeHeader& header) {
    const Facts& facts = sa.facts();
    if (facts.original_initiator && facts.spis.r.is_zero()) return header.spis.i == facts.spis.i;
    return header.spis == facts.spis;
  }

  void answer(const Incoming& in, BytesView message, Step& step) {
    step.out.datagrams.push_back(make_datagram(in.datagram->destination, in.datagram->source, message, config_));
  }

  void on_sa_init_request(const Incoming& in, Step& step) {
    const auto discard = [&](std::string why, std::string section) {
      step.out.events.push_back(trace::Discarded{in.datagram->source, std::move(why), std::move(section)});
    };
    const wire::IkeHeader& header = in.message.header;
    if (header.spis.i.is_zero()) return discard("initiator's SPI is zero", "RFC 7296 §3.1");
    if (header.message_id != MessageId{0})
      return discard(wire::name_or_number(header.exchange) + " with a Message ID", "RFC 7296 §2.2");

    // §2.1: a repeated request is known by all its octets, since address and SPI may be shared behind a NAT.
    const std::string key = key_of(in.octets);
    if (const auto known = sa_init_requests_.find(key); known != sa_init_requests_.end()) {
      IkeSa& sa = *ike_sas_.at(known->second).sa;
      if (sa.half_open()) return sa.repeat_sa_init_response(step);
      return discard("repeated IKE_SA_INIT request of an IKE SA whose IKE_AUTH request has come", "RFC 7296 §2.1");
    }

    if (half_open_ >= config_.half_open_limit) return discard("too many half-open IKE SAs", "RFC 7296 §2.6");
    bool puzzle_solved = false;
    if (!cookie_check(in, puzzle_solved, step)) return;

    const IkeSpi ours = new_ike_spi();
    SaInitAnswer result = header.exchange == ExchangeType::IKE_SESSION_RESUME
                              ? answer_session_resume(in, ours, step)
                              : answer_sa_init(in, ours, step, puzzle_solved);
    answer(in, result.response, step);
    if (!result.sa) return;
    Slot slot;
    slot.sa = std::make_unique<IkeSa>(std::move(result.facts), std::move(*result.sa));
    slot.counted_half_open = true;
    slot.request = key;
    ++half_open_;
    sa_init_requests_.emplace(key, ours);
    ike_sas_.emplace(ours, std::move(slot));
    settle(ours);
  }

  /// §2.6: true when the request may be processed; otherwise N(COOKIE) has been sent.
  bool cookie_check(const Incoming& in, bool& puzzle_solved, Step& step) {
    if (!env_.decisions.demand_cookie(half_open_, config_.cookie_threshold)) return true;
    const auto* nonce = wire::find<wire::Nonce>(in.message.payloads);
    if (!nonce) return true;  // the request is refused for what it is, at no cost
    const IkeSpi spi_i = in.message.header.spis.i;
    const IpAddress& from = in.datagram->source.address;
    const wire::Notify* cookie = wire::find_notify(in.message.payloads, NotifyType::COOKIE);
    if (const auto puzzle = puzzle_for(in.message.payloads)) {
      // RFC 8019 §7.1.4: the cookie tells which puzzle went with it.
      const auto given = cookie ? cookies_.puzzle_of(cookie->data, nonce->data, from, spi_i, step.now) : std::nullopt;
      const Bytes* solution = find_puzzle_solution(in.message.payloads);
      if (given && solution && solved_bits({puzzle->prf, *given}, cookie->data, *solution).value_or(0) >= *given) {
        puzzle_solved = true;
        return true;
      }
      const Bytes fresh = cookies_.make_for_puzzle(puzzle->difficulty, nonce->data, from, spi_i, step.now);
      answer(
          in,
          clear_notify_answer(in, NotifyType::COOKIE, fresh, step, {notify(NotifyType::PUZZLE, puzzle_data(*puzzle))}),
          step);
      return false;
    }
    if (cookie && env_.decisions.accept_cookie(cookies_.valid(cookie->data, nonce->data, from, spi_i, step.now)))
      return true;
    const Bytes fresh = cookies_.make(nonce->data, from, spi_i, step.now);
    answer(in, clear_notify_answer(in, NotifyType::COOKIE, fresh, step), step);
    return false;
  }

  /// RFC 8019 §7.1.1.2: over a prf of ours that the initiator offers too; empty when no puzzle is asked.
  std::optional<Puzzle> puzzle_for(const std::vector<wire::Payload>& request) const {
    const std::uint8_t difficulty = config_.extensions.puzzle.init_difficulty;
    const auto* sa = wire::find<wire::SecurityAssociation>(request);
    if (difficulty == 0 || !sa) return std::nullopt;
    for (const wire::Proposal& ours : config_.ike_proposals)
      for (const wire::Transform& wish : ours.transforms)
        for (const wire::Proposal& theirs : sa->proposals)
          for (const wire::Transform& offered : theirs.transforms)
            if (wish.type == wire::TransformType::PRF && offered.type == wish.type && offered.id == wish.id)
              return Puzzle{static_cast<wire::PrfId>(wish.id), difficulty};
    return std::nullopt;
  }

  /// Brings the books in line with what a step did to an IKE SA.
  void settle(IkeSpi spi) {
    const auto found = ike_sas_.find(spi);
    if (found == ike_sas_.end()) return;
    Slot& slot = found->second;
    if (slot.counted_half_open && !slot.sa->half_open()) {
      slot.counted_half_open = false;
      --half_open_;
    }
    const auto wake = slot.sa->closed() ? std::nullopt : slot.sa->wake_at(config_);
    if (wake != slot.wake) {
      if (slot.wake) wakes_.erase({*slot.wake, spi});
      if (wake) wakes_.emplace(*wake, spi);
      slot.wake = wake;
    }
    if (!slot.sa->closed()) return;
    if (!slot.request.empty()) sa_init_requests_.erase(slot.request);
    ike_sas_.erase(found);
  }

  Outputs finish(Outputs out) {
    for (const trace::Event& event : out.events)
      if (const auto* ike = std::get_if<trace::IkeSaClosed>(&event)) forget_ticket(*ike);
    for (const trace::Event& event : out.events)
      if (const auto* closed = std::get_if<trace::ChildSaClosed>(&event)) child_spis_.erase(closed->inbound);
    if (!wakes_.empty()) out.wake_at = wakes_.begin()->first;
    return out;
  }

  /// RFC 5723 §6.2: a ticket outlives an IKE SA that was lost, not one that was deleted or replaced.
  void forget_ticket(const trace::IkeSaClosed& closed) {
    if (closed.reason != CloseReason::PeerDead && closed.reason != CloseReason::Abandoned) tickets_.erase(closed.spis);
  }

  /// The IKE SA a command names.
  std::pair<IkeSpi, IkeSa*> named(IkeSpis spis) {
    for (const IkeSpi candidate : {spis.i, spis.r}) {
      const auto found = ike_sas_.find(candidate);
      if (found != ike_sas_.end() && found->second.sa->facts().spis == spis) return {candidate, found->second.sa.get()};
    }
    throw std::invalid_argument("no IKE SA with SPIs " + to_hex(Writer().u64(spis.i.value).view()) + " and " +
                                to_hex(Writer().u64(spis.r.value).view()));
  }

  void begin(IkeSpis spis, std::unique_ptr<Exchange> exchange, Step& step) {
    const auto [spi, sa] = named(spis);
    if (!sa->established()) throw std::invalid_argument("the IKE SA is not established");
    sa->begin(std::move(exchange), step);
    settle(spi);
  }

  /// What is asked of one of the IKE SAs that replace one another is meant for the one that has the Child SAs, §2.8.
  IkeSpis heir_of(IkeSpis spis) {
    for (IkeSa* sa = find(spis); sa; sa = find(spis)) {
      if (!sa->established() || sa->established()->in_charge()) break;
      const Succession& succession = *sa->established()->succession;
      // From one that has not taken over to the one before it, which may have another successor.
      const IkeSpis towards = succession.successor ? *succession.successor : *succession.predecessor;
      if (const IkeSa* next = find(towards); !next || !next->established()) break;
      spis = towards;
    }
    return spis;
  }

  void check_child(IkeSpis spis, ChildSpi inbound) {
    IkeSa* sa = named(spis).second;
    if (!sa->established() || !sa->established()->child_by_inbound(inbound))
      throw std::invalid_argument("no Child SA with inbound SPI " + to_hex(Writer().u32(inbound.value).view()));
  }

  void run(const Initiate& c, Step& step) {
    const IkeSpi ours = new_ike_spi();
    Slot slot;
    slot.sa = std::make_unique<IkeSa>(c, ours, step);
    ike_sas_.emplace(ours, std::move(slot));
    settle(ours);
  }
  void run(const Resume& c, Step& step) {
    const auto found = tickets_.find(c.lost);
    if (found == tickets_.end()) throw std::invalid_argument("no ticket for that IKE SA");
    Ticket ticket = std::move(found->second);
    // RFC 5723 §4.3.1: tickets are used once, and not beyond their lifetime.
    tickets_.erase(found);
    if (ticket.sa.expires <= step.now) throw std::invalid_argument("the ticket has expired");
    const IkeSpi ours = new_ike_spi();
    Slot slot;
    slot.sa = std::make_unique<IkeSa>(c, std::move(ticket), ours, step);
    ike_sas_.emplace(ours, std::move(slot));
    settle(ours);
  }
  void run(const RedirectClient& c, Step& step) {
    const Established* sa = named(c.ike).second->established();
    if (!sa || !sa->extras || !sa->extras->peer_follows_redirects)
      throw std::invalid_argument("the peer does not follow redirections (RFC 5685)");
    begin(c.ike, informational_exchange({notify(NotifyType::REDIRECT, redirect_data(c.to))}), step);
  }
  void run(const RekeyChildSa& c, Step& step) {
    const IkeSpis ike = heir_of(c.ike);
    check_child(ike, c.inbound);
    begin(ike, rekey_child_exchange(c.inbound), step);
  }
  void run(const RekeyIkeSa& c, Step& step) { begin(heir_of(c.ike), rekey_ike_exchange(), step); }
  void run(const CreateChildSa& c, Step& step) {
    begin(heir_of(c.ike), create_child_exchange(c.local_ts, c.remote_ts), step);
  }
  void run(const DeleteChildSa& c, Step& step) {
    const IkeSpis ike = heir_of(c.ike);
    check_child(ike, c.inbound);
    begin(ike, delete_child_exchange(c.inbound, CloseReason::DeletedByUs), step);
  }
  void run(const DeleteIkeSa& c, Step& step) { begin(c.ike, delete_ike_exchange(), step); }
  void run(const CheckLiveness& c, Step& step) {
    const IkeSpis ike = heir_of(c.ike);
    begin(ike, liveness_exchange(named(ike).second->facts()), step);
  }
  void run(const SendInformational& c, Step& step) { begin(heir_of(c.ike), informational_exchange(c.payloads), step); }
  void run(const SynchroniseMessageIds& c, Step& step) {
    const IkeSpis ike = heir_of(c.ike);
    const Established* sa = named(ike).second->established();
    if (!sa || !sa->extras || !sa->extras->synchronises_message_ids)
      throw std::invalid_argument("the peer does not synchronise Message IDs (RFC 6311) in this IKE SA");
    begin(ike, synchronise_exchange(c.skip), step);
  }
  void run(const Retract& c, Step&) {
    const auto [spi, sa] = named(c.ike);
    if (!sa->established()) throw std::invalid_argument("the IKE SA is not established");
    sa->retract();
    settle(spi);
  }
  void run(const Move& c, Step& step) {
    const auto [spi, sa] = named(heir_of(c.ike));
    sa->move(c.local, c.remote, "as commanded, RFC 4555 §3.5", step);
    settle(spi);
  }
  void run(const AddressesChanged& c, Step& step) {
    config_.mobike.additional_addresses = c.local;
    std::vector<IkeSpi> all;
    for (const auto& [spi, slot] : ike_sas_) all.push_back(spi);
    std::ranges::sort(all);
    for (const IkeSpi spi : all) {
      ike_sas_.at(spi).sa->addresses_changed(step);
      settle(spi);
    }
  }
  void run(const Abandon& c, Step& step) {
    const auto [spi, sa] = named(c.ike);
    sa->abandon(CloseReason::Abandoned, {}, step);
    settle(spi);
  }

  Config config_;
  RandomSource& random_;
  InboundTap* inbound_;
  Environment env_;
  CookieJar cookies_;
  AddressPool addresses_;
  TicketKeeper ticket_keeper_;
  std::map<IkeSpis, Ticket> tickets_;  ///< by the IKE SA they were given for
  Instant strays_since_{};
  std::uint32_t strays_answered_{};
  std::vector<Initiate> to_initiate_;
  std::vector<std::pair<IkeSpis, CloseReason>> to_delete_;
  std::vector<IkeSpis> to_resume_;
  std::unordered_map<IkeSpi, Slot> ike_sas_;                  ///< by our SPI
  std::unordered_map<std::string, IkeSpi> sa_init_requests_;  ///< IKE SAs by the request that made them
  std::set<std::pair<Instant, IkeSpi>> wakes_;
  mutable std::unordered_set<ChildSpi> child_spis_;  ///< inbound SPIs in use
  std::size_t half_open_{};
};

Engine::Engine(Config config, RandomSource& random, Seams seams)
    : impl_(std::make_unique<Impl>(std::move(config), random, seams)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Outputs Engine::handle(const Datagram& datagram, Instant now) { return impl_->handle(datagram, now); }
Outputs Engine::tick(Instant now) { return impl_->tick(now); }
Outputs Engine::command(const Command& command, Instant now) { return impl_->command(command, now); }
std::vector<IkeSaView> Engine::ike_sas() const { return impl_->views(); }
std::size_t Engine::half_open() const { return impl_->half_open(); }

}  // namespace ikevet::sa
