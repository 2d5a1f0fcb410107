// What is written down about one side while a schedule runs, and what must hold of it at any time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/base/datagram.hpp"
#include "engine/sa/engine.hpp"
#include "engine/sa/key_log.hpp"
#include "engine/trace/event.hpp"

namespace ikevet::sim {

/// An invariant that did not hold.
struct Violation {
  std::string
      invariant;  ///< "agreement", "leak", "key reuse", "SPI reuse", "distinct answers", "Message ID", "traffic"
  std::string detail;
};

class Observer final : public sa::KeyLog {
 public:
  explicit Observer(std::string side) : side_(std::move(side)) {}

  void sent(const Datagram& datagram);
  void happened(const trace::Event& event);
  void ike_keys(const IkeSpis& spis, const crypto::IkeSuite& suite, const keys::SaKeys& keys) override;
  void child_keys(const sa::ChildKeyEntry& entry) override;

  /// The events are a ledger of the SAs: what was opened and not closed is what the engine holds.
  void compare_with(const std::vector<sa::IkeSaView>& views);
  /// Keys of the Child SA that we receive under this SPI; null when there are none.
  const sa::ChildKeyEntry* keys_of(ChildSpi inbound) const;

  /// Has it Child SAs, or had it? Not so one that was made by rekeying and has not taken over.
  bool counts(IkeSpis spis) const { return open_ike_.contains(spis); }
  /// The first IKE SA of the series of rekeyings that led to this one.
  IkeSpis origin(IkeSpis spis) const;

  const std::vector<Violation>& violations() const { return violations_; }

 private:
  using MessageKey = std::tuple<IkeSpis, bool /*original initiator*/, bool /*response*/, MessageId>;

  void complain(std::string invariant, std::string detail);
  void fresh(const SecretBytes& key, const char* what);

  std::string side_;
  std::map<MessageKey, Bytes> messages_;
  std::set<IkeSpis> open_ike_;
  std::set<ChildSpi> open_children_;
  std::map<IkeSpis, IkeSpis> predecessors_;
  std::set<IkeSpis> ike_spis_;
  std::set<ChildSpi> child_spis_;
  std::set<std::string> keys_;
  std::map<ChildSpi, sa::ChildKeyEntry> child_keys_;
  std::vector<Violation> violations_;
};

std::string text(const IkeSpis& spis);

}  // namespace ikevet::sim
