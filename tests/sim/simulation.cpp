#include "tests/sim/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>

#include "engine/esp/esp_sa.hpp"
#include "engine/esp/ip.hpp"
#include "engine/transport/memory_network.hpp"
#include "engine/wire/describe.hpp"
#include "tests/support/peer_pair.hpp"

namespace ikevet::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using transport::kVirtualEpoch;

/// Long enough for every retransmission to end, for silent peers to be asked and given up, on the slowest clock.
constexpr seconds kHealing{400};
constexpr std::size_t kFragmentThreshold = 300;

IpAddress address_of(Side side, std::uint32_t number) {
  return IpAddress::v4({192, 0, 2, static_cast<std::uint8_t>((side == Side::A ? 10 : 110) + number % 90)});
}

sa::Config config_of(Side side, const Schedule& schedule) {
  sa::Config out = side == Side::A ? tests::initiator_config() : tests::responder_config();
  if (schedule.perfect_forward_secrecy) out.child_proposals = {tests::esp_proposal({wire::DhGroup::CURVE25519})};
  if (schedule.cookies) out.cookie_threshold = 0;
  out.liveness_after = seconds(20);
  out.mobike.supported = schedule.mobike;
  out.window.size = schedule.window;
  out.fragmentation.supported = schedule.fragments;
  if (schedule.fragments) out.fragmentation.threshold_v4 = kFragmentThreshold;
  return out;
}

/// Begins anew whenever somebody asks: every IKE SA gets the same SPIs, nonces and Diffie-Hellman values.
class RepeatingRandom final : public RandomSource {
 public:
  explicit RepeatingRandom(std::uint64_t seed) : seed_(seed), random_(seed) {}
  void fill(std::span<std::uint8_t> out) override { random_.fill(out); }
  void again() { random_ = SeededRandom(seed_); }

 private:
  std::uint64_t seed_;
  SeededRandom random_;
};

class AnswerAnew final : public sa::Decisions {
 public:
  bool accept_message_id(MessageId, MessageId) override { return true; }
};

/// Side A believes that it deletes, and says nothing of it.
class LoseDeletes final : public sa::OutboundTap {
 public:
  void on_payloads(sa::OutboundMessage& message) override {
    if (message.header.is_request())
      std::erase_if(message.payloads, [](const wire::Payload& p) { return p.type() == wire::PayloadType::Delete; });
  }
};

/// Writes down what a side sends and receives.
class Narrator final : public sa::OutboundTap, public sa::InboundTap {
 public:
  Narrator(std::string* story, Side side) : story_(story), side_(side == Side::A ? 'A' : 'B') {}

  bool telling() const { return story_ != nullptr; }
  void at(Instant now) { now_ = now; }
  void tell(const std::string& line) {
    if (!story_) return;
    *story_ += fmt::format("  {:>9} ms  {}  {}\n",
                           std::chrono::duration_cast<milliseconds>(now_ - kVirtualEpoch).count(), side_, line);
  }
  void on_payloads(sa::OutboundMessage& m) override {
    tell(fmt::format("-> {} {{{}}} {}", wire::describe_header(m.header),
                     wire::describe(m.payloads, m.header.exchange, m.header.is_response()), brief(m.header.spis)));
  }
  Verdict on_message(wire::Message& m, std::vector<wire::Payload>&) override {
    tell(fmt::format("<- {} {}", wire::describe_header(m.header), brief(m.header.spis)));
    return Verdict::Deliver;
  }

 private:
  static std::string brief(const IkeSpis& spis) { return text(spis).substr(0, 6); }

  std::string* story_;
  char side_;
  Instant now_ = kVirtualEpoch;
};

