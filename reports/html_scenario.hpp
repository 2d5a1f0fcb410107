// The detail of one scenario for report.html: what its page shows once it is opened.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "reports/html_pool.hpp"
#include "reports/report.hpp"

namespace ikevet::reports {

/// Scenarios that are unpacked together: their octets stand behind their JSON, equal ones once.
class HtmlChunk {
 public:
  using Json = nlohmann::ordered_json;

  explicit HtmlChunk(HtmlPool& pool) : pool_(pool) {}

  /// `requirement` gives the number of a requirement in the index. Without `encrypted_octets` those of an SK payload
  /// that was opened are left out: what was inside is there, and the capture has the rest.
  ///
  /// {"about","seed","needs","control",
  ///  "verdicts": [[requirement, status, reason, detail, rule?, [[step, [frames], expected, actual]...]]...],
  ///  "steps": [[text, status, detail, [frames]]...], "rows": ladder.hpp,
  ///  "messages": [[frame, sender, title, payloads, protection, at, size, kept, [tree, offset...],
  ///                plain_at, plain_size, [tree, offset...], [faults], addresses]...]}
  /// Texts are numbers in the pool. `played` may be null.
  void add(const ScenarioVerdict& verdict, const scenarios::Scenario* scenario, const PlayedScenario* played,
           const std::map<std::string, std::size_t, std::less<>>& requirement, bool encrypted_octets);

  std::size_t size() const { return details_.size(); }
  /// json_and_octets() of all of them.
  std::string content() const;

 private:
  Json message(const trace::MessageRecord& record, bool encrypted_octets);
  std::size_t place(BytesView octets);

  HtmlPool& pool_;
  Json details_ = Json::array();
  std::string octets_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

}  // namespace ikevet::reports
