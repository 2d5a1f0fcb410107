// What the rules need to know of a trace, worked out once: who sent what, which IKE SAs there are and who plays which
// role in them.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/ids.hpp"
#include "engine/trace/trace.hpp"

namespace ikevet::reports {

/// An IKE SA as far as the trace shows it.
struct SeenIkeSa {
  IkeSpis spis;
  trace::Party original_initiator{};
  bool rekeyed{};                       ///< made by CREATE_CHILD_SA, not by IKE_SA_INIT
  std::size_t born{};                   ///< index of the response that chose its algorithms
  std::optional<wire::Proposal> suite;  ///< what that response chose
};

class TraceView {
 public:
  /// `trace` must outlive the view.
  explicit TraceView(const trace::Trace& trace);

  const trace::Trace& trace() const { return trace_; }
  const trace::MessageRecord& message(std::size_t index) const { return trace_.messages[index]; }

  /// The messages that the device sent, in order; what a scenario injected in its name is left out.
  const std::vector<std::size_t>& from_dut() const { return from_dut_; }
  /// The same without octet-for-octet repetitions: what is wrong with a message is said once.
  const std::vector<std::size_t>& fresh() const { return fresh_; }
  const std::vector<std::size_t>& from_harness() const { return from_harness_; }

  /// The request that this response of either side answers; null when there is none in the trace.
  const trace::MessageRecord* request_of(const trace::MessageRecord& response) const;

  const std::map<IkeSpis, SeenIkeSa>& ike_sas() const { return ike_sas_; }
  /// The IKE SA in which a message travels; null when the trace does not show how it was made.
  const SeenIkeSa* ike_sa(const trace::MessageRecord& message) const;

  /// Whether the payloads that belong together are known: a message in clear, or SK that was opened.
  static bool readable(const trace::MessageRecord& message);
  /// A message in clear that only reports an error: header fields are copied from what it refuses, or mean nothing
  /// (RFC 7296 §1.5, §2.21.4), so what is odd about them is the harness's doing.
  static bool is_clear_error(const trace::MessageRecord& message);
  /// Not a straggler of an earlier scenario: the harness took part in this initiator's SPI, or saw it begin.
  bool is_of_this_run(const trace::MessageRecord& message) const {
    return spis_of_this_run_.contains(message.outer.header.spis.i);
  }
  /// The packet never reached the other side.
  bool lost(const trace::MessageRecord& message) const;

 private:
  void sort_messages();
  void find_ike_sas();
  void note_initial(std::size_t response);
  void note_rekey(std::size_t response);

  const trace::Trace& trace_;
  std::vector<std::size_t> from_dut_, fresh_, from_harness_;
  std::map<IkeSpis, SeenIkeSa> ike_sas_;
  std::set<IkeSpi> spis_of_this_run_;
};

/// "IKE_AUTH response 1 (frame 4): HDR, SK {IDr, AUTH}": how evidence names a message.
std::string describe(const trace::MessageRecord& message);

}  // namespace ikevet::reports
