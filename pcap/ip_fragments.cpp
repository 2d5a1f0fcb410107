#include "pcap/ip_fragments.hpp"

#include <algorithm>
#include <utility>

namespace ikevet::pcap {
namespace {

std::string id_text(const FragmentKey& key) { return "IP packet " + std::to_string(key.identification); }

}  // namespace

IpReassembler::Outcome IpReassembler::add(const IpFragment& fragment) {
  Pending& pending = pending_for(fragment);
  if (pending.spoilt) return {std::nullopt, "fragment of " + id_text(fragment.key) + ", given up before"};

  const std::size_t end = fragment.offset + fragment.octets.size();
  if (end > kMaxPacket) return {std::nullopt, spoil(pending, "a fragment reaches beyond octet 65,535")};
  if (fragment.more && fragment.octets.size() % 8 != 0)
    return {std::nullopt, spoil(pending, "a fragment that is not the last has an odd length")};  // RFC 8200 §4.5

  const auto next = std::ranges::lower_bound(pending.pieces, fragment.offset, {}, &Piece::offset);
  const bool repeated =
      next != pending.pieces.end() && next->offset == fragment.offset && equal(next->octets, fragment.octets);
  if (!repeated) {
    const bool meets_next = next != pending.pieces.end() && end > next->offset;
    const bool meets_previous =
        next != pending.pieces.begin() && std::prev(next)->offset + std::prev(next)->octets.size() > fragment.offset;
    if (meets_next || meets_previous) return {std::nullopt, spoil(pending, "fragments overlap")};
    if (pending.pieces.size() == kMaxPieces) return {std::nullopt, spoil(pending, "too many fragments")};
    pending.pieces.insert(next, {fragment.offset, to_bytes(fragment.octets)});
    pending.frames.push_back(fragment.frame);
  }
  if (fragment.offset == 0) pending.next_protocol = fragment.next_protocol;
  if (!fragment.more) {
    if (pending.total && *pending.total != end) return {std::nullopt, spoil(pending, "two different ends")};
    pending.total = end;
  }

  std::size_t have = 0;
  for (const Piece& piece : pending.pieces) have += piece.octets.size();
  if (pending.total && pending.pieces.back().offset + pending.pieces.back().octets.size() > *pending.total)
    return {std::nullopt, spoil(pending, "a fragment lies behind the last one")};
  if (!pending.total || have != *pending.total) {
    std::string note = "fragment of " + id_text(fragment.key) + ", octets " + std::to_string(fragment.offset) + " to " +
                       std::to_string(end);
    if (repeated) note += ", repeated";
    return {std::nullopt, std::move(note)};
  }

  ReassembledPacket whole{pending.next_protocol, {}, std::move(pending.frames)};
  whole.octets.reserve(have);
  for (const Piece& piece : pending.pieces) append(whole.octets, piece.octets);
  forget(fragment.key);
  return {std::move(whole), {}};
}

IpReassembler::Pending& IpReassembler::pending_for(const IpFragment& fragment) {
  std::erase_if(pending_, [&](const Pending& old) { return fragment.at - old.first_seen > kLifetime; });
  const auto found = std::ranges::find(pending_, fragment.key, &Pending::key);
  if (found != pending_.end()) return *found;
  if (pending_.size() == kMaxPending) pending_.pop_front();
  Pending fresh;
  fresh.key = fragment.key;
  fresh.first_seen = fragment.at;
  pending_.push_back(std::move(fresh));
  return pending_.back();
}

void IpReassembler::forget(const FragmentKey& key) {
  std::erase_if(pending_, [&](const Pending& one) { return one.key == key; });
}

std::string IpReassembler::spoil(Pending& pending, std::string why) {
  pending.spoilt = true;
  pending.pieces.clear();
  return id_text(pending.key) + " cannot be put together: " + std::move(why);
}

}  // namespace ikevet::pcap
