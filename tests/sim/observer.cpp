#include "tests/sim/observer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/reader.hpp"
#include "engine/trace/trace.hpp"
#include "engine/wire/ike_header.hpp"

namespace ikevet::sim {

std::string text(const IkeSpis& spis) { return fmt::format("{:016x}.{:016x}", spis.i.value, spis.r.value); }

void Observer::complain(std::string invariant, std::string detail) {
  if (violations_.size() < 20) violations_.push_back({std::move(invariant), side_ + ": " + std::move(detail)});
}

void Observer::sent(const Datagram& datagram) {
  const auto framed = trace::find_ike_message(datagram);
  if (!framed) return;
  Reader in(framed->message);
  const auto header = wire::IkeHeader::parse(in);
  // In clear the same Message ID is right more than once: IKE_SA_INIT again with a cookie (RFC 7296 §2.6), an answer
  // outside an IKE SA (§1.5). Fragments of a message may be cut anew (RFC 7383 §2.5.2).
  if (!header || header->next_payload != wire::PayloadType::SK) return;
  const MessageKey key{header->spis, header->is_from_original_initiator(), header->is_response(), header->message_id};
  const auto [known, is_new] = messages_.emplace(key, to_bytes(framed->message));
  // RFC 7296 §2.1: a retransmission is bitwise identical; §2.2: a Message ID is used once.
  if (is_new || equal(known->second, framed->message)) return;
  complain(header->is_response() ? "distinct answers" : "Message ID",
           fmt::format("two different {} {} in IKE SA {}", header->is_response() ? "responses" : "requests",
                       header->message_id.value, text(header->spis)));
}

void Observer::happened(const trace::Event& event) {
  if (const auto* keyed = std::get_if<trace::IkeSaKeyed>(&event)) {
    if (!ike_spis_.insert(keyed->spis).second) complain("SPI reuse", "IKE SA " + text(keyed->spis) + " once more");
  } else if (const auto* up = std::get_if<trace::IkeSaEstablished>(&event)) {
    if (!open_ike_.insert(up->spis).second) complain("leak", "IKE SA " + text(up->spis) + " established twice");
  } else if (const auto* rekeyed = std::get_if<trace::IkeSaRekeyed>(&event)) {
    open_ike_.insert(rekeyed->successor);
    predecessors_.emplace(rekeyed->successor, rekeyed->ike);
  } else if (const auto* down = std::get_if<trace::IkeSaClosed>(&event)) {
    open_ike_.erase(down->spis);
  } else if (const auto* child = std::get_if<trace::ChildSaEstablished>(&event)) {
    if (!child_spis_.insert(child->inbound).second)
      complain("SPI reuse", fmt::format("Child SA {:08x} once more", child->inbound.value));
    open_children_.insert(child->inbound);
  } else if (const auto* gone = std::get_if<trace::ChildSaClosed>(&event)) {
    if (open_children_.erase(gone->inbound) == 0)
      complain("leak", fmt::format("Child SA {:08x} closed, but it was not open", gone->inbound.value));
  }
}

void Observer::fresh(const SecretBytes& key, const char* what) {
  if (key.empty()) return;
  if (!keys_.insert(std::string(key.view().begin(), key.view().end())).second)
    complain("key reuse", std::string(what) + " was in use before");
}

void Observer::ike_keys(const IkeSpis&, const crypto::IkeSuite&, const keys::SaKeys& keys) {
  fresh(keys.d, "SK_d");
  fresh(keys.ei, "SK_ei");
  fresh(keys.er, "SK_er");
  fresh(keys.pi, "SK_pi");
  fresh(keys.pr, "SK_pr");
}

void Observer::child_keys(const sa::ChildKeyEntry& entry) {
  // The same Child SA may be told again, after a move for one.
  const bool told = child_keys_.contains(entry.spi_to_initiator) || child_keys_.contains(entry.spi_to_responder);
  if (!told) {
    fresh(entry.keys.encr_i, "a key of KEYMAT");
    fresh(entry.keys.encr_r, "a key of KEYMAT");
  }
  child_keys_.insert_or_assign(entry.spi_to_initiator, entry);
  child_keys_.insert_or_assign(entry.spi_to_responder, entry);
}

IkeSpis Observer::origin(IkeSpis spis) const {
  for (auto at = predecessors_.find(spis); at != predecessors_.end(); at = predecessors_.find(spis)) spis = at->second;
  return spis;
}

const sa::ChildKeyEntry* Observer::keys_of(ChildSpi inbound) const {
  const auto found = child_keys_.find(inbound);
  return found == child_keys_.end() ? nullptr : &found->second;
}

void Observer::compare_with(const std::vector<sa::IkeSaView>& views) {
  std::set<IkeSpis> ike;
  std::set<ChildSpi> children;
  for (const sa::IkeSaView& view : views) {
    if (view.stage != sa::IkeSaView::Stage::Established) continue;
    ike.insert(view.spis);
    for (const sa::ChildSaView& child : view.children) children.insert(child.inbound);
  }
  if (ike != open_ike_)
    complain("leak", fmt::format("{} IKE SAs by its events, {} held", open_ike_.size(), ike.size()));
  if (children != open_children_)
    complain("leak", fmt::format("{} Child SAs by its events, {} held", open_children_.size(), children.size()));
}

}  // namespace ikevet::sim
