#include "reports/cost/exchanges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace ikevet::reports {

using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;

namespace {

using Key = std::tuple<Party, IkeSpi, IkeSpi, std::uint32_t, ExchangeType>;

/// In IKE_SA_INIT the responder's SPI is in the response alone (RFC 7296 §3.1), and a request that repeats a cookie is
/// another request with the same Message ID (§2.6).
Key key_of(const MessageRecord& message) {
  const wire::IkeHeader& header = message.outer.header;
  const bool first =
      header.exchange == ExchangeType::IKE_SA_INIT || header.exchange == ExchangeType::IKE_SESSION_RESUME;
  const Party asked = header.is_request() ? message.from : message.from == Party::Dut ? Party::Harness : Party::Dut;
  return {asked, header.spis.i, first ? IkeSpi{} : header.spis.r, header.message_id.value, header.exchange};
}

bool is_fragment(const MessageRecord& message) {
  return wire::find<wire::EncryptedFragment>(message.outer.payloads) != nullptr;
}

/// What the answer asks for instead of answering.
std::string sent_back_with(const MessageRecord& response) {
  for (const wire::NotifyType type : {wire::NotifyType::COOKIE, wire::NotifyType::INVALID_KE_PAYLOAD})
    if (response.outer.header.exchange == ExchangeType::IKE_SA_INIT &&
        wire::find_notify(response.outer.payloads, type) != nullptr)
      return std::string(wire::name_or_number(type));
  return {};
}

class Collector {
 public:
  explicit Collector(const trace::Trace& trace) : trace_(trace) {}

  std::vector<Exchange> collect() {
    for (std::size_t i = 0; i < trace_.messages.size(); ++i) {
      const MessageRecord& message = trace_.messages[i];
      if (fate(message) == trace::Fate::Injected) continue;
      if (message.outer.header.is_request()) {
        note_request(i, message);
      } else {
        note_response(i, message);
      }
    }
    note_gaps();
    return std::move(out_);
  }

 private:
  struct Open {
    std::size_t exchange{};
    std::vector<std::size_t> requests, responses;  ///< indices of the messages, each octet string once
    Instant last_request;
  };

  trace::Fate fate(const MessageRecord& message) const {
    return message.packet < trace_.packets.size() ? trace_.packets[message.packet].fate : trace::Fate::Delivered;
  }

  /// The same octets were sent before: a retransmission, RFC 7296 §2.1.
  bool known(const std::vector<std::size_t>& messages, const MessageRecord& message) const {
    return std::ranges::any_of(messages, [&](std::size_t i) { return trace_.messages[i].octets == message.octets; });
  }

  void note_request(std::size_t index, const MessageRecord& message) {
    const Key key = key_of(message);
    auto found = open_.find(key);
    if (found != open_.end() && known(found->second.requests, message)) {
      count(found->second, message);
      ++out_[found->second.exchange].copies;
      if (found->second.responses.empty()) found->second.last_request = message.at;
      return;
    }
    const bool more_of_it = found != open_.end() && found->second.responses.empty() && is_fragment(message) &&
                            is_fragment(trace_.messages[found->second.requests.front()]);
    if (!more_of_it) {
      Exchange exchange;
      exchange.type = message.outer.header.exchange;
      exchange.initiator = message.from;
      exchange.spis = message.outer.header.spis;
      exchange.message_id = message.outer.header.message_id;
      exchange.request = index;
      if (found != open_.end() && !found->second.responses.empty())
        exchange.note = sent_back_with(trace_.messages[found->second.responses.front()]);
      out_.push_back(std::move(exchange));
      found = open_.insert_or_assign(key, Open{out_.size() - 1, {}, {}, {}}).first;
    }
    found->second.requests.push_back(index);
    found->second.last_request = message.at;
    ++out_[found->second.exchange].request_packets;
    count(found->second, message);
  }

  void note_response(std::size_t index, const MessageRecord& message) {
    const auto found = open_.find(key_of(message));
    if (found == open_.end()) return;  // to a request that the capture does not have
    Open& open = found->second;
    Exchange& exchange = out_[open.exchange];
    count(open, message);
    const bool copy = known(open.responses, message);
    const bool more_of_it =
        !open.responses.empty() && is_fragment(message) && is_fragment(trace_.messages[open.responses.front()]);
    if (copy || (!open.responses.empty() && !more_of_it)) {
      ++exchange.copies;
      return;
    }
    if (open.responses.empty()) {
      exchange.response = index;
      exchange.answer = message.at - open.last_request;
    }
    open.responses.push_back(index);
    ++exchange.response_packets;
  }

