// A page of its own in report.html, as data: whoever has something to show fills an HtmlSection, and the page draws it
// in its own look, light and dark, on screen and in print. Text stays text: nothing in here is ever read as HTML, so
// that what a peer said can be put in as it is.
//
// To add a page: write `std::optional<HtmlSection> my_page(const RunReport&)` (empty: nothing to show), and put it into
// the list in html_sections.cpp. It gets an entry in the navigation, at the address "#/x/SLUG".
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.hpp"

namespace ikevet::reports {

/// What stands in a table or beside a label.
struct Cell {
  std::string text;
  std::string link;  ///< where it leads: scenario_link(id), requirement_link(id), or a file beside the report
  std::string tone;  ///< "good", "bad", "warn", "note", "waive", "off": drawn as a badge; empty: plain text
  bool number{};     ///< right-aligned, sorted by value
  bool code{};       ///< in the fixed-width face

  Cell(std::string content) : text(std::move(content)) {}  // NOLINT(google-explicit-constructor): cells are
  Cell(std::string_view content) : text(content) {}        // NOLINT(google-explicit-constructor): written by
  Cell(const char* content) : text(content) {}             // NOLINT(google-explicit-constructor): the dozen
  static Cell badge(std::string text, std::string tone);   ///< "waived", "waive"
  static Cell of(double value, int decimals = 0);          ///< a number
  static Cell linked(std::string text, std::string link);
  static Cell in_code(std::string text);
};

/// "#/s/ID" and "#/r/ID": the page's own places for a scenario and for a requirement.
std::string scenario_link(std::string_view id);
std::string requirement_link(std::string_view id);

class HtmlSection {
 public:
  using Json = nlohmann::ordered_json;
  /// `slug`: letters, digits, hyphens. `lead`: a sentence or two under the title: what this page answers.
  HtmlSection(std::string slug, std::string title, std::string lead = {});

  HtmlSection& heading(std::string_view text);
  HtmlSection& paragraph(std::string_view text);
  /// A sentence that stands out. `tone` as in Cell.
  HtmlSection& callout(std::string_view text, std::string_view tone);
  /// Labels with a value each, as a short list.
  HtmlSection& facts(const std::vector<std::pair<std::string, Cell>>& facts);
  /// Sorted by a click on a column; from a dozen rows on it can be searched.
  HtmlSection& table(const std::vector<std::string>& columns, const std::vector<std::vector<Cell>>& rows,
                     std::string_view caption = {});

  struct Bar {
    std::string label;
    std::vector<double> values;  ///< one for each series, drawn end to end
    std::string note;            ///< behind the bar
  };
  /// Horizontal bars over a common scale. `unit`: "ms", "octets". At most six series.
  HtmlSection& bars(std::string_view title, std::string_view unit, const std::vector<std::string>& series,
                    const std::vector<Bar>& bars);

  struct Line {
    std::string label;
    std::vector<std::pair<double, double>> points;
  };
  /// Lines over two axes.
  HtmlSection& lines(std::string_view title, std::string_view x_unit, std::string_view y_unit,
                     const std::vector<Line>& lines);

  const std::string& slug() const { return slug_; }
  const std::string& title() const { return title_; }
  /// {"slug","title","lead","blocks":[{"kind":"table",...},...]}, as templates/sections.js draws it.
  Json json() const;

 private:
  HtmlSection& add(Json block);

  std::string slug_, title_, lead_;
  Json blocks_ = Json::array();
};

/// The pages of this run, in the order of the navigation.
std::vector<HtmlSection> html_sections(const RunReport& report);

}  // namespace ikevet::reports
