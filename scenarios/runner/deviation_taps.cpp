#include "scenarios/runner/deviation_taps.hpp"

#include <utility>

#include "scenarios/runner/mutate.hpp"
#include "scenarios/runner/proposal_strings.hpp"

namespace ikevet::scenarios {
namespace {

/// Padding of about so many octets that fills whole blocks of any cipher, Pad Length last.
Bytes padding_for(std::size_t payloads, std::size_t about) {
  constexpr std::size_t kBlock = 16;
  while (about > 0 && (payloads + about + 1) % kBlock != 0) --about;
  if ((payloads + about + 1) % kBlock != 0) about = (kBlock - (payloads + 1) % kBlock) % kBlock;
  Bytes out;
  for (std::size_t i = 0; i < about; ++i) out.push_back(static_cast<std::uint8_t>(0xa5 ^ i));
  out.push_back(static_cast<std::uint8_t>(about));
  return out;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------- what
// leaves

std::optional<SetField> DeviationTap::value_of(const FieldCopy& copy) const {
  if (copy.from == FieldCopy::From::OwnFirst) {
    const auto known = own_first_.find(copy.source);
    return known == own_first_.end() ? std::nullopt : std::optional(known->second);
  }
  if (!latest_) return std::nullopt;
  return field_of(in_clear(latest_->outer.header, latest_->payloads()), copy.source);
}

void DeviationTap::on_payloads(sa::OutboundMessage& message) {
  passing_.clear();
  matcher_.note_begin(message.header);
  for (const OutboundDeviation& rule : rules_) {
    for (const FieldCopy& copy : rule.copy) {
      if (copy.from != FieldCopy::From::OwnFirst || own_first_.contains(copy.source)) continue;
      if (auto value = field_of(in_clear(message.header, message.payloads), copy.source))
        own_first_.emplace(copy.source, std::move(*value));
    }
    if (!matcher_.takes(rule.when, record_of(message), false)) continue;
    passing_.push_back(&rule);
    for (const Mutation& mutation : rule.mutate)
      if (mutation.layer == Layer::Values) complaints_.note(alter_values(mutation.action, message));
    for (const FieldCopy& copy : rule.copy) {
      auto value = value_of(copy);
      if (!value) continue;
      value->path = copy.field;
      complaints_.note(alter_values(std::move(*value), message));
    }
    if (rule.in_clear) message.encrypted = false;
  }
}

void DeviationTap::on_plaintext(const sa::OutboundMessage& message, sa::Plaintext& plaintext) {
  for (const OutboundDeviation* rule : passing_) {
    for (const Mutation& mutation : rule->mutate)
      if (mutation.layer == Layer::BeforeIntegrity)
        complaints_.note(alter_plaintext(mutation.action, wire::first_type(message.payloads), plaintext.payloads));
    if (rule->padding) plaintext.padding = padding_for(plaintext.payloads.size(), *rule->padding);
  }
}

void DeviationTap::on_message(const sa::OutboundMessage&, Bytes& octets) {
  for (const OutboundDeviation* rule : passing_)
    for (const Mutation& mutation : rule->mutate)
      if (mutation.layer == Layer::AfterIntegrity) complaints_.note(alter_message(mutation.action, octets));
}

// ----------------------------------------------------------------------------------------------------------- decisions

bool DeviationDecisions::accept_auth(bool verified) {
  if (overrides_.accept_auth) return *overrides_.accept_auth;
  return base_ ? base_->accept_auth(verified) : verified;
}

bool DeviationDecisions::demand_cookie(std::size_t half_open, std::optional<std::size_t> threshold) {
  return base_ ? base_->demand_cookie(half_open, threshold) : Decisions::demand_cookie(half_open, threshold);
}

bool DeviationDecisions::accept_cookie(bool valid) {
  if (overrides_.accept_cookie) return *overrides_.accept_cookie;
  return base_ ? base_->accept_cookie(valid) : valid;
}

bool DeviationDecisions::accept_message_id(MessageId got, MessageId expected) {
  if (overrides_.accept_message_id) return *overrides_.accept_message_id;
  return base_ ? base_->accept_message_id(got, expected) : got == expected;
}

std::vector<wire::TrafficSelector> DeviationDecisions::narrow(const std::vector<wire::TrafficSelector>& proposed,
                                                              std::vector<wire::TrafficSelector> narrowed) {
  if (!overrides_.narrow) return narrowed;
  if (overrides_.narrow->empty()) return proposed;
  std::vector<wire::TrafficSelector> out;
  for (const std::string& range : *overrides_.narrow) out.push_back(parse_traffic_selector(range));
  return out;
}

bool DeviationDecisions::discard_bad_integrity() { return base_ ? base_->discard_bad_integrity() : true; }

// ---------------------------------------------------------------------------------------------------------------- keys

void DeviationKeyLog::ike_keys(const IkeSpis& spis, const crypto::IkeSuite& suite, const keys::SaKeys& sa_keys) {
  closer_.add(spis, suite, sa_keys);
  if (std::exchange(leading_zero_, false)) zero_led_.push_back(spis);
  if (next_) next_->ike_keys(spis, suite, sa_keys);
}

bool DeviationKeyLog::deviates(const crypto::ChildSuite& suite) const {
  switch (how_.child) {
    case KeyDeviation::Child::None:
      return false;
    case KeyDeviation::Child::All:
      return true;
    case KeyDeviation::Child::WithKeyExchange:
      return suite.group != wire::DhGroup::NONE;
    case KeyDeviation::Child::UnusedKeyExchange:
      return suite.group == wire::DhGroup::NONE && latest_ &&
             latest_->outer.header.exchange == wire::ExchangeType::CREATE_CHILD_SA &&
             wire::find<wire::KeyExchange>(latest_->payloads()) != nullptr;
  }
  return false;
}

void DeviationKeyLog::child_keys(const sa::ChildKeyEntry& entry) {
  if (next_ == nullptr) return;
  sa::ChildKeyEntry told = entry;
  if (deviates(entry.suite))
    for (SecretBytes* key : {&told.keys.encr_i, &told.keys.integ_i, &told.keys.encr_r, &told.keys.integ_r})
      *key = unrelated(*key);
  next_->child_keys(told);
}

void DeviationKeyLog::child_moved(ChildSpi inbound, ChildSpi outbound, const Endpoint& local, const Endpoint& remote) {
  if (next_) next_->child_moved(inbound, outbound, local, remote);
}

}  // namespace ikevet::scenarios
