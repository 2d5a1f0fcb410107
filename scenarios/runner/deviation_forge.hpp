// Messages that a deviating peer makes or alters beside its engine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/sa/tap.hpp"
#include "scenarios/format/deviation.hpp"
#include "scenarios/runner/message_closer.hpp"

namespace ikevet::scenarios {

/// What a rule wanted to do and could not, in one sentence each: the deviation's author is wrong then.
class Complaints {
 public:
  void note(const std::optional<std::string>& complaint);
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_;
};

class DeviationForge {
 public:
  /// Both must outlive it.
  DeviationForge(const MessageCloser& closer, Complaints& complaints) : closer_(closer), complaints_(complaints) {}

  /// Empty where it is to be protected and there are no keys.
  std::optional<Bytes> made(const ForgedMessage& forged, const wire::IkeHeader& header) const;
  /// `forged` as the answer to a message, or as a request under the next Message ID, to where the message came from.
  std::optional<Datagram> reaction(const ForgedMessage& forged, const trace::MessageRecord& to,
                                   const Datagram& arrived) const;
  /// `forged` as a request right behind a message of ours, under the next Message ID.
  std::optional<Datagram> companion(const ForgedMessage& forged, const trace::MessageRecord& ours,
                                    const Datagram& leaving) const;
  /// What arrived, as the engine is to see it.
  std::optional<Bytes> altered(const InboundDeviation& rule, const trace::MessageRecord& message) const;
  /// Gives answers the SPIs and the Message ID of the message before it was altered.
  void mirror(const wire::IkeHeader& original, const wire::IkeHeader& shown, std::vector<Datagram>& answers) const;

 private:
  const MessageCloser& closer_;
  Complaints& complaints_;
};

/// With the non-ESP marker before it if `marked`.
Bytes framed(bool marked, BytesView octets);
/// As it would stand in clear.
Bytes in_clear(const wire::IkeHeader& header, const std::vector<wire::Payload>& payloads);
/// A field of a message in clear by its path; empty when it has no such field.
std::optional<SetField> field_of(const Bytes& message, const std::string& path);

}  // namespace ikevet::scenarios
