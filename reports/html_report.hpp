// report.html: one file that needs nothing but a browser.
//
// The page is a program (templates/*.js) over data that stands compressed in the same file:
//   index     html_index.hpp    counts, lists, traceability, search
//   pool      html_pool.hpp     texts and dissections that scenarios share
//   N         html_scenario.hpp the detail of scenarios, kScenariosInAPiece at a time, with their octets
//   files     html_index.hpp    digests of the evidence
//   x-SLUG    html_section.hpp  further pages
// Opening a scenario unpacks its piece and the pool. Without JavaScript the headline and the failures are readable.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/html_section.hpp"
#include "reports/report.hpp"

namespace ikevet::reports {

struct HtmlOptions {
  /// The folder of the run as seen from where the page will lie, for the links to captures and keys: "" for the same.
  std::string evidence{};
  /// Once the messages make up more octets than this, those of payloads that were decrypted are left out of scenarios
  /// that did not fail: what was inside is shown, and the capture has the rest.
  std::size_t octets_at_most = 1'500'000;
  /// For printing: the whole of it as one document, nothing compressed, nothing to be clicked.
  bool printable = false;
  /// Further pages, after those of html_sections.cpp.
  std::vector<HtmlSection> sections{};
};

/// The whole page. No request leaves it. Everything that a peer or a file said is text and nothing else: the content
/// security policy admits one script, by its digest. The same run gives the same octets.
std::string html_report(const RunReport& report, const HtmlOptions& options = {});

}  // namespace ikevet::reports
