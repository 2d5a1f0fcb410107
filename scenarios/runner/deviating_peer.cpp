#include "scenarios/runner/deviating_peer.hpp"

#include <algorithm>

#include "scenarios/runner/mutate.hpp"

namespace ikevet::scenarios {

using Out = transport::Reaction;

DeviatingPeer::DeviatingPeer(const Deviation& deviation, sa::Config config, RandomSource& random, Ends ends,
                             sa::Decisions* decisions, sa::KeyLog* log)
    : deviation_(deviation),
      config_(std::move(config)),
      random_(random),
      ends_(ends),
      log_(log),
      plane_random_(random.u64()),
      closer_(random),
      matcher_(closer_, book_),
      forge_(closer_, complaints_),
      tap_(deviation.outbound, matcher_, complaints_, latest_),
      decisions_(deviation.decisions, decisions),
      keys_(deviation.keys, closer_, latest_) {
  start();
}

DeviatingPeer::~DeviatingPeer() = default;

void DeviatingPeer::start() {
  esp::DataPlaneOptions options;
  options.nat_t_port = config_.nat_t_port;
  options.peer_nat_t_port = config_.peer_nat_t_port;
  options.tfc_multiple = ends_.tfc_multiple;
  options.always_udp = ends_.always_udp;
  plane_ = std::make_unique<esp::DataPlane>(options, plane_random_);
  plane_keys_ = std::make_unique<transport::DataPlaneKeys>(*plane_, log_);
  keys_.set_next(plane_keys_.get());
  sa::Seams seams;
  seams.outbound = &tap_;
  seams.decisions = &decisions_;
  seams.key_log = &keys_;
  engine_ = std::make_unique<sa::Engine>(config_, random_, seams);
  host_ = std::make_unique<transport::EngineHost>(*engine_, plane_.get());
  engine_wake_.reset();
  book_ = {};
}

void DeviatingPeer::reset() {
  start();
  later_.clear();
}

bool DeviatingPeer::keys_deviate(const IkeSpis& spis) const {
  const KeyDeviation& how = deviation_.keys;
  const keys::IkeSaKeySet* sa = how.any() ? closer_.find(spis) : nullptr;
  if (sa == nullptr) return false;
  if (how.only_prf && sa->suite.prf != *how.only_prf) return false;
  if (how.only_aead && !sa->keys.ai.view().empty()) return false;
  if (how.only_leading_zero && !keys_.had_leading_zero(spis)) return false;
  if (how.only_additional && sa->suite.additional == crypto::AdditionalGroups{}) return false;
  return !how.only_successor || matcher_.is_successor(spis);
}

bool DeviatingPeer::cannot_open(const trace::MessageRecord& message) const {
  const KeyDeviation& how = deviation_.keys;
  const bool wrong_keys = !how.order.empty() || how.unrelated || how.without_associated_data;
  return wrong_keys && message.protection != trace::Protection::Clear && keys_deviate(message.outer.header.spis);
}

// ------------------------------------------------------------------------------------------------------- what arrives

void DeviatingPeer::answer_stray(const Datagram& datagram, Out& out) const {
  for (const StrayDeviation& rule : deviation_.strays)
    if (rule.octets == datagram.payload) out.datagrams.push_back({datagram.destination, datagram.source, rule.answer});
}

std::optional<Datagram> DeviatingPeer::admit(const Datagram& arrived, Instant now, Out& out) {
  using Then = InboundDeviation::Then;
  Datagram datagram = arrived;
  auto message = closer_.read(datagram, trace::Party::Harness);
  if (!message) {
    answer_stray(arrived, out);
    return datagram;
  }
  const bool repeated = matcher_.has_passed(arrived, false);
  if (!first_address_) first_address_ = arrived.source.address;
  matcher_.note_begin(message->outer.header);
  if (cannot_open(*message)) return std::nullopt;
  latest_ = *message;
  const trace::MessageRecord as_arrived = *message;
  const auto pass = [&]() -> std::optional<Datagram> {
    for (const InboundDeviation& rule : deviation_.inbound) {
      if (!matcher_.takes(rule.when, *message, repeated)) continue;
      if (rule.answer)
        if (auto made = forge_.reaction(*rule.answer, *message, datagram)) out.datagrams.push_back(std::move(*made));
      if (rule.then == Then::Forget) forget(message->outer.header.spis, now);
      dead_ = dead_ || rule.then == Then::Die;
      if (rule.then != Then::Deliver) return std::nullopt;
      if (rule.mutate.empty() && !rule.protect) continue;
      if (const auto octets = forge_.altered(rule, *message)) datagram.payload = framed(message->marker, *octets);
      message = closer_.read(datagram, trace::Party::Harness);
      if (!message) return datagram;
    }
    return datagram;
  };
  auto admitted = pass();
  matcher_.note_arrival(as_arrived);
  return admitted;
}

Out DeviatingPeer::handle(const Datagram& arrived, Instant now) {
  Out out;
  if (dead_) return out;
  const auto before = closer_.read(arrived, trace::Party::Harness);
  const auto datagram = admit(arrived, now, out);
  if (datagram && !dead_) {
    Out did = host_->handle(*datagram, now);
    const auto shown = closer_.read(*datagram, trace::Party::Harness);
    const bool mirrors = std::ranges::any_of(deviation_.inbound, &InboundDeviation::mirror);
    if (mirrors && before && shown && before->outer.header != shown->outer.header)
      forge_.mirror(before->outer.header, shown->outer.header, did.datagrams);
    emit(std::move(did), now, out);
  }
  // What was closed is opened here with keys that the message itself may have brought about.
  if (const auto message = closer_.read(arrived, trace::Party::Harness)) react(false, *message, now);
  if (dead_) out.datagrams.clear();
  set_wake(out);
  return out;
}

// ---------------------------------------------------------------------------------------------------------- what
// leaves

void DeviatingPeer::redirect(const NetworkDeviation& rule, Datagram& datagram, bool& marked) const {
  if (rule.source_port) datagram.source.port = *rule.source_port;
  if (rule.destination_port) datagram.destination.port = *rule.destination_port;
  if (rule.on_port) {
    datagram.source.port = datagram.destination.port = *rule.on_port;
    marked = *rule.on_port == config_.nat_t_port;
  }
  if (rule.to_first_address && first_address_) datagram.destination.address = *first_address_;
}

void DeviatingPeer::send(Datagram datagram, Instant now, Out& out) {
  const bool repeated = matcher_.has_passed(datagram, true);
  const auto message = closer_.read(datagram, trace::Party::Dut);
  if (!message) return out.datagrams.push_back(std::move(datagram));
  bool marked = message->marker;
  std::vector<Bytes> octets{message->octets};
  if (keys_deviate(message->outer.header.spis))
    if (auto closed = closer_.close_wrongly(*message, deviation_.keys, iv_)) octets = {std::move(*closed)};
  int copies = 1;
  Duration delay{};
  std::vector<Datagram> behind;
  for (const NetworkDeviation& rule : deviation_.network) {
    if (!matcher_.takes(rule.when, *message, repeated)) continue;
    if (rule.drop) copies = 0;
    copies *= rule.copies;
    delay += rule.delay.value_or(Duration{});
    redirect(rule, datagram, marked);
    if (rule.remake || rule.first_inner)
      if (auto closed = closer_.close_again(*message, message->outer.header, rule.first_inner))
        octets = {std::move(*closed)};
    if (rule.fragment)
      if (auto cut = closer_.close_in_fragments(*message, *rule.fragment); !cut.empty()) octets = std::move(cut);
    for (const Mutation& mutation : rule.mutate)
      for (Bytes& one : octets) complaints_.note(alter_message(mutation.action, one));
    if (rule.also)
      if (auto made = forge_.companion(*rule.also, *message, datagram)) behind.push_back(std::move(*made));
  }
  react(true, *message, now);
  for (int i = 0; i < copies; ++i)
    for (const Bytes& one : octets) {
      datagram.payload = framed(marked, one);
      if (delay > Duration{})
        later_.push_back({now + delay, datagram, nullptr, {}});
      else
        out.datagrams.push_back(datagram);
    }
  std::ranges::move(behind, std::back_inserter(out.datagrams));
}

void DeviatingPeer::emit(Out did, Instant now, Out& out) {
  engine_wake_ = did.wake_at;
  for (trace::Event& event : host_->take_events()) {
    book_.note(event);
    events_.push_back(std::move(event));
  }
  for (Datagram& datagram : did.datagrams) send(std::move(datagram), now, out);
}

// ------------------------------------------------------------------------------------------------------- what it
// begins

void DeviatingPeer::react(bool own, const trace::MessageRecord& message, Instant now) {
  for (const Reaction& reaction : deviation_.react)
    if (reaction.own == own && matcher_.takes(reaction.when, message, false))
      later_.push_back({now + reaction.after, std::nullopt, &reaction, message.outer.header.spis});
}

void DeviatingPeer::act(const Reaction& reaction, IkeSpis spis, Instant now, Out& out) {
  const auto command = [&](const sa::Command& what) { emit(host_->command(what, now), now, out); };
  if (reaction.command == "initiate") return command(sa::Initiate{ends_.self, ends_.other});
  if (reaction.command == "forget") return forget(spis, now);
  const auto& sas = book_.ike_sas();
  const bool there = std::ranges::find(sas, spis) != sas.end();
  const auto ike = there ? std::optional(spis) : book_.newest_ike();
  if (!ike) return;
  if (reaction.command == "reauthenticate") return command(sa::Initiate{ends_.self, ends_.other, {}, *ike});
  if (reaction.command == "rekey_ike") return command(sa::RekeyIkeSa{*ike});
  if (reaction.command == "delete_ike") return command(sa::DeleteIkeSa{*ike});
  if (reaction.command == "create_child") return command(sa::CreateChildSa{*ike, {}, {}});
  if (reaction.command == "liveness") return command(sa::CheckLiveness{*ike});
  if (reaction.command == "inform") {
    sa::OutboundMessage message;
    for (const Mutation& mutation : reaction.make) complaints_.note(alter_values(mutation.action, message));
    return command(sa::SendInformational{*ike, std::move(message.payloads)});
  }
  const auto child = reaction.command == "delete_old_child" ? oldest_child(*ike) : book_.newest_child(*ike);
  if (!child) return;
  if (reaction.command == "rekey_child")
    command(sa::RekeyChildSa{*ike, *child});
  else
    command(sa::DeleteChildSa{*ike, *child});
}

std::optional<ChildSpi> DeviatingPeer::oldest_child(IkeSpis ike) const {
  for (const sa::IkeSaView& view : engine_->ike_sas())
    if (view.spis == ike && !view.children.empty()) return view.children.front().inbound;
  return std::nullopt;
}

void DeviatingPeer::forget(IkeSpis spis, Instant now) {
  for (const sa::IkeSaView& view : engine_->ike_sas()) {
    if (view.spis != spis) continue;
    Out nothing;
    emit(host_->command(sa::Abandon{spis}, now), now, nothing);
    return;
  }
}

// ---------------------------------------------------------------------------------------------------------------- time

void DeviatingPeer::set_wake(Out& out) const {
  out.wake_at = engine_wake_;
  for (const Later& later : later_)
    if (!out.wake_at || later.at < *out.wake_at) out.wake_at = later.at;
}

Out DeviatingPeer::tick(Instant now) {
  Out out;
  if (dead_) return out;
  std::vector<Later> due;
  std::erase_if(later_, [&](const Later& later) {
    if (later.at > now) return false;
    due.push_back(later);
    return true;
  });
  for (Later& one : due) {
    if (one.datagram) out.datagrams.push_back(std::move(*one.datagram));
    if (one.reaction != nullptr) act(*one.reaction, one.spis, now, out);
  }
  if (engine_wake_ && *engine_wake_ <= now) emit(host_->tick(now), now, out);
  set_wake(out);
  return out;
}

Out DeviatingPeer::command(const sa::Command& command, Instant now) {
  Out out;
  if (!dead_) emit(host_->command(command, now), now, out);
  set_wake(out);
  return out;
}

std::optional<Out> DeviatingPeer::ping(Instant now) {
  const auto plan = plane_->complete({});
  if (dead_ || !plan) return std::nullopt;
  Out out;
  emit(host_->react(plane_->ping(*plan, now), now), now, out);
  set_wake(out);
  return out;
}

}  // namespace ikevet::scenarios
