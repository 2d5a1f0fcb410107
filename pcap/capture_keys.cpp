#include "pcap/capture_keys.hpp"

#include <algorithm>
#include <utility>

#include "engine/crypto/algorithms.hpp"
#include "engine/crypto/prf.hpp"
#include "pcap/capture_file.hpp"
#include "pcap/key_files.hpp"
#include "pcap/message_stream.hpp"
#include "pcap/udp_use.hpp"

namespace ikevet::pcap {
namespace {

using wire::TransformType;

template <class Id>
Id chosen(const wire::Proposal& proposal, TransformType type) {
  for (const wire::Transform& one : proposal.transforms)
    if (one.type == type) return static_cast<Id>(one.id);
  return {};
}

std::uint16_t chosen_bits(const wire::Proposal& proposal) {
  for (const wire::Transform& one : proposal.transforms)
    if (one.type == TransformType::ENCR) return one.key_length().value_or(0);
  return 0;
}

crypto::IkeSuite ike_suite(const wire::Proposal& proposal) {
  crypto::IkeSuite out;
  out.encr = chosen<wire::EncrId>(proposal, TransformType::ENCR);
  out.key_bits = chosen_bits(proposal);
  out.prf = chosen<wire::PrfId>(proposal, TransformType::PRF);
  out.integ = chosen<wire::IntegId>(proposal, TransformType::INTEG);
  out.group = chosen<wire::DhGroup>(proposal, TransformType::KE);
  return out;
}

crypto::ChildSuite child_suite(const wire::Proposal& proposal) {
  crypto::ChildSuite out;
  out.protocol = proposal.protocol;
  const bool ah = proposal.protocol == wire::ProtocolId::AH;  // which encrypts nothing
  out.encr = ah ? wire::EncrId::ENCR_NULL : chosen<wire::EncrId>(proposal, TransformType::ENCR);
  out.key_bits = chosen_bits(proposal);
  out.integ = chosen<wire::IntegId>(proposal, TransformType::INTEG);
  out.group = chosen<wire::DhGroup>(proposal, TransformType::KE);
  out.esn = chosen<wire::EsnId>(proposal, TransformType::ESN) == wire::EsnId::ESN;
  return out;
}

/// RFC 9370 §2.2.1: more key exchanges come before the keys are final.
bool has_additional(const wire::Proposal& proposal) {
  return std::ranges::any_of(proposal.transforms, [](const wire::Transform& one) {
    const auto type = static_cast<int>(one.type);
    constexpr int kAddke1 = 6, kAddke7 = 12;
    return type >= kAddke1 && type <= kAddke7 && one.id != 0;
  });
}

const wire::Proposal* answer(const std::vector<wire::Payload>& payloads) {
  const auto* sa = wire::find<wire::SecurityAssociation>(payloads);
  return sa != nullptr && sa->proposals.size() == 1 ? &sa->proposals.front() : nullptr;
}

const wire::Proposal* offer(const std::vector<wire::Payload>& payloads, const wire::Proposal& answered) {
  const auto* sa = wire::find<wire::SecurityAssociation>(payloads);
  if (sa == nullptr) return nullptr;
  const auto found = std::ranges::find(sa->proposals, answered.number, &wire::Proposal::number);
  return found != sa->proposals.end() && found->protocol == answered.protocol ? &*found : nullptr;
}

template <class Spi>
std::optional<Spi> spi_of(const wire::Proposal& proposal) {
  using Value = decltype(Spi::value);
  if (proposal.spi.size() != sizeof(Value)) return std::nullopt;
  Value value{};
  for (const std::uint8_t octet : proposal.spi) value = static_cast<Value>(value << 8 | octet);
  return Spi{value};
}

template <class Map>
void bound(Map& map, std::size_t limit) {
  while (map.size() > limit) map.erase(map.begin());
}

/// Sizes of keys say which algorithms they can be for.
template <class Use>
bool each_fitting(std::size_t encr_size, std::size_t integ_size, const Use& use) {
  for (const crypto::EncrInfo& encr : crypto::encr_table()) {
    if (encr.key_size() != encr_size || encr.id == wire::EncrId::ENCR_NULL) continue;
    if (encr.is_aead()) {
      if (integ_size == 0 && use(encr, wire::IntegId::NONE)) return true;
      continue;
    }
    for (const crypto::IntegInfo& integ : crypto::integ_table())
      if (integ.key_size == integ_size && integ_size != 0 && use(encr, integ.id)) return true;
  }
  return false;
}

}  // namespace

void CaptureKeys::add_file(const std::filesystem::path& file) {
  const std::string text = read_key_text(file);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && (text[first] == '{' || text[first] == '[')) {
    const keys::KeySet set = parse_keys_json(text, file);
    add_keys(ring_, set);
    for (const keys::IkeSaKeySet& sa : set.ike)
      if (!sa.keys.d.empty()) deriving_[sa.spis] = {sa.keys.d, sa.suite.prf};
    return;
  }
  if (auto secrets = parse_key_log(text)) return add(std::move(*secrets));
  add_key_file(ring_, file);
}

