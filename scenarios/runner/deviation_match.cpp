#include "scenarios/runner/deviation_match.hpp"

#include <algorithm>

#include "engine/crypto/hash.hpp"

namespace ikevet::scenarios {
namespace {

/// More than this many different datagrams are not remembered.
constexpr std::size_t kRemembered = 4096;

bool as_is_asked(const std::optional<bool>& wanted, bool is) { return !wanted || *wanted == is; }

}  // namespace

trace::MessageRecord record_of(const sa::OutboundMessage& message) {
  trace::MessageRecord out;
  out.from = trace::Party::Dut;
  out.outer.header = message.header;
  if (message.encrypted) {
    out.protection = trace::Protection::Opened;
    out.outer.payloads = message.clear;
    out.inner = message.payloads;
  } else {
    out.outer.payloads = message.payloads;
  }
  return out;
}

bool DeviationMatcher::is_odd(const DeviationWhen& when, const trace::MessageRecord& message) const {
  return std::ranges::all_of(when.odd, [&](Oddity oddity) {
    if (oddity == Oddity::Padded) return closer_.has_more_padding(message);
    return scenarios::is_odd(oddity, message) || fragments_.is(oddity, message);
  });
}

bool DeviationMatcher::takes(const DeviationWhen& when, const trace::MessageRecord& message, bool repeated) {
  const wire::IkeHeader& header = message.outer.header;
  if (!matches(when.message, message) || !is_odd(when, message)) return false;
  const auto& list = message.payloads();
  if (when.not_first && (list.empty() || list.front().type() == *when.not_first)) return false;
  const auto& sas = book_.ike_sas();
  const bool ours_began =
      message.from == trace::Party::Dut ? header.is_from_original_initiator() : !header.is_from_original_initiator();
  const bool fits = as_is_asked(when.repeated, repeated) && as_is_asked(when.known, closer_.knows(header.spis)) &&
                    as_is_asked(when.established, std::ranges::find(sas, header.spis) != sas.end()) &&
                    as_is_asked(when.successor, is_successor(header.spis)) && as_is_asked(when.initiator, ours_began) &&
                    as_is_asked(when.marked, message.marker);
  if (!fits) return false;
  const int count = ++matches_[&when];
  return when.nth ? count == *when.nth : count >= when.since;
}

bool DeviationMatcher::has_passed(const Datagram& datagram, bool own) {
  if (passed_.size() > kRemembered) passed_.clear();
  const Bytes digest = crypto::sha256(BytesView(datagram.payload));
  std::string key(digest.begin(), digest.end());
  key.push_back(own ? '>' : '<');
  return !passed_.insert(std::move(key)).second;
}

void DeviationMatcher::note_arrival(const trace::MessageRecord& message) {
  note_begin(message.outer.header);
  fragments_.note(message);
}

void DeviationMatcher::note_begin(const wire::IkeHeader& header) {
  if (header.exchange == wire::ExchangeType::IKE_SA_INIT) begun_.insert(header.spis.i);
}

}  // namespace ikevet::scenarios
