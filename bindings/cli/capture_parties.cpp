#include "bindings/cli/capture_parties.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/trace/trace.hpp"
#include "engine/wire/ike_header.hpp"
#include "pcap/capture_file.hpp"
#include "pcap/to_trace.hpp"

namespace ikevet::app {
namespace {

/// Endpoints, and which of them are one party: a set of disjoint sets.
class Endpoints {
 public:
  std::size_t index(const Endpoint& endpoint) {
    const auto [it, is_new] = index_.emplace(endpoint, all_.size());
    if (is_new) {
      all_.push_back(endpoint);
      party_.push_back(it->second);
    }
    return it->second;
  }
  void talked(std::size_t from, std::size_t to) { talked_.emplace(std::min(from, to), std::max(from, to)); }

  /// Joins the parties of two endpoints, unless they speak to each other: nobody negotiates with itself, so the flag
  /// that says they are one is wrong.
  void join(std::size_t a, std::size_t b) {
    const std::size_t to = party_[a], from = party_[b];
    if (to == from) return;
    const bool strangers = std::ranges::any_of(talked_, [&](const auto& pair) {
      const std::set<std::size_t> ends{party_[pair.first], party_[pair.second]};
      return ends == std::set<std::size_t>{to, from};
    });
    if (!strangers) std::ranges::replace(party_, from, to);
  }

  const Endpoint& operator[](std::size_t index) const { return all_[index]; }
  std::size_t size() const { return all_.size(); }
  std::size_t party(std::size_t index) const { return party_[index]; }

 private:
  std::map<Endpoint, std::size_t> index_;
  std::vector<Endpoint> all_;
  std::vector<std::size_t> party_;                        // by endpoint: the endpoint that stands for its party
  std::set<std::pair<std::size_t, std::size_t>> talked_;  // pairs of endpoints, the smaller first
};

struct Sent {
  std::size_t messages{};
  bool initiated{};
};

void take_name(CaptureParty& party, const std::vector<CaptureParty>& all) {
  const auto shared = [&](const IpAddress& address) {
    return std::ranges::any_of(all, [&](const CaptureParty& other) {
      return other.endpoints != party.endpoints && other.goes_by(address.text());
    });
  };
  std::vector<std::string> names;
  for (const Endpoint& endpoint : party.endpoints) {
    const std::string text = shared(endpoint.address) ? endpoint.text() : endpoint.address.text();
    if (std::ranges::find(names, text) == names.end()) names.push_back(text);
  }
  party.name = fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

bool CaptureParty::goes_by(std::string_view text) const {
  return std::ranges::any_of(endpoints, [&](const Endpoint& endpoint) {
    return endpoint.text() == text || IpAddress::parse(text) == endpoint.address;
  });
}

std::vector<CaptureParty> capture_parties(const std::filesystem::path& capture) {
  Endpoints endpoints;
  std::map<std::size_t, Sent> sent;
  std::map<std::pair<IkeSpi, bool>, std::set<std::size_t>> roles;  // SPI of the initiator, and whether it is that one
  pcap::CaptureFile file(capture);
  while (const auto packet = file.next()) {
    if (packet->kind != pcap::PacketKind::Udp || pcap::use_of(packet->datagram) != pcap::UdpUse::Ike) continue;
    const std::size_t from = endpoints.index(packet->datagram.source);
    const std::size_t to = endpoints.index(packet->datagram.destination);
    endpoints.talked(from, to);
    ++sent[from].messages;
    const auto framed = trace::find_ike_message(packet->datagram);
    if (!framed) continue;
    Reader in(framed->message);
    const auto header = wire::IkeHeader::parse(in);
    if (!header) continue;
    const bool initiator = header->is_from_original_initiator();
    roles[{header->spis.i, initiator}].insert(from);
    roles[{header->spis.i, !initiator}].insert(to);
    if (header->exchange == wire::ExchangeType::IKE_SA_INIT && header->is_request()) sent[from].initiated = true;
  }
  for (const auto& [role, members] : roles)
    for (const std::size_t member : members) endpoints.join(*members.begin(), member);

  std::map<std::size_t, CaptureParty> by_party;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    CaptureParty& party = by_party[endpoints.party(i)];
    party.endpoints.push_back(endpoints[i]);
    party.messages += sent[i].messages;
    party.initiated = party.initiated || sent[i].initiated;
  }
  std::vector<CaptureParty> out;
  for (auto& [index, party] : by_party) out.push_back(std::move(party));
  for (CaptureParty& party : out) take_name(party, out);
  std::ranges::stable_sort(out, std::ranges::greater{}, &CaptureParty::messages);
  return out;
}

}  // namespace ikevet::app