  void count(const Open& open, const MessageRecord& message) {
    Exchange& exchange = out_[open.exchange];
    if (message.packet < trace_.packets.size()) exchange.octets += wire_octets(trace_.packets[message.packet].datagram);
    if (message.frame != 0) exchange.frames.push_back(message.frame);
    if (fate(message) == trace::Fate::DroppedByScenario) ++exchange.lost;
  }

  /// Within a set-up the next request follows from the response before it.
  void note_gaps() {
    std::map<std::pair<Party, IkeSpi>, std::size_t> last;
    for (std::size_t i = 0; i < out_.size(); ++i) {
      Exchange& exchange = out_[i];
      if (!sets_up(exchange.type)) continue;
      const std::pair of(exchange.initiator, exchange.spis.i);
      if (const auto before = last.find(of); before != last.end() && out_[before->second].response) {
        const Instant answered = trace_.messages[*out_[before->second].response].at;
        const Instant asked = trace_.messages[exchange.request].at;
        if (asked >= answered) exchange.before = asked - answered;
      }
      last.insert_or_assign(of, i);
    }
  }

  static bool sets_up(ExchangeType type) {
    return type == ExchangeType::IKE_SA_INIT || type == ExchangeType::IKE_SESSION_RESUME ||
           type == ExchangeType::IKE_INTERMEDIATE || type == ExchangeType::IKE_AUTH;
  }

  const trace::Trace& trace_;
  std::vector<Exchange> out_;
  std::map<Key, Open> open_;
};

std::size_t count_of(const SetUp& set_up, const std::vector<Exchange>& exchanges, ExchangeType type) {
  return static_cast<std::size_t>(
      std::ranges::count_if(set_up.exchanges, [&](std::size_t i) { return exchanges[i].type == type; }));
}

void finish(SetUp& set_up, const trace::Trace& trace, const std::vector<Exchange>& exchanges) {
  const Exchange& last = exchanges[set_up.exchanges.back()];
  if (last.type == ExchangeType::IKE_AUTH && last.response) {
    const MessageRecord& answer = trace.messages[*last.response];
    const bool readable = answer.protection == trace::Protection::Opened;
    set_up.complete = !readable || wire::find<wire::Authentication>(answer.payloads()) != nullptr;
  }
  std::size_t copies = 0, fragments = 0;
  for (const std::size_t i : set_up.exchanges) {
    const Exchange& exchange = exchanges[i];
    if (!exchange.note.empty()) set_up.extras.push_back(exchange.note);
    copies += exchange.copies;
    if (exchange.request_packets > 1) fragments += exchange.request_packets;
    if (exchange.response_packets > 1) fragments += exchange.response_packets;
  }
  if (const std::size_t n = count_of(set_up, exchanges, ExchangeType::IKE_INTERMEDIATE); n != 0)
    set_up.extras.push_back(fmt::format("{} IKE_INTERMEDIATE", n));
  if (const std::size_t n = count_of(set_up, exchanges, ExchangeType::IKE_AUTH); n > 1)
    set_up.extras.push_back(fmt::format("{} more IKE_AUTH", n - 1));
  if (fragments != 0) set_up.extras.push_back(fmt::format("{} fragments", fragments));
  if (copies != 0) set_up.extras.push_back(fmt::format("{} repeated", copies));
}

}  // namespace

std::size_t wire_octets(const Datagram& datagram) {
  constexpr std::size_t kUdp = 8, kIpv4 = 20, kIpv6 = 40;
  return datagram.payload.size() + kUdp + (datagram.source.address.is_v4() ? kIpv4 : kIpv6);
}

std::vector<Exchange> exchanges_of(const trace::Trace& trace) { return Collector(trace).collect(); }

std::vector<SetUp> set_ups_of(const trace::Trace& trace, const std::vector<Exchange>& exchanges) {
  std::vector<SetUp> out;
  for (std::size_t i = 0; i < exchanges.size(); ++i) {
    const Exchange& exchange = exchanges[i];
    const bool first = exchange.type == ExchangeType::IKE_SA_INIT || exchange.type == ExchangeType::IKE_SESSION_RESUME;
    const auto known = std::ranges::find_if(out, [&](const SetUp& set_up) {
      return set_up.initiator == exchange.initiator && set_up.spi_i == exchange.spis.i;
    });
    const bool later = exchange.type == ExchangeType::IKE_AUTH || exchange.type == ExchangeType::IKE_INTERMEDIATE;
    if (known != out.end() && (first || later)) {
      known->exchanges.push_back(i);
    } else if (first) {
      out.push_back({exchange.initiator, exchange.spis.i, {i}, false, {}});
    }
  }
  for (SetUp& set_up : out) finish(set_up, trace, exchanges);
  return out;
}

}  // namespace ikevet::reports