void CaptureKeys::add(LooseSecrets secrets) {
  std::ranges::move(secrets.ike, std::back_inserter(loose_.ike));
  std::ranges::move(secrets.directions, std::back_inserter(loose_.directions));
  std::ranges::move(secrets.dh, std::back_inserter(loose_.dh));
}

bool CaptureKeys::try_on(const wire::IkeHeader& header, BytesView message, std::size_t sk_offset,
                         wire::PayloadType type, const keys::SaKeys& candidate) const {
  return each_fitting(candidate.ei.size(), candidate.ai.size(), [&](const crypto::EncrInfo& encr, wire::IntegId integ) {
    keys::IkeKeyEntry entry{header.spis,  encr.id,      encr.key_bits, integ,
                            candidate.ei, candidate.er, candidate.ai,  candidate.ar};
    keys::KeyRing alone;
    if (!alone.add(entry) || !alone.open(header, message, sk_offset, type)) return false;
    ring_.add(entry);
    return true;
  });
}

Result<wire::OpenedSk, wire::OpenFailure> CaptureKeys::open(const wire::IkeHeader& header, BytesView message,
                                                            std::size_t sk_offset, wire::PayloadType type) const {
  auto out = ring_.open(header, message, sk_offset, type);
  if (out || out.error() != wire::OpenFailure::NoKeys || loose_.empty()) return out;
  bound(tries_, kMaxSas);
  if (++tries_[header.spis] > kMaxTries) return out;

  const auto known = making_.find(header.spis);
  for (const keys::SaKeys& candidate : loose_.ike)
    if (try_on(header, message, sk_offset, type, candidate)) {
      if (known != making_.end() && !candidate.d.empty())
        deriving_[header.spis] = {candidate.d, known->second.suite.prf};
      return ring_.open(header, message, sk_offset, type);
    }
  if (known == making_.end()) return out;
  const Making& making = known->second;
  const auto prf = crypto::Prf::find(making.suite.prf);
  if (!prf || crypto::why_unsupported(making.suite)) return out;
  for (const SecretBytes& g_ir : loose_.dh) {
    SecretBytes seed;
    if (making.old_prf) {
      const auto old_prf = crypto::Prf::find(*making.old_prf);
      if (!old_prf || making.old_d.empty()) continue;
      seed = keys::skeyseed_rekey(*old_prf, making.old_d.view(), g_ir.view(), making.ni, making.nr);
    } else {
      seed = keys::skeyseed(*prf, making.ni, making.nr, g_ir.view());
    }
    const keys::SaKeys derived = keys::derive_sa_keys(making.suite, seed.view(), making.ni, making.nr, header.spis);
    keys::KeyRing alone;
    if (!alone.add(header.spis, making.suite, derived) || !alone.open(header, message, sk_offset, type)) continue;
    ring_.add(header.spis, making.suite, derived);
    deriving_[header.spis] = {derived.d, making.suite.prf};
    return ring_.open(header, message, sk_offset, type);
  }
  return out;
}

