#include "reports/trace_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "scenarios/format/pattern.hpp"

namespace ikevet::reports {

using scenarios::Check;
using trace::MessageRecord;
using trace::Party;
using Answer = TraceCheck::Answer;

namespace {

using Family = std::vector<std::size_t>;  ///< a message of the device and its retransmissions, as indices in order

/// The device's messages that match, each first one with those that repeat it.
std::vector<Family> families(const Check& check, const TraceView& view, Instant until) {
  std::map<std::size_t, Family> by_first;
  for (const std::size_t index : view.from_dut()) {
    const MessageRecord& message = view.message(index);
    if (message.at > until) break;
    const std::size_t first = message.repeats.value_or(index);
    if (check.message && !scenarios::matches(*check.message, message) && !by_first.contains(first)) continue;
    by_first[first].push_back(index);
  }
  std::vector<Family> out;
  for (auto& [first, members] : by_first) out.push_back(std::move(members));
  return out;
}

std::vector<std::size_t> frames_of(const TraceView& view, const Family& family) {
  std::vector<std::size_t> frames;
  for (const std::size_t index : family) frames.push_back(view.message(index).frame);
  return frames;
}

// RFC 7296 §2.1: a retransmission is bitwise identical, from the IKE header on.
TraceCheck identical(const std::vector<Family>& all, const TraceView& view) {
  TraceCheck out{Answer::NoEvidence, "the device retransmitted nothing", {}};
  for (const Family& family : all) {
    if (family.size() < 2) continue;
    out = {Answer::Holds, fmt::format("{} identical transmissions", family.size()), frames_of(view, family)};
    const Bytes& original = view.message(family.front()).octets;
    const auto other = std::ranges::find_if(family, [&](std::size_t i) { return view.message(i).octets != original; });
    if (other != family.end())
      return {Answer::Broken,
              "the retransmission differs from the original",
              {view.message(family.front()).frame, view.message(*other).frame}};
  }
  return out;
}

TraceCheck retransmitted(const std::vector<Family>& all, const TraceView& view, int count) {
  const Family* longest = nullptr;
  for (const Family& family : all)
    if (longest == nullptr || family.size() > longest->size()) longest = &family;
  if (longest == nullptr) return {Answer::NoEvidence, "the device sent no such message", {}};
  const std::size_t repetitions = longest->size() - 1;
  return {repetitions >= static_cast<std::size_t>(std::max(count, 0)) ? Answer::Holds : Answer::Broken,
          fmt::format("the device repeated it {} times", repetitions), frames_of(view, *longest)};
}

// RFC 7296 §2.4: retransmission times increase. A tenth is allowed for jitter and scheduling.
TraceCheck gaps_grow(const std::vector<Family>& all, const TraceView& view) {
  TraceCheck out{Answer::NoEvidence, "fewer than two retransmissions of any message", {}};
  for (const Family& family : all) {
    if (family.size() < 3) continue;
    out = {Answer::Holds, "the gaps do not shrink", frames_of(view, family)};
    for (std::size_t i = 2; i < family.size(); ++i) {
      const Duration before = view.message(family[i - 1]).at - view.message(family[i - 2]).at;
      const Duration after = view.message(family[i]).at - view.message(family[i - 1]).at;
      if (after < before - before / 10)
        return {Answer::Broken,
                fmt::format("a gap of {} ms follows one of {} ms", after / std::chrono::milliseconds(1),
                            before / std::chrono::milliseconds(1)),
                frames_of(view, family)};
    }
  }
  return out;
}

// RFC 7296 §2.1: a repeated request causes a repetition of the response and nothing else.
TraceCheck same_answer(const Check& check, const TraceView& view, Instant until) {
  TraceCheck out{Answer::NoEvidence, "no repeated request was answered again", {}};
  std::map<std::size_t, std::size_t> first_answer;  // first transmission of the request -> the first response to it
  for (const std::size_t index : view.from_dut()) {
    const MessageRecord& response = view.message(index);
    if (response.at > until) break;
    if (!response.is_response() || !response.request) continue;
    const MessageRecord& request = view.message(*response.request);
    if (check.message && !scenarios::matches(*check.message, request) && !scenarios::matches(*check.message, response))
      continue;
    const std::size_t original = request.repeats.value_or(*response.request);
    const auto [known, is_new] = first_answer.emplace(original, index);
    if (is_new) continue;
    const MessageRecord& before = view.message(known->second);
    if (before.octets != response.octets)
      return {Answer::Broken, "the second answer differs from the first", {before.frame, response.frame}};
    out = {Answer::Holds, "the same octets again", {before.frame, response.frame}};
  }
  return out;
}

TraceCheck silent(const TraceView& view, const Window& window) {
  for (const std::size_t index : view.from_dut()) {
    const MessageRecord& message = view.message(index);
    if (window.holds(message, index)) return {Answer::Broken, describe(message), {message.frame}};
  }
  return {Answer::Holds, "nothing came", {}};
}

}  // namespace

std::optional<TraceCheck> settle(const Check& check, const TraceView& view, Instant until, const Window& window) {
  switch (check.what) {
    case Check::What::IdenticalRetransmission:
      return identical(families(check, view, until), view);
    case Check::What::Retransmitted:
      return retransmitted(families(check, view, until), view, check.count);
    case Check::What::GapsGrow:
      return gaps_grow(families(check, view, until), view);
    case Check::What::SameAnswer:
      return same_answer(check, view, until);
    case Check::What::DutSilent:
      return silent(view, window);
    case Check::What::IkeSaAlive:
    case Check::What::NoIkeSa:
    case Check::What::ChildSas:
    case Check::What::NewSpis:
      return std::nullopt;
  }
  return std::nullopt;
}

std::vector<std::size_t> matching(const scenarios::MessagePattern& pattern, const TraceView& view,
                                  const Window& window) {
  std::vector<std::size_t> out;
  for (const std::size_t index : view.from_dut())
    if (window.holds(view.message(index), index) && view.is_of_this_run(view.message(index)) &&
        scenarios::matches(pattern, view.message(index)))
      out.push_back(index);
  return out;
}

std::vector<std::size_t> answers(const TraceView& view, const Window& window) {
  std::vector<std::size_t> out;
  std::optional<std::size_t> asked;  // the harness's last message before the one looked at
  for (std::size_t index = 0; index < view.trace().messages.size(); ++index) {
    const MessageRecord& message = view.message(index);
    if (message.from == Party::Harness) {
      if (message.at <= window.began || !asked) asked = index;
      continue;
    }
    if (!asked || !message.is_response() || !window.holds(message, index) || !view.is_of_this_run(message)) continue;
    if (!message.request || *message.request >= *asked) out.push_back(index);
  }
  return out;
}

}  // namespace ikevet::reports
