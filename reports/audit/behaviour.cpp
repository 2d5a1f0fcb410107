// The checks of how a device uses keys, and of what it sends before it knows its peer.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "reports/audit/observations.hpp"
#include "reports/cost/exchanges.hpp"
#include "reports/trace_view.hpp"

namespace ikevet::reports {

using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;

namespace {

/// Runs against the built-in device repeat its random numbers in each scenario on purpose: the same seed gives the same
/// octets. Only what comes twice within a scenario is then the device's doing.
bool seeded(const RunReport& report) { return report.info.target == "embedded" || report.info.target == "loopback"; }

std::vector<std::size_t> frames_of(const MessageRecord& message) {
  return message.frame == 0 ? std::vector<std::size_t>() : std::vector<std::size_t>{message.frame};
}

BehaviourCheck make(const char* id, const char* title, const char* source) {
  BehaviourCheck out;
  out.id = id;
  out.title = title;
  out.source = source;
  return out;
}

void for_each_message(const RunReport& report,
                      const std::function<void(const std::string&, const TraceView&, const MessageRecord&)>& look) {
  for (const PlayedScenario& played : report.played) {
    const TraceView view(played.run.trace);
    for (const std::size_t index : view.fresh()) look(played.scenario.id, view, view.message(index));
  }
}

// --------------------------------------------------------------------------------------------------- forward secrecy

bool makes_child_sa(const MessageRecord& response) {
  const auto* sa = wire::find<wire::SecurityAssociation>(response.payloads());
  return sa != nullptr && !sa->proposals.empty() && sa->proposals.front().protocol != wire::ProtocolId::IKE;
}

BehaviourCheck forward_secrecy(const RunReport& report) {
  BehaviourCheck out = make("forward-secrecy", "Forward secrecy of Child SAs", "RFC 7296 §1.3.1, §2.12");
  std::size_t with = 0, without = 0;
  Sightings with_ke, without_ke;
  for (const PlayedScenario& played : report.played) {
    for (const MessageRecord& message : played.run.trace.messages) {
      if (!message.is_response() || message.repeats || !TraceView::readable(message)) continue;
      if (message.outer.header.exchange != ExchangeType::CREATE_CHILD_SA || !makes_child_sa(message)) continue;
      const bool ke = wire::find<wire::KeyExchange>(message.payloads()) != nullptr;
      ++(ke ? with : without);
      (ke ? with_ke : without_ke).add(played.scenario.id, frames_of(message));
    }
  }
  if (with + without == 0) {
    out.says = "No Child SA was made by CREATE_CHILD_SA.";
    return out;
  }
  out.status = without == 0 ? CheckStatus::Fine : CheckStatus::Warning;
  out.where = without == 0 ? with_ke : without_ke;
  out.says = fmt::format(
      "Of {} Child SAs made by CREATE_CHILD_SA, {} had a key exchange of their own and {} hang on the keys of their "
      "IKE SA.",
      with + without, with, without);
  return out;
}

// ------------------------------------------------------------------------------------------------------------- nonces

BehaviourCheck nonce_length(const RunReport& report) {
  BehaviourCheck out = make("nonce-length", "Length of nonces", "RFC 7296 §2.10, §3.9");
  std::size_t count = 0, least = 0, most = 0;
  for_each_message(report, [&](const std::string& scenario, const TraceView&, const MessageRecord& message) {
    const auto* nonce = wire::find<wire::Nonce>(message.payloads());
    if (nonce == nullptr) return;
    const std::size_t size = nonce->data.size();
    if (count == 0 || size < least) {
      least = size;
      out.where = {};
      out.where.add(scenario, frames_of(message));
    }
    most = std::max(most, size);
    ++count;
  });
  if (count == 0) {
    out.says = "The device sent no nonce that can be read.";
    return out;
  }
  out.status = least < wire::Nonce::kMinSize || most > wire::Nonce::kMaxSize ? CheckStatus::Wrong : CheckStatus::Fine;
  out.says = fmt::format("{} nonces of {} octets{}.", count, least, most == least ? "" : fmt::format(" to {}", most));
  return out;
}

/// Values that must not come twice, by where they were used first.
class Reuse {
 public:
  explicit Reuse(bool across_scenarios) : across_(across_scenarios) {}
  /// `use` tells legitimate repetitions apart: the same value for the same use is no reuse.
  void see(const std::string& scenario, const Bytes& value, const std::string& use, const MessageRecord& message) {
    ++count_;
    const std::string within = across_ ? std::string() : scenario;
    const auto [known, is_new] = seen_.emplace(std::pair(within, value), scenario + "/" + use);
    if (is_new || known->second == scenario + "/" + use) return;
    ++reused_;
    where_.add(scenario, frames_of(message));
  }
  std::size_t count() const { return count_; }
  std::size_t reused() const { return reused_; }
  const Sightings& where() const { return where_; }

