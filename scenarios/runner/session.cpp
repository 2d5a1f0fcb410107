#include "scenarios/runner/session.hpp"

#include <algorithm>

#include "scenarios/runner/peer_setup.hpp"

namespace ikevet::scenarios {
namespace {

/// How often a running command is looked at.
constexpr Duration kCommandGlance = std::chrono::milliseconds(10);

/// One source of randomness for each party, so that one more draw by one does not shift the other's values.
constexpr std::uint64_t kHarnessLabel = 1;
constexpr std::uint64_t kHarnessPlaneLabel = 3;

/// Of the dummy packets that a scenario asks for.
constexpr std::size_t kDummySize = 64;

}  // namespace

std::unique_ptr<RandomSource> Session::make_random(const Scenario& scenario, const RunOptions& options,
                                                   std::uint64_t label) {
  if (!options.seed) return std::make_unique<OsRandom>();
  SeededRandom root(scenario_seed(*options.seed, scenario.id));
  return std::make_unique<SeededRandom>(root.fork(label));
}

esp::DataPlaneOptions Session::plane_options(const Scenario& scenario, const Target& target, const Link& link) {
  esp::DataPlaneOptions out;
  out.nat_t_port = link.harness_nat_t.port;
  out.peer_nat_t_port = link.dut_nat_t.port;
  out.always_udp = !link.transport.sends_bare_esp();
  out.tfc_multiple = scenario.config.child.tfc_multiple.value_or(target.harness_config.child.tfc_multiple.value_or(0));
  return out;
}

sa::Config Session::make_config(const Scenario& scenario, const Target& target, const Link& link,
                                const RunOptions& options) {
  sa::Config config = harness_config(target, scenario.config, options.time_scale);
  config.ike_port = link.harness_ike.port;
  config.nat_t_port = link.harness_nat_t.port;
  config.peer_nat_t_port = link.dut_nat_t.port;
  if (options.beside_a_bystander) config.announce_initial_contact = false;
  return config;
}

Session::Session(const Scenario& scenario, const Target& target, const Link& link, const RunOptions& options)
    : scenario_(scenario),
      target_(target),
      link_(link),
      time_scale_(options.time_scale),
      random_(std::make_unique<ChosenRandom>(make_random(scenario, options, kHarnessLabel))),
      plane_random_(make_random(scenario, options, kHarnessPlaneLabel)),
      recorder_(target.dut_address, *random_),
      tap_([this](const sa::OutboundMessage& message,
                  const sa::Plaintext& plaintext) { return recorder_.seal(message, plaintext); },
           [this](const sa::OutboundMessage& message) { return recorder_.sk_sizes(message); },
           [this](const Bytes& honest, Bytes altered) { recorder_.replace_next(honest, std::move(altered)); }),
      plane_(plane_options(scenario, target, link), *plane_random_),
      plane_keys_(plane_, &recorder_),
      engine_(make_config(scenario, target, link, options), *random_, sa::Seams{&tap_, nullptr, nullptr, &plane_keys_}),
      driver_(link_.transport, engine_, recorder_, &plane_) {
  for (const IpAddress& address : target.dut_other_addresses) recorder_.also_from(address);
}

sa::Initiate Session::initiation() const {
  const bool on_4500 = scenario_.config.nat.begin_on_4500.value_or(false);
  return on_4500 ? sa::Initiate{link_.harness_nat_t, link_.dut_nat_t} : sa::Initiate{link_.harness_ike, link_.dut_ike};
}

Duration Session::scaled(Duration duration) const { return scale(duration, time_scale_); }

Instant Session::next_look(Instant until) const {
  if (trigger_.kind != TriggerState::Kind::Running) return until;
  return std::min(until, now() + kCommandGlance);
}

bool Session::pump(Instant until, const Condition& done) {
  while (!interrupted()) {
    poll_trigger();
    if (done()) return true;
    if (now() >= until) return false;
    // With something held the engine stands still: it would ask again for what has come already.
    const auto arrival = holding() ? driver_.listen(next_look(until)) : driver_.wait(next_look(until));
    if (arrival) take(*arrival);
  }
  return false;
}

bool Session::pump_in_silence(Instant until, const Condition& done) {
  while (!interrupted()) {
    poll_trigger();
    if (done()) return true;
    if (now() >= until) return false;
    if (driver_.listen_only(next_look(until)) && recorder_.arrived().message)
      seen_.push_back({*recorder_.arrived().message, false, true});
  }
  return false;
}

void Session::take(const transport::Arrival& arrival) {
  const Recorder::Arrived& arrived = recorder_.arrived();
  if (arrived.stranger || arrived.lost) {
    if (arrived.message) seen_.push_back({*arrived.message, false, true});
    return;
  }
  if (!arrived.message) return driver_.deliver(arrival.datagram);  // ESP for the data plane; garbage to be discarded
  seen_.push_back({*arrived.message, false, false});
  // What comes after something that is held waits behind it: the engine sees things in their order.
  if (holding() || (wanted_ && wanted_(trace().messages[*arrived.message])))
    held_.push_back({*arrived.message, arrival.datagram});
  else
    driver_.deliver(arrival.datagram);
}

void Session::consume(std::size_t message) {
  const auto found = std::ranges::find(seen_, message, &Seen::message);
  if (found != seen_.end()) found->consumed = true;
}

bool Session::holds_request_of(wire::ExchangeType exchange) const {
  return std::ranges::any_of(held_, [&](const Held& held) {
    const wire::IkeHeader& header = trace().messages[held.message].outer.header;
    return header.is_request() && header.exchange == exchange;
  });
}

void Session::deliver_first_held() {
  const Datagram datagram = std::move(held_.front().datagram);
  held_.pop_front();
  driver_.deliver(datagram);
}

void Session::release() {
  while (holding()) deliver_first_held();
}

bool Session::is_wanted(const Held& held) const {
  const auto seen = std::ranges::find(seen_, held.message, &Seen::message);
  return wanted_ && !seen->consumed && wanted_(trace().messages[held.message]);
}

void Session::release_unwanted() {
  while (holding() && !is_wanted(held_.front())) deliver_first_held();
}

void Session::send_raw(const Datagram& datagram) {
  recorder_.injected(datagram, now());
  link_.transport.send(datagram);
}

bool Session::ping(const esp::PingPlan& plan) {
  const auto complete = plane_.complete(plan);
  if (complete) driver_.dispatch(plane_.ping(*complete, now()));
  return complete.has_value();
}

void Session::stop_ping() { driver_.dispatch(plane_.stop_ping(now())); }

void Session::send_dummies(int count) {
  for (int i = 0; i < count; ++i) driver_.dispatch(plane_.send_dummy(kDummySize, now()));
}

std::vector<IpAddress> Session::harness_addresses() const {
  std::vector<IpAddress> out = target_.harness_other_addresses;
  out.insert(out.begin(), link_.harness_ike.address);
  return out;
}

std::vector<IpAddress> Session::dut_addresses() const {
  std::vector<IpAddress> out = target_.dut_other_addresses;
  out.insert(out.begin(), link_.dut_ike.address);
  return out;
}

void Session::note_experiment(const ScenarioTap::Made& made) {
  if (made.altered && !made.once && !made.response) experiments_.push_back({made.spis, made.message_id});
}

bool Session::answered(const Experiment& experiment) const {
  // In the first exchange the responder's SPI is not known yet when the request leaves.
  const auto same_sa = [&](const IkeSpis& spis) {
    return spis == experiment.spis || (experiment.spis.r.is_zero() && spis.i == experiment.spis.i);
  };
  return std::ranges::any_of(trace().events, [&](const trace::EventRecord& record) {
    if (const auto* e = std::get_if<trace::RequestAnswered>(&record.event))
      return same_sa(e->ike) && e->message_id == experiment.message_id;
    if (const auto* e = std::get_if<trace::RequestRefused>(&record.event))
      return same_sa(e->ike) && e->message_id == experiment.message_id;
    if (const auto* e = std::get_if<trace::IkeSaKeyed>(&record.event))
      return experiment.spis.r.is_zero() && same_sa(e->spis);
    if (const auto* e = std::get_if<trace::RequestRepeatedWith>(&record.event))
      return experiment.spis.r.is_zero() && same_sa(e->ike);
    if (const auto* e = std::get_if<trace::IkeSaEstablished>(&record.event))
      return e->we_are_original_initiator && same_sa(e->spis) && experiment.message_id == MessageId{1};
    return false;
  });
}

void Session::write_off_experiments() {
  for (const Experiment& experiment : std::exchange(experiments_, {})) {
    if (answered(experiment)) continue;
    const auto views = engine_.ike_sas();
    const auto sa = std::ranges::find(views, experiment.spis, &sa::IkeSaView::spis);
    if (sa == views.end()) continue;
    if (sa->stage == sa::IkeSaView::Stage::Established)
      driver_.command(sa::Retract{sa->spis});
    else
      driver_.command(sa::Abandon{sa->spis});
  }
}

bool Session::set_up_in_progress() const {
  const bool ours = scenario_.harness == Role::Initiator;
  return std::ranges::any_of(engine_.ike_sas(), [&](const sa::IkeSaView& view) {
    return view.stage != sa::IkeSaView::Stage::Established && view.we_are_original_initiator == ours;
  });
}

TriggerState Session::trigger(const std::string& name) {
  if (const DeviceCall* call = link_.dut.call(name); call != nullptr && call->packet) {
    esp::PingPlan plan;
    plan.udp = call->packet->udp;
    plan.count = static_cast<std::uint16_t>(call->packet->count);
    trigger_ = ping(plan) ? TriggerState{TriggerState::Kind::Fired, ""}
                          : TriggerState{TriggerState::Kind::Failed,
                                         "trigger " + name + ": no Child SA carries a packet to the device"};
    return trigger_;
  }
  trigger_ = link_.dut.trigger(name, now());
  return trigger_;
}

void Session::poll_trigger() {
  if (trigger_.kind == TriggerState::Kind::Running) trigger_ = link_.dut.poll(now());
}

std::vector<std::size_t> Session::frames_since(std::size_t first_message, std::optional<trace::Party> of) const {
  std::vector<std::size_t> out;
  for (std::size_t i = first_message; i < trace().messages.size(); ++i) {
    const trace::MessageRecord& message = trace().messages[i];
    if (message.frame != 0 && (!of || message.from == *of)) out.push_back(message.frame);
  }
  return out;
}

}  // namespace ikevet::scenarios
