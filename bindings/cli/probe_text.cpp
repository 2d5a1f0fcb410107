#include "bindings/cli/probe_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bindings/cli/printable.hpp"

namespace ikevet::cli {
namespace {

using scenarios::ProbeReport;

constexpr std::size_t kNameWidth = 29;

std::string seconds(Duration duration) {
  return fmt::format("{:.3g} s", std::chrono::duration<double>(duration).count());
}

double number(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string list(const std::vector<std::string>& words) {
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, " "));
}

/// Vendor ids are often words, with a number behind them.
std::string vendor(const std::string& hex) {
  std::string words;
  for (const std::uint8_t octet : from_hex(hex).value_or(Bytes()))
    if (octet >= 0x20 && octet < 0x7f) words += static_cast<char>(octet);
  return words.size() * 2 >= hex.size() - hex.size() / 4 ? fmt::format("{} (\"{}\")", hex, words) : hex;
}

std::string cookie_text(const ProbeReport& report) {
  if (report.cookie_at_once) return "asked for at once";
  if (report.cookie_after) return fmt::format("asked for once {} half-open IKE SAs stand", *report.cookie_after);
  if (report.silence_after)
    return fmt::format("never; behind {} half-open IKE SAs requests are not answered", *report.silence_after);
  return report.half_open_tried == 0 ? "not tried"
                                     : fmt::format("not asked for with {} half-open IKE SAs", report.half_open_tried);
}

std::string size_text(const ProbeReport& report) {
  if (report.largest_answered == 0) return "not found";
  std::string out = fmt::format("{} octets answered", report.largest_answered);
  if (report.smallest_unanswered) out += fmt::format(", {} not", *report.smallest_unanswered);
  return out;
}

std::string retransmission_text(const ProbeReport& report) {
  if (report.retransmission_of.empty()) return "not seen: " + report.retransmission_why_not;
  if (report.gaps.empty()) return report.retransmission_of + ": never repeated";
  std::vector<std::string> gaps;
  for (const Duration gap : report.gaps) gaps.push_back(fmt::format("{:.3g}", number(gap)));
  return fmt::format("{}: repeated {} times, after {} s{}", report.retransmission_of, report.gaps.size(),
                     fmt::join(gaps, ", "), report.gave_up ? ", then given up" : "; not seen to the end");
}

class Table {
 public:
  explicit Table(Terminal& terminal) : terminal_(terminal) {}
  void head(std::string_view text) {
    terminal_.line();
    terminal_.line(terminal_.paint(Colour::Bold, text));
  }
  void row(std::string_view name, const std::string& value) {
    const std::size_t width = std::max<std::size_t>(terminal_.width(), 60);
    std::string text = wrapped(printable(value), width, kNameWidth + 2);
    if (text.size() > kNameWidth + 2) text.replace(0, kNameWidth + 2, fmt::format("  {:<{}}", name, kNameWidth));
    terminal_.line(text);
  }

 private:
  Terminal& terminal_;
};

nlohmann::ordered_json transforms_json(const scenarios::ProbedTransforms& found, bool ike) {
  nlohmann::ordered_json out{{"encr", found.encr}};
  if (ike) out["prf"] = found.prf;
  out["integ"] = found.integ;
  if (ike) out["groups"] = found.groups;
  if (!ike) out["esn"] = found.esn;
  return out;
}

template <class T>
nlohmann::ordered_json or_null(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

}  // namespace

void print_probe(Terminal& terminal, const scenarios::Target& target, const ProbeReport& report) {
  Table table(terminal);
  terminal.line(fmt::format("{}: {} questions, {} messages sent, {} received",
                            terminal.paint(Colour::Bold, target.dut_address.text()), report.questions, report.sent,
                            report.received));
  if (!report.answered) {
    terminal.line("nothing came back: check address, ports and firewall, and that it takes IKEv2 from here");
    return;
  }
  table.head("IKE SA");
  table.row("ciphers", list(report.ike.encr));
  table.row("prfs", list(report.ike.prf));
  table.row("integrity algorithms", list(report.ike.integ));
  table.row("groups", list(report.ike.groups));
  table.row("authentication", report.authentication);
  table.head("Child SA");
  if (report.authenticated()) {
    table.row("ciphers", list(report.child.encr));
    table.row("integrity algorithms", list(report.child.integ));
    table.row("sequence numbers", list(report.child.esn));
  } else {
    table.row("", "not asked: no IKE SA can be set up with the credentials given");
  }
  table.head("Announced");
  table.row("in IKE_SA_INIT", list(report.init_notifies));
  table.row("in IKE_AUTH", list(report.auth_notifies));
  table.row("signature hashes", list(report.signature_hashes));
  std::vector<std::string> vendors;
  for (const std::string& one : report.vendor_ids) vendors.push_back(vendor(one));
  table.row("vendor ids", list(vendors));
  table.head("Capabilities");
  table.row("shown", list(report.capabilities));
  table.row("asked for, not shown", list(report.refused));
  table.head("Behaviour");
  for (const auto& [question, answer] : report.reactions) table.row(question, answer);
  table.row("cookie", cookie_text(report));
  table.row("largest datagram", size_text(report));
  table.row("slowest answer", seconds(report.slowest_answer));
  table.row("retransmission", retransmission_text(report));
  if (!report.claims.empty()) table.head("Claims of the target file that the wire contradicts");
  for (const scenarios::ClaimFinding& finding : report.claims) terminal.line("  " + printable(finding.text()));
  if (report.interrupted) terminal.line("interrupted: what was not asked is missing");
}

nlohmann::ordered_json probe_json(const scenarios::Target& target, const ProbeReport& report) {
  using Json = nlohmann::ordered_json;
  Json reactions = Json::object();
  for (const auto& [question, answer] : report.reactions) reactions[question] = answer;
  Json gaps = Json::array();
  for (const Duration gap : report.gaps) gaps.push_back(number(gap));
  Json claims = Json::array();
  for (const scenarios::ClaimFinding& finding : report.claims)
    claims.push_back({{"capability", finding.capability},
                      {"finding", finding.claimed ? "claimed-but-refused" : "unclaimed-but-accepted"},
                      {"evidence", finding.evidence.how}});
  return {
      {"target", target.name},
      {"address", target.dut_address.text()},
      {"answered", report.answered},
      {"partial", report.interrupted},
      {"messages", {{"questions", report.questions}, {"sent", report.sent}, {"received", report.received}}},
      {"authentication", report.authentication},
      {"ike", transforms_json(report.ike, true)},
      {"child", transforms_json(report.child, false)},
      {"notifies", {{"ike_sa_init", report.init_notifies}, {"ike_auth", report.auth_notifies}}},
      {"signature_hashes", report.signature_hashes},
      {"vendor_ids", report.vendor_ids},
      {"capabilities", {{"shown", report.capabilities}, {"not_shown", report.refused}}},
      {"reactions", std::move(reactions)},
      {"cookie",
       {{"at_once", report.cookie_at_once},
        {"after_half_open", or_null(report.cookie_after)},
        {"silent_after_half_open", or_null(report.silence_after)},
        {"half_open_tried", report.half_open_tried}}},
      {"datagram",
       {{"largest_answered", report.largest_answered}, {"smallest_unanswered", or_null(report.smallest_unanswered)}}},
      {"slowest_answer_seconds", number(report.slowest_answer)},
      {"retransmission",
       {{"of", report.retransmission_of},
        {"gaps_seconds", std::move(gaps)},
        {"gave_up", report.gave_up},
        {"why_not", report.retransmission_why_not}}},
      {"claims", std::move(claims)}};
}

}  // namespace ikevet::cli