/// One side: an engine with a clock of its own.
class Node final : public transport::Host {
 public:
  Node(Side side, const Schedule& schedule, Sabotage sabotage, std::string* story)
      : side_(side),
        clock_(side == Side::A ? schedule.clock_a : schedule.clock_b),
        observer_(side == Side::A ? "A" : "B"),
        random_(schedule.seed * 2 + (side == Side::A ? 0 : 1)),
        begin_anew_(sabotage == Sabotage::RepeatRandom && side == Side::A),
        address_(address_of(side, 0)),
        narrator_(story, side) {
    sa::Seams seams;
    seams.key_log = &observer_;
    if (narrator_.telling()) {
      seams.outbound = &narrator_;
      seams.inbound = &narrator_;
    }
    if (side == Side::A && sabotage == Sabotage::LoseDeletes) seams.outbound = &lose_deletes_;
    if (side == Side::B && sabotage == Sabotage::AnswerAnew) seams.decisions = &answer_anew_;
    engine_ = std::make_unique<sa::Engine>(config_of(side, schedule), random_, seams);
  }

  transport::Reaction handle(const Datagram& datagram, Instant now) override {
    narrator_.at(now);
    return react(engine_->handle(datagram, local(now)));
  }
  transport::Reaction tick(Instant now) override {
    narrator_.at(now);
    return react(engine_->tick(local(now)));
  }
  transport::Reaction command(const sa::Command& command, Instant now) {
    narrator_.at(now);
    if (begin_anew_ && std::holds_alternative<sa::Initiate>(command)) random_.again();
    return react(engine_->command(command, local(now)));
  }

  std::vector<sa::IkeSaView> established() const {
    auto all = engine_->ike_sas();
    std::erase_if(all, [](const auto& sa) { return sa.stage != sa::IkeSaView::Stage::Established; });
    return all;
  }
  std::size_t held() const { return engine_->ike_sas().size(); }
  std::size_t half_open() const { return engine_->half_open(); }
  Observer& observer() { return observer_; }
  const Observer& observer() const { return observer_; }
  const IpAddress& address() const { return address_; }
  void set_address(const IpAddress& address) { address_ = address; }
  std::size_t datagrams() const { return datagrams_; }
  std::size_t ike_sas() const { return ike_sas_; }
  std::size_t child_sas() const { return child_sas_; }

 private:
  Instant local(Instant now) const {
    const std::chrono::duration<double, std::nano> passed = now - kVirtualEpoch;
    return kVirtualEpoch + clock_.offset + std::chrono::duration_cast<Duration>(passed * clock_.rate);
  }
  Instant global(Instant local) const {
    const std::chrono::duration<double, std::nano> passed = local - kVirtualEpoch - clock_.offset;
    return kVirtualEpoch + std::chrono::ceil<milliseconds>(passed / clock_.rate);
  }

  transport::Reaction react(sa::Outputs out) {
    for (const Datagram& datagram : out.datagrams) observer_.sent(datagram);
    for (const trace::Event& event : out.events) {
      observer_.happened(event);
      narrator_.tell(fmt::format("   {}: {}", trace::name(event), trace::text(event)));
      ike_sas_ += std::holds_alternative<trace::IkeSaEstablished>(event) ? 1 : 0;
      child_sas_ += std::holds_alternative<trace::ChildSaEstablished>(event) ? 1 : 0;
    }
    datagrams_ += out.datagrams.size();
    transport::Reaction reaction{std::move(out.datagrams), std::nullopt};
    if (out.wake_at) reaction.wake_at = global(*out.wake_at);
    return reaction;
  }

  Side side_;
  Clock clock_;
  Observer observer_;
  RepeatingRandom random_;
  bool begin_anew_;
  IpAddress address_;
  Narrator narrator_;
  AnswerAnew answer_anew_;
  LoseDeletes lose_deletes_;
  std::unique_ptr<sa::Engine> engine_;
  std::size_t datagrams_{}, ike_sas_{}, child_sas_{};
};

class World {
 public:
  World(const Schedule& schedule, Sabotage sabotage, std::string* story)
      : schedule_(schedule),
        sabotage_(sabotage),
        weather_random_(schedule.seed ^ 0x9e3779b97f4a7c15U),
        a_(Side::A, schedule, sabotage, story),
        b_(Side::B, schedule, sabotage, story) {
    network_.attach(a_.address(), a_);
    network_.attach(b_.address(), b_);
    add_weather(schedule.weather);
  }

