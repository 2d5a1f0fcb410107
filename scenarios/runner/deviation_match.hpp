// Which messages the rules of a deviating peer take.
#pragma once

#include <map>
#include <set>
#include <string>

#include "engine/sa/tap.hpp"
#include "scenarios/format/deviation.hpp"
#include "scenarios/runner/message_closer.hpp"
#include "scenarios/runner/oddities.hpp"
#include "scenarios/runner/sa_book.hpp"

namespace ikevet::scenarios {

class DeviationMatcher {
 public:
  /// Both must outlive it.
  DeviationMatcher(const MessageCloser& closer, const SaBook& book) : closer_(closer), book_(book) {}

  /// Does the rule take this message? Counts the matches, so it is asked once for each message.
  bool takes(const DeviationWhen& when, const trace::MessageRecord& message, bool repeated);
  /// The same octets have passed this way before; remembers that they have now.
  bool has_passed(const Datagram& datagram, bool own);
  /// A message that the rules have seen.
  void note_arrival(const trace::MessageRecord& message);
  void note_begin(const wire::IkeHeader& header);
  /// It was made by rekeying another.
  bool is_successor(const IkeSpis& spis) const { return !begun_.contains(spis.i); }

 private:
  bool is_odd(const DeviationWhen& when, const trace::MessageRecord& message) const;

  const MessageCloser& closer_;
  const SaBook& book_;
  FragmentWatch fragments_;
  std::map<const DeviationWhen*, int> matches_;
  std::set<std::string> passed_;  ///< digests of datagrams
  std::set<IkeSpi> begun_;        ///< SPIs of initiators in IKE_SA_INIT
};

/// A message of ours before it is closed, as patterns see it.
trace::MessageRecord record_of(const sa::OutboundMessage& message);

}  // namespace ikevet::scenarios