 private:
  bool across_;
  std::map<std::pair<std::string, Bytes>, std::string> seen_;
  std::size_t count_{}, reused_{};
  Sightings where_;
};

std::string use_of(const MessageRecord& message) {
  const wire::IkeHeader& header = message.outer.header;
  const bool init = header.exchange == ExchangeType::IKE_SA_INIT;
  return fmt::format("{:016x}{:016x}{}{}", header.spis.i.value, init ? 0 : header.spis.r.value, header.message_id.value,
                     header.is_response());
}

void conclude(BehaviourCheck& out, const Reuse& reuse, const RunReport& report, std::string_view what,
              CheckStatus when_reused) {
  if (reuse.count() == 0) {
    out.says = fmt::format("The device sent no {} that can be read.", what);
    return;
  }
  out.status = reuse.reused() == 0 ? CheckStatus::Fine : when_reused;
  out.where = reuse.where();
  out.says = fmt::format("{} {}, {} of them used before{}.", reuse.count(), what, reuse.reused(),
                         seeded(report) ? " in the same scenario (the built-in device starts anew in each)" : "");
}

BehaviourCheck nonce_freshness(const RunReport& report) {
  BehaviourCheck out = make("nonce-freshness", "Nonces are used once", "RFC 7296 §3.9");
  Reuse reuse(!seeded(report));
  for_each_message(report, [&](const std::string& scenario, const TraceView&, const MessageRecord& message) {
    const auto* nonce = wire::find<wire::Nonce>(message.payloads());
    if (nonce != nullptr && !nonce->data.empty()) reuse.see(scenario, nonce->data, use_of(message), message);
  });
  conclude(out, reuse, report, "nonces", CheckStatus::Wrong);
  return out;
}

BehaviourCheck key_freshness(const RunReport& report) {
  BehaviourCheck out = make("key-freshness", "Key exchange values are used once", "RFC 7296 §2.12");
  Reuse reuse(!seeded(report));
  for_each_message(report, [&](const std::string& scenario, const TraceView&, const MessageRecord& message) {
    const auto* ke = wire::find<wire::KeyExchange>(message.payloads());
    if (ke != nullptr && !ke->data.empty()) reuse.see(scenario, ke->data, use_of(message), message);
  });
  conclude(out, reuse, report, "key exchange values", CheckStatus::Warning);  // §2.12 permits reuse, with care
  return out;
}

// ---------------------------------------------------------------------------------------------- initialization vectors

/// Octets of the explicit IV, for ciphers where a second use of it under one key gives the plaintext away: RFC 3686 §2,
/// RFC 4106 §3, RFC 4309 §3, RFC 7634 §2.
std::size_t counter_iv_size(const wire::Proposal& suite) {
  for (const wire::Transform& transform : suite.transforms) {
    if (transform.type != wire::TransformType::ENCR) continue;
    switch (static_cast<wire::EncrId>(transform.id)) {
      case wire::EncrId::ENCR_AES_CTR:
      case wire::EncrId::ENCR_AES_CCM_8:
      case wire::EncrId::ENCR_AES_CCM_12:
      case wire::EncrId::ENCR_AES_CCM_16:
      case wire::EncrId::ENCR_AES_GCM_8:
      case wire::EncrId::ENCR_AES_GCM_12:
      case wire::EncrId::ENCR_AES_GCM_16:
      case wire::EncrId::ENCR_CHACHA20_POLY1305:
        return 8;
      default:
        return 0;
    }
  }
  return 0;
}

const Bytes* closed_body(const MessageRecord& message) {
  if (const auto* sk = wire::find<wire::Encrypted>(message.outer.payloads)) return &sk->body;
  if (const auto* skf = wire::find<wire::EncryptedFragment>(message.outer.payloads)) return &skf->body;
  return nullptr;
}

BehaviourCheck iv_freshness(const RunReport& report) {
  BehaviourCheck out =
      make("iv-freshness", "Initialization vectors of counter modes are used once", "RFC 5282 §4, RFC 4106 §3.1");
  std::size_t count = 0, reused = 0;
  for (const PlayedScenario& played : report.played) {
    const TraceView view(played.run.trace);
    std::map<std::pair<IkeSpis, Bytes>, const Bytes*> seen;  // each direction has a key of its own
    for (const std::size_t index : view.fresh()) {
      const MessageRecord& message = view.message(index);
      const SeenIkeSa* sa = view.ike_sa(message);
      const Bytes* body = closed_body(message);
      const std::size_t size = sa == nullptr || !sa->suite ? 0 : counter_iv_size(*sa->suite);
      if (body == nullptr || size == 0 || body->size() < size) continue;
      ++count;
      Bytes iv(body->begin(), body->begin() + static_cast<std::ptrdiff_t>(size));
      const auto [known, is_new] = seen.emplace(std::pair(message.outer.header.spis, std::move(iv)), body);
      if (is_new || *known->second == *body) continue;
      ++reused;
      out.where.add(played.scenario.id, frames_of(message));
    }
  }
  if (count == 0) {
    out.says = "The device sent nothing under a counter mode.";
    return out;
  }
  out.status = reused == 0 ? CheckStatus::Fine : CheckStatus::Wrong;
  out.says = fmt::format("{} messages under counter modes, {} with an IV that was used before under the same key.",
                         count, reused);
  return out;
}

// ------------------------------------------------------------------------------------------------------------ cookies

BehaviourCheck cookies(const RunReport& report) {
  BehaviourCheck out = make("cookies", "Cookies", "RFC 7296 §2.6");
  std::size_t count = 0, least = 0, most = 0, shared = 0, asked = 0;
  std::map<Bytes, IkeSpi> first;
  std::set<std::string> scenarios;
  for_each_message(report, [&](const std::string& scenario, const TraceView&, const MessageRecord& message) {
    const wire::IkeHeader& header = message.outer.header;
    if (header.exchange != ExchangeType::IKE_SA_INIT || !message.is_response()) return;
    ++asked;
    const auto* cookie = wire::find_notify(message.outer.payloads, wire::NotifyType::COOKIE);
    if (cookie == nullptr) return;
    const std::size_t size = cookie->data.size();
    least = count == 0 ? size : std::min(least, size);
    most = std::max(most, size);
    ++count;
    scenarios.insert(scenario);
    out.where.add(scenario, frames_of(message));
    const auto [known, is_new] = first.emplace(cookie->data, header.spis.i);
    if (!is_new && known->second != header.spis.i) ++shared;
  });
  if (count == 0) {
    out.says = asked == 0 ? "The device answered no IKE_SA_INIT."
                          : fmt::format("Of {} IKE_SA_INIT responses none asked for a cookie.", asked);
    return out;
  }
  const bool size_wrong = least < 1 || most > 64;
  const bool one_for_many = shared != 0 && !seeded(report);
  out.status = size_wrong ? CheckStatus::Wrong : one_for_many ? CheckStatus::Warning : CheckStatus::Fine;
  out.says = fmt::format(
      "Asked for in {} of {} IKE_SA_INIT responses, in {} scenarios; {} octets{}{}.", count, asked, scenarios.size(),
      least, most == least ? "" : fmt::format(" to {}", most),
      one_for_many ? fmt::format("; {} times the same cookie for another initiator's SPI", shared) : std::string());
  return out;
}

// ------------------------------------------------------------------------------------------------------ amplification

/// What passed between a device and an address that had proved nothing yet.
struct Unproved {
  std::size_t in{}, out{};
  bool proved{};
  std::vector<std::size_t> frames;
};

bool proves_address(const MessageRecord& request) {
  // Whoever protects a message, or brings a cookie back, has received what the device sent.
  return request.outer.header.exchange != ExchangeType::IKE_SA_INIT ||
         wire::find_notify(request.outer.payloads, wire::NotifyType::COOKIE) != nullptr;
}

BehaviourCheck amplification(const RunReport& report) {
  constexpr double kLimit = 3;  // RFC 9000 §8.1, which has thought about it, lets QUIC send three times what came
  BehaviourCheck out = make("amplification", "Octets sent to an address that has proved nothing",
                            "RFC 7296 §2.6; limit of RFC 9000 §8.1");
  double worst = -1;
  std::size_t worst_in = 0, worst_out = 0, count = 0;
  for (const PlayedScenario& played : report.played) {
    const trace::Trace& trace = played.run.trace;
    std::map<IkeSpi, Unproved> all;
    for (const MessageRecord& message : trace.messages) {
      const trace::Packet& packet = trace.packets.at(message.packet);
      if (packet.fate == trace::Fate::Injected) continue;
      const bool request = message.outer.header.is_request();
      if (message.from == Party::Harness && !request) continue;
      const bool known = all.contains(message.outer.header.spis.i);
      if (!known && (message.from == Party::Dut || message.outer.header.exchange != ExchangeType::IKE_SA_INIT))
        continue;
      Unproved& one = all[message.outer.header.spis.i];
      if (message.from == Party::Harness && packet.fate == trace::Fate::Delivered && proves_address(message))
        one.proved = true;
      if (one.proved) continue;
      (message.from == Party::Harness ? one.in : one.out) += wire_octets(packet.datagram);
      if (message.frame != 0) one.frames.push_back(message.frame);
    }
    for (const auto& [spi, one] : all) {
      if (one.in == 0) continue;
      ++count;
      const double factor = static_cast<double>(one.out) / static_cast<double>(one.in);
      if (factor <= worst) continue;
      worst = factor;
      worst_in = one.in;
      worst_out = one.out;
      out.where = {};
      out.where.add(played.scenario.id, one.frames);
    }
  }
  if (count == 0) {
    out.says = "No IKE SA was asked for.";
    return out;
  }
  out.status = worst > kLimit ? CheckStatus::Warning : CheckStatus::Fine;
  out.says = fmt::format("At most {:.2f} times ({} octets for {}, with UDP and IP headers), over {} attempts.", worst,
                         worst_out, worst_in, count);
  return out;
}

}  // namespace

std::string_view name(CheckStatus status) {
  switch (status) {
    case CheckStatus::Fine:
      return "fine";
    case CheckStatus::Warning:
      return "warning";
    case CheckStatus::Wrong:
      return "wrong";
    case CheckStatus::NotSeen:
      return "not-seen";
  }
  return "unknown";
}

std::vector<BehaviourCheck> behaviour_of(const RunReport& report) {
  return {forward_secrecy(report), nonce_length(report), nonce_freshness(report), key_freshness(report),
          iv_freshness(report),    cookies(report),      amplification(report)};
}

}  // namespace ikevet::reports