  Outcome run() {
    for (const Action& action : schedule_.actions) {
      run_until(kVirtualEpoch + action.at);
      act(action);
      if (auto violation = noticed()) return outcome(std::move(violation));
    }
    network_.clear_faults();
    run_until(network_.now() + kHealing);
    auto violation = noticed();
    if (!violation) violation = agreement();
    if (!violation) violation = redundancy();
    if (!violation) violation = traffic();
    if (!violation) violation = closes();
    return outcome(std::move(violation));
  }

 private:
  Node& node(Side side) { return side == Side::A ? a_ : b_; }
  Node& other(Side side) { return side == Side::A ? b_ : a_; }

  Outcome outcome(std::optional<Violation> violation) const {
    return {std::move(violation),
            {a_.ike_sas() + b_.ike_sas(), a_.child_sas() + b_.child_sas(), a_.datagrams() + b_.datagrams(), packets_}};
  }

  void add_weather(const Weather& w) {
    const auto with = [this](double probability) { return transport::with_probability(probability, weather_random_); };
    if (w.loss > 0) network_.add(std::make_unique<transport::Drop>(with(w.loss)));
    if (w.duplication > 0) network_.add(std::make_unique<transport::Duplicate>(with(w.duplication), milliseconds(700)));
    if (w.reordering > 0) network_.add(std::make_unique<transport::Reorder>(with(w.reordering), seconds(2)));
    if (w.short_delay > 0) network_.add(std::make_unique<transport::Delay>(with(w.short_delay), milliseconds(80)));
    if (w.long_delay > 0) network_.add(std::make_unique<transport::Delay>(with(w.long_delay), seconds(3)));
  }

  void run_until(Instant limit) {
    while (network_.step(limit)) {
    }
    network_.advance_to(limit);
  }

  void command(Node& to, const sa::Command& command) {
    network_.react(to.address(), to.command(command, network_.now()));
  }

  void act(const Action& action) {
    Node& self = node(action.side);
    const auto sas = self.established();
    if (action.kind == ActionKind::Initiate)
      return command(self, sa::Initiate{{self.address(), kIkePort}, {other(action.side).address(), kIkePort}});
    if (action.kind == ActionKind::Move) return move(self, action);
    if (sas.empty()) return;
    const sa::IkeSaView& sa = sas[action.pick % sas.size()];
    switch (action.kind) {
      case ActionKind::RekeyIkeSa:
        return command(self, sa::RekeyIkeSa{sa.spis});
      case ActionKind::CreateChildSa:
        if (!self.observer().counts(sa.spis)) return;
        ++additional_[self.observer().origin(sa.spis)];
        return command(self, sa::CreateChildSa{sa.spis});
      case ActionKind::RekeyChildSa:
      case ActionKind::DeleteChildSa: {
        if (sa.children.empty()) return;
        const ChildSpi spi = sa.children[(action.pick >> 4) % sa.children.size()].inbound;
        if (action.kind == ActionKind::RekeyChildSa) return command(self, sa::RekeyChildSa{sa.spis, spi});
        return command(self, sa::DeleteChildSa{sa.spis, spi});
      }
      case ActionKind::DeleteIkeSa:
        return command(self, sa::DeleteIkeSa{sa.spis});
      case ActionKind::CheckLiveness:
        return command(self, sa::CheckLiveness{sa.spis});
      case ActionKind::Abandon:
        return command(self, sa::Abandon{sa.spis});
      case ActionKind::Initiate:
      case ActionKind::Move:
        return;
    }
  }

  /// The old address is gone at once: what is on its way there is lost.
  void move(Node& self, const Action& action) {
    const IpAddress fresh = address_of(action.side, 1 + action.pick % 80);
    if (fresh == self.address()) return;
    network_.detach(self.address());
    self.set_address(fresh);
    network_.attach(fresh, self);
    command(self, sa::AddressesChanged{{fresh}});
  }

  std::optional<Violation> noticed() const {
    for (const Node* side : {&a_, &b_})
      if (!side->observer().violations().empty()) return side->observer().violations().front();
    return std::nullopt;
  }