Result<OpenedEsp, EspFailure> CaptureKeys::open_esp(const IpAddress& destination, BytesView packet) const {
  auto out = pcap::open_esp(ring_, destination, packet);
  if (out || out.error() != EspFailure::NoKeys) return out;
  const auto header = esp_header(packet);
  if (!header) return out;
  const auto opens = [&](const keys::EspKeyEntry& entry) {
    keys::KeyRing alone;
    alone.add_child(entry);
    const auto opened = pcap::open_esp(alone, destination, packet);
    return opened && opened->integrity_checked;
  };
  for (const PendingChild& child : pending_) {
    if (child.spi_i != header->spi && child.spi_r != header->spi) continue;
    const auto prf = crypto::Prf::find(child.from.prf);
    if (!prf || crypto::why_unsupported(child.suite)) continue;
    for (const SecretBytes& g_ir : loose_.dh) {
      const keys::ChildKeys derived =
          keys::derive_child_keys(*prf, child.from.d.view(), child.suite, g_ir.view(), child.ni, child.nr);
      const auto entries =
          keys::esp_key_entries(child.suite, derived, child.spi_i, child.spi_r, child.initiator, child.responder);
      if (std::ranges::none_of(entries, [&](const auto& one) { return one.spi == header->spi && opens(one); }))
        continue;
      for (const keys::EspKeyEntry& entry : entries) ring_.add_child(entry);
      return pcap::open_esp(ring_, destination, packet);
    }
  }
  if (loose_.directions.empty()) return out;
  bound(tries_, kMaxSas);
  if (++tries_[{IkeSpi{}, IkeSpi{header->spi.value}}] > kMaxTries) return out;
  for (const SecretBytes& keymat : loose_.directions) {
    for (std::size_t integ_size = 0; integ_size < keymat.size(); ++integ_size) {
      const bool found =
          each_fitting(keymat.size() - integ_size, integ_size, [&](const crypto::EncrInfo& encr, wire::IntegId integ) {
            keys::EspKeyEntry entry;
            entry.destination = destination;
            entry.v6 = destination.is_v6();
            entry.spi = header->spi;
            entry.encr = encr.id;
            entry.key_bits = encr.key_bits;
            entry.integ = integ;
            entry.encr_key = SecretBytes(keymat.view().first(keymat.size() - integ_size));
            entry.integ_key = SecretBytes(keymat.view().last(integ_size));
            if (!opens(entry)) return false;
            ring_.add_child(entry);
            return true;
          });
      if (found) return pcap::open_esp(ring_, destination, packet);
    }
  }
  return out;
}

const CaptureKeys::Request* CaptureKeys::request_of(const trace::MessageRecord& response) const {
  const wire::IkeHeader& header = response.outer.header;
  const auto found = std::ranges::find_if(requests_.rbegin(), requests_.rend(), [&](const Request& one) {
    const bool same_sa = one.spis.i == header.spis.i && (one.spis.r == header.spis.r || one.spis.r.is_zero());
    return same_sa && one.message_id == header.message_id.value &&
           one.from_initiator != header.is_from_original_initiator();
  });
  return found == requests_.rend() ? nullptr : &*found;
}

void CaptureKeys::remember(const trace::MessageRecord& message) {
  const wire::IkeHeader& header = message.outer.header;
  requests_.push_back({header.spis, header.message_id.value, header.is_from_original_initiator(), message.payloads(),
                       message.source.address, message.destination.address});
  if (requests_.size() > kMaxPending / 4) requests_.pop_front();
}

void CaptureKeys::learn(const trace::MessageRecord& message) {
  if (idle()) return;
  const wire::IkeHeader& header = message.outer.header;
  const bool readable =
      message.protection == trace::Protection::Opened || header.exchange == wire::ExchangeType::IKE_SA_INIT;
  if (!readable) return;
  switch (header.exchange) {
    case wire::ExchangeType::IKE_SA_INIT:
      return learn_init(message);
    case wire::ExchangeType::IKE_AUTH:
      return learn_auth(message);
    case wire::ExchangeType::CREATE_CHILD_SA:
      return learn_create_child(message);
    default:
      return;
  }
}

void CaptureKeys::learn_init(const trace::MessageRecord& message) {
  if (!message.is_response()) return remember(message);
  const Request* request = request_of(message);
  const wire::Proposal* chosen = answer(message.outer.payloads);
  const auto* nr = wire::find<wire::Nonce>(message.outer.payloads);
  if (request == nullptr || chosen == nullptr || nr == nullptr || has_additional(*chosen)) return;
  const auto* ni = wire::find<wire::Nonce>(request->payloads);
  if (ni == nullptr) return;
  Making& making = making_[message.outer.header.spis];
  making = {ike_suite(*chosen), ni->data, nr->data, {}, {}};
  bound(making_, kMaxSas);
}

