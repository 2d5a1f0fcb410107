#include "scenarios/runner/trace_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ranges>

#include "scenarios/format/pattern.hpp"

namespace ikevet::scenarios {
namespace {

using trace::MessageRecord;
using trace::Party;
using trace::Trace;

/// A message of the device and its repetitions, as indices in order.
using Family = std::vector<std::size_t>;

std::vector<Family> families(const Check& check, const Trace& trace) {
  std::map<std::size_t, Family> by_first;
  for (std::size_t i = 0; i < trace.messages.size(); ++i) {
    const MessageRecord& message = trace.messages[i];
    if (message.from != Party::Dut) continue;
    const std::size_t first = message.repeats.value_or(i);
    if (by_first.contains(first) || !check.message || matches(*check.message, message)) by_first[first].push_back(i);
  }
  std::vector<Family> out;
  for (Family& family : by_first | std::views::values) out.push_back(std::move(family));
  return out;
}

std::vector<std::size_t> frames(const Trace& trace, const Family& family) {
  std::vector<std::size_t> out;
  for (const std::size_t i : family) out.push_back(trace.messages[i].frame);
  return out;
}

/// RFC 7296 §2.1: "the retransmitted request MUST be bitwise identical to the original", from the IKE header on.
CheckResult identical(const Trace& trace, const std::vector<Family>& all) {
  CheckResult out{false, "the device repeated nothing", {}};
  for (const Family& family : all) {
    if (family.size() < 2) continue;
    out = {true, fmt::format("{} identical transmissions", family.size()), frames(trace, family)};
    for (const std::size_t i : family) {
      const MessageRecord& first = trace.messages[family.front()];
      if (trace.messages[i].octets != first.octets)
        return {false, "the retransmission differs from the original", {first.frame, trace.messages[i].frame}};
    }
  }
  return out;
}

CheckResult repeated(const Trace& trace, const std::vector<Family>& all, int count) {
  const auto longest = std::ranges::max_element(all, {}, &Family::size);
  if (longest == all.end()) return {false, "the device sent no such message", {}};
  const int repetitions = static_cast<int>(longest->size()) - 1;
  return {repetitions >= count, fmt::format("the device repeated it {} times", repetitions), frames(trace, *longest)};
}

/// RFC 7296 §2.1: the times between retransmissions grow. A tenth is allowed for jitter and scheduling.
CheckResult gaps_grow(const Trace& trace, const std::vector<Family>& all) {
  CheckResult out{false, "no message was repeated twice", {}};
  for (const Family& family : all) {
    if (family.size() < 3) continue;
    out = {true, "the times between the repetitions do not shrink", frames(trace, family)};
    for (std::size_t i = 2; i < family.size(); ++i) {
      const auto at = [&](std::size_t n) { return trace.messages[family[n]].at; };
      const Duration before = at(i - 1) - at(i - 2);
      const Duration after = at(i) - at(i - 1);
      if (after < before - before / 10)
        return {false,
                fmt::format("after {} ms the next repetition came after {} ms", before / std::chrono::milliseconds(1),
                            after / std::chrono::milliseconds(1)),
                frames(trace, family)};
    }
  }
  return out;
}

/// RFC 7296 §2.1: a retransmitted request causes the response to be sent again, and nothing else.
CheckResult same_answer(const Check& check, const Trace& trace) {
  CheckResult out{false, "no repeated request was answered again", {}};
  std::map<std::size_t, std::size_t> first_answers;  // first transmission of a request -> first answer to it
  for (std::size_t i = 0; i < trace.messages.size(); ++i) {
    const MessageRecord& answer = trace.messages[i];
    if (answer.from != Party::Dut || !answer.is_response() || !answer.request) continue;
    const MessageRecord& request = trace.messages[*answer.request];
    if (check.message && !matches(*check.message, request) && !matches(*check.message, answer)) continue;
    const auto [known, is_first] = first_answers.emplace(request.repeats.value_or(*answer.request), i);
    if (is_first) continue;
    const MessageRecord& before = trace.messages[known->second];
    if (before.octets != answer.octets)
      return {false, "the second answer differs from the first", {before.frame, answer.frame}};
    out = {true, "the same octets again", {before.frame, answer.frame}};
  }
  return out;
}

CheckResult silent(const Trace& trace, std::size_t since) {
  for (std::size_t i = since; i < trace.messages.size(); ++i)
    if (trace.messages[i].from == Party::Dut) return {false, "something came", {trace.messages[i].frame}};
  return {true, "nothing came", {}};
}

}  // namespace

bool is_about_trace(Check::What what) {
  switch (what) {
    case Check::What::IdenticalRetransmission:
    case Check::What::Retransmitted:
    case Check::What::GapsGrow:
    case Check::What::SameAnswer:
    case Check::What::DutSilent:
      return true;
    case Check::What::IkeSaAlive:
    case Check::What::NoIkeSa:
    case Check::What::ChildSas:
    case Check::What::NewSpis:
      return false;
  }
  return false;
}

CheckResult check_trace(const Check& check, const Trace& trace, std::size_t since) {
  switch (check.what) {
    case Check::What::IdenticalRetransmission:
      return identical(trace, families(check, trace));
    case Check::What::Retransmitted:
      return repeated(trace, families(check, trace), check.count);
    case Check::What::GapsGrow:
      return gaps_grow(trace, families(check, trace));
    case Check::What::SameAnswer:
      return same_answer(check, trace);
    case Check::What::DutSilent:
      return silent(trace, since);
    default:
      return {false, "the trace does not tell", {}};
  }
}

CheckResult check_new_spis(const Trace& trace) {
  const trace::ChildSaEstablished* successor = nullptr;
  for (const trace::EventRecord& record : trace.events)
    if (const auto* child = std::get_if<trace::ChildSaEstablished>(&record.event); child && child->rekeys)
      successor = child;
  if (!successor) return {false, "no Child SA was rekeyed", {}};
  for (const trace::EventRecord& record : trace.events) {
    const auto* before = std::get_if<trace::ChildSaEstablished>(&record.event);
    if (!before || before->inbound != *successor->rekeys) continue;
    const bool differ = before->inbound != successor->inbound && before->outbound != successor->outbound;
    return {differ,
            fmt::format("SPIs {:08x} and {:08x} before, {:08x} and {:08x} after", before->inbound.value,
                        before->outbound.value, successor->inbound.value, successor->outbound.value),
            {}};
  }
  return {false, "the Child SA that was rekeyed is not known", {}};
}

}  // namespace ikevet::scenarios