  /// Both sides hold the same SAs.
  std::optional<Violation> agreement() {
    a_.observer().compare_with(a_.established());
    b_.observer().compare_with(b_.established());
    if (auto violation = noticed()) return violation;
    const auto list = [](const Node& side, bool swap) {
      std::vector<std::string> out;
      for (const sa::IkeSaView& sa : side.established()) {
        out.push_back("IKE SA " + text(sa.spis));
        for (const sa::ChildSaView& child : sa.children)
          out.push_back(fmt::format("Child SA {:08x} {:08x} of {}", (swap ? child.outbound : child.inbound).value,
                                    (swap ? child.inbound : child.outbound).value, text(sa.spis)));
      }
      std::ranges::sort(out);
      return out;
    };
    const auto of_a = list(a_, false), of_b = list(b_, true);
    std::vector<std::string> only_a, only_b;
    std::ranges::set_difference(of_a, of_b, std::back_inserter(only_a));
    std::ranges::set_difference(of_b, of_a, std::back_inserter(only_b));
    if (!only_a.empty()) return Violation{"agreement", "A alone has " + only_a.front()};
    if (!only_b.empty()) return Violation{"agreement", "B alone has " + only_b.front()};
    if (a_.half_open() + b_.half_open() != 0 || a_.held() != a_.established().size() ||
        b_.held() != b_.established().size())
      return Violation{"leak", "IKE SAs that are neither established nor gone"};
    return std::nullopt;
  }

  /// RFC 7296 §2.8.1, §2.25: whatever met on the way, there are no more Child SAs than were asked for: the first one of
  /// the IKE SA that this one goes back to, and the additional ones.
  std::optional<Violation> redundancy() {
    for (const sa::IkeSaView& sa : a_.established()) {
      const auto additional = additional_.find(a_.observer().origin(sa.spis));
      const std::size_t asked = 1 + (additional == additional_.end() ? 0 : additional->second);
      if (sa.children.size() > asked)
        return Violation{"redundancy", fmt::format("{} Child SAs where {} were asked for", sa.children.size(), asked)};
    }
    return std::nullopt;
  }

  /// Every Child SA carries a packet each way, under the keys that each side has for it.
  std::optional<Violation> traffic() {
    for (const sa::IkeSaView& sa : a_.established())
      for (const sa::ChildSaView& child : sa.children) {
        auto at_a = esp_sa(a_, child.inbound, child);
        sa::ChildSaView mirrored = child;
        std::swap(mirrored.inbound, mirrored.outbound);
        std::swap(mirrored.local_ts, mirrored.remote_ts);
        auto at_b = esp_sa(b_, child.outbound, mirrored);
        if (!at_a || !at_b || !crosses(*at_a, *at_b, "10.1.0.1", "10.2.0.1") ||
            !crosses(*at_b, *at_a, "10.2.0.1", "10.1.0.1"))
          return Violation{"traffic", fmt::format("Child SA {:08x} carries nothing", child.inbound.value)};
        packets_ += 2;
      }
    return std::nullopt;
  }

  static std::optional<esp::EspSa> esp_sa(const Node& side, ChildSpi inbound, const sa::ChildSaView& view) {
    const sa::ChildKeyEntry* entry = side.observer().keys_of(inbound);
    if (!entry) return std::nullopt;
    const bool we_asked = entry->spi_to_initiator == inbound;
    esp::EspSaSettings settings;
    settings.suite = entry->suite;
    settings.inbound = inbound;
    settings.outbound = view.outbound;
    settings.encr_in = we_asked ? entry->keys.encr_r : entry->keys.encr_i;
    settings.integ_in = we_asked ? entry->keys.integ_r : entry->keys.integ_i;
    settings.encr_out = we_asked ? entry->keys.encr_i : entry->keys.encr_r;
    settings.integ_out = we_asked ? entry->keys.integ_i : entry->keys.integ_r;
    settings.local_ts = view.local_ts;
    settings.remote_ts = view.remote_ts;
    return esp::EspSa::create(std::move(settings));
  }