/// A Child SA of IKE_AUTH has no nonces of its own: RFC 7296 §2.17 takes those of IKE_SA_INIT.
void CaptureKeys::learn_auth(const trace::MessageRecord& message) {
  const IkeSpis spis = message.outer.header.spis;
  if (!message.is_response()) {
    // With EAP the offer stands in the first of several requests, the answer in the last response.
    if (wire::find<wire::SecurityAssociation>(message.inner) != nullptr) remember(message);
    return;
  }
  const wire::Proposal* chosen = answer(message.inner);
  if (chosen == nullptr) return;
  const auto request = std::ranges::find_if(requests_.rbegin(), requests_.rend(), [&](const Request& one) {
    return one.spis == spis && one.from_initiator && offer(one.payloads, *chosen) != nullptr;
  });
  const auto making = making_.find(spis);
  if (request == requests_.rend() || making == making_.end()) return;
  const auto spi_i = spi_of<ChildSpi>(*offer(request->payloads, *chosen));
  const auto spi_r = spi_of<ChildSpi>(*chosen);
  if (spi_i && spi_r)
    child(spis, *chosen, *spi_i, *spi_r, request->source, request->destination, making->second.ni, making->second.nr);
}

void CaptureKeys::learn_create_child(const trace::MessageRecord& message) {
  if (!message.is_response()) return remember(message);
  const IkeSpis spis = message.outer.header.spis;
  const Request* request = request_of(message);
  const wire::Proposal* chosen = answer(message.inner);
  const auto* nr = wire::find<wire::Nonce>(message.inner);
  if (request == nullptr || chosen == nullptr || nr == nullptr || has_additional(*chosen)) return;
  const wire::Proposal* offered = offer(request->payloads, *chosen);
  const auto* ni = wire::find<wire::Nonce>(request->payloads);
  if (offered == nullptr || ni == nullptr) return;
  if (chosen->protocol != wire::ProtocolId::IKE) {
    const auto spi_i = spi_of<ChildSpi>(*offered);
    const auto spi_r = spi_of<ChildSpi>(*chosen);
    if (spi_i && spi_r) child(spis, *chosen, *spi_i, *spi_r, request->source, request->destination, ni->data, nr->data);
    return;
  }
  // RFC 7296 §2.18: who began the rekey is the original initiator of the new IKE SA.
  const auto spi_i = spi_of<IkeSpi>(*offered);
  const auto spi_r = spi_of<IkeSpi>(*chosen);
  if (!spi_i || !spi_r) return;
  Making making{ike_suite(*chosen), ni->data, nr->data, {}, wire::PrfId{}};
  if (const auto old = deriving_.find(spis); old != deriving_.end()) {
    making.old_d = old->second.d;
    making.old_prf = old->second.prf;
  }
  making_[{*spi_i, *spi_r}] = std::move(making);
  bound(making_, kMaxSas);
}

void CaptureKeys::child(IkeSpis ike, const wire::Proposal& proposal, ChildSpi spi_i, ChildSpi spi_r,
                        const IpAddress& initiator, const IpAddress& responder, BytesView ni, BytesView nr) {
  const auto from = deriving_.find(ike);
  if (from == deriving_.end()) return;
  const crypto::ChildSuite suite = child_suite(proposal);
  const auto prf = crypto::Prf::find(from->second.prf);
  if (!prf || crypto::why_unsupported(suite)) return;
  if (suite.group == wire::DhGroup::NONE) {
    ring_.add_child(suite, keys::derive_child_keys(*prf, from->second.d.view(), suite, {}, ni, nr), spi_i, spi_r,
                    initiator, responder);
    return;
  }
  if (loose_.dh.empty()) return;
  pending_.push_back({suite, spi_i, spi_r, initiator, responder, from->second, to_bytes(ni), to_bytes(nr)});
  if (pending_.size() > kMaxPending) pending_.pop_front();
}

void CaptureKeys::learn_from(const std::filesystem::path& capture) {
  if (idle()) return;
  CaptureFile file(capture);
  UdpPaths paths;
  MessageStream stream(this);
  while (const auto packet = file.next()) {
    if (packet->kind != PacketKind::Udp || packet->truncated) {
      if (packet->kind == PacketKind::Esp && !packet->truncated)
        static_cast<void>(open_esp(packet->datagram.destination.address, packet->datagram.payload));
      continue;
    }
    const auto [use, framed] = paths.look(*packet);
    if (use != UdpUse::Ike || !framed) continue;
    StreamedMessage message;
    message.record.frame = packet->frame;
    message.record.at = packet->at;
    message.record.source = packet->datagram.source;
    message.record.destination = packet->datagram.destination;
    message.record.marker = framed->marker;
    message.record.octets = to_bytes(framed->message);
    if (stream.take(message)) learn(message.record);
  }
}

}  // namespace ikevet::pcap