  bool crosses(esp::EspSa& from, esp::EspSa& to, const char* source, const char* destination) {
    esp::Echo echo;
    echo.source = *IpAddress::parse(source);
    echo.destination = *IpAddress::parse(destination);
    const Bytes inner = esp::build_echo(echo);
    const auto packet = from.protect(inner, weather_random_);
    if (!packet) return false;
    const auto out = to.accept(*packet, a_.address(), b_.address());
    return out && equal(out->packet, inner);
  }

  /// A new IKE SA comes up on the healed network, and when all are deleted nothing is left.
  std::optional<Violation> closes() {
    const std::size_t before = a_.ike_sas();
    command(a_, sa::Initiate{{a_.address(), kIkePort}, {b_.address(), kIkePort}});
    run_until(network_.now() + seconds(15));
    if (a_.ike_sas() == before) return Violation{"traffic", "no new IKE SA comes up after healing"};
    if (auto violation = agreement()) return violation;
    if (auto violation = traffic()) return violation;
    for (const sa::IkeSaView& sa : a_.established()) command(a_, sa::DeleteIkeSa{sa.spis});
    run_until(network_.now() + seconds(60));
    if (auto violation = noticed()) return violation;
    if (sabotage_ != Sabotage::LoseDeletes && a_.held() + b_.held() != 0)
      return Violation{"leak", fmt::format("{} and {} IKE SAs left after all were deleted", a_.held(), b_.held())};
    return std::nullopt;
  }

  const Schedule& schedule_;
  Sabotage sabotage_;
  transport::MemoryNetwork network_;
  SeededRandom weather_random_;
  Node a_, b_;
  std::map<IkeSpis, std::size_t> additional_;  ///< Child SAs asked for, by the first IKE SA of a series of rekeyings
  std::size_t packets_{};
};

bool violates(const Schedule& schedule, const std::string& invariant, Sabotage sabotage) {
  const auto outcome = run(schedule, sabotage);
  return outcome.violation && outcome.violation->invariant == invariant;
}

}  // namespace

Outcome run(const Schedule& schedule, Sabotage sabotage, std::string* story) {
  return World(schedule, sabotage, story).run();
}

Schedule shrink(Schedule schedule, const Violation& violation, Sabotage sabotage) {
  const auto keep = [&](Schedule candidate) {
    if (!violates(candidate, violation.invariant, sabotage)) return false;
    schedule = std::move(candidate);
    return true;
  };
  // Actions go in runs of half the list, of a quarter ..., of one.
  for (std::size_t size = std::max<std::size_t>(schedule.actions.size() / 2, 1);; size /= 2) {
    for (std::size_t at = 0; at + size <= schedule.actions.size();) {
      Schedule fewer = schedule;
      const auto first = fewer.actions.begin() + static_cast<std::ptrdiff_t>(at);
      fewer.actions.erase(first, first + static_cast<std::ptrdiff_t>(size));
      if (!keep(std::move(fewer))) ++at;
    }
    if (size <= 1) break;
  }
  using Calm = std::function<void(Schedule&)>;
  const std::vector<Calm> calmer{
      [](Schedule& s) { s.weather = {}; },
      [](Schedule& s) { s.weather.loss = 0; },
      [](Schedule& s) { s.weather.duplication = 0; },
      [](Schedule& s) { s.weather.reordering = 0; },
      [](Schedule& s) { s.weather.short_delay = 0; },
      [](Schedule& s) { s.weather.long_delay = 0; },
      [](Schedule& s) { s.clock_a = {}; },
      [](Schedule& s) { s.clock_b = {}; },
      [](Schedule& s) { s.cookies = false; },
      [](Schedule& s) { s.fragments = false; },
      [](Schedule& s) { s.mobike = false; },
      [](Schedule& s) { s.window = 1; },
      [](Schedule& s) { s.perfect_forward_secrecy = false; },
  };
  for (const Calm& calm : calmer) {
    Schedule candidate = schedule;
    calm(candidate);
    keep(std::move(candidate));
  }
  return schedule;
}

}  // namespace ikevet::sim
