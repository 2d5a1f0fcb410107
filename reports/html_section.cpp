#include "reports/html_section.hpp"

#include <fmt/format.h>

#include <utility>

#include "reports/plain_text.hpp"

namespace ikevet::reports {
namespace {

using Json = HtmlSection::Json;

Json cell_json(const Cell& cell) {
  Json json = Json::object();
  json["t"] = plain_text(cell.text);
  if (!cell.link.empty()) json["l"] = plain_text(cell.link);
  if (!cell.tone.empty()) json["b"] = plain_text(cell.tone);
  if (cell.number) json["n"] = true;
  if (cell.code) json["c"] = true;
  return json.size() == 1 ? json["t"] : json;
}

Json texts(const std::vector<std::string>& all) {
  Json out = Json::array();
  for (const std::string& text : all) out.push_back(plain_text(text));
  return out;
}

/// Ids are paths: their slashes stay, so that an address can be read; what would end or bend one does not.
std::string as_route(std::string_view id) {
  std::string out;
  for (const char c : plain_text(id)) {
    if (c == '%' || c == '?' || c == '#' || c == ' ' || c == '"' || c == '<' || c == '>')
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

}  // namespace

Cell Cell::badge(std::string text, std::string tone) {
  Cell out(std::move(text));
  out.tone = std::move(tone);
  return out;
}

Cell Cell::of(double value, int decimals) {
  Cell out(fmt::format("{:.{}f}", value, decimals));
  out.number = true;
  return out;
}

Cell Cell::linked(std::string text, std::string link) {
  Cell out(std::move(text));
  out.link = std::move(link);
  return out;
}

Cell Cell::in_code(std::string text) {
  Cell out(std::move(text));
  out.code = true;
  return out;
}

std::string scenario_link(std::string_view id) { return "#/s/" + as_route(id); }
std::string requirement_link(std::string_view id) { return "#/r/" + as_route(id); }

HtmlSection::HtmlSection(std::string slug, std::string title, std::string lead)
    : slug_(std::move(slug)), title_(std::move(title)), lead_(std::move(lead)) {}

HtmlSection& HtmlSection::add(Json block) {
  blocks_.push_back(std::move(block));
  return *this;
}

HtmlSection& HtmlSection::heading(std::string_view text) {
  return add({{"kind", "heading"}, {"text", plain_text(text)}});
}

HtmlSection& HtmlSection::paragraph(std::string_view text) {
  return add({{"kind", "paragraph"}, {"text", plain_text(text)}});
}

HtmlSection& HtmlSection::callout(std::string_view text, std::string_view tone) {
  return add({{"kind", "callout"}, {"text", plain_text(text)}, {"tone", plain_text(tone)}});
}

HtmlSection& HtmlSection::facts(const std::vector<std::pair<std::string, Cell>>& facts) {
  Json rows = Json::array();
  for (const auto& [label, value] : facts) rows.push_back(Json::array({plain_text(label), cell_json(value)}));
  return add({{"kind", "facts"}, {"rows", std::move(rows)}});
}

HtmlSection& HtmlSection::table(const std::vector<std::string>& columns, const std::vector<std::vector<Cell>>& rows,
                                std::string_view caption) {
  Json all = Json::array();
  for (const std::vector<Cell>& row : rows) {
    Json cells = Json::array();
    for (const Cell& cell : row) cells.push_back(cell_json(cell));
    all.push_back(std::move(cells));
  }
  return add(
      {{"kind", "table"}, {"caption", plain_text(caption)}, {"columns", texts(columns)}, {"rows", std::move(all)}});
}

HtmlSection& HtmlSection::bars(std::string_view title, std::string_view unit, const std::vector<std::string>& series,
                               const std::vector<Bar>& bars) {
  Json rows = Json::array();
  for (const Bar& bar : bars) rows.push_back(Json::array({plain_text(bar.label), bar.values, plain_text(bar.note)}));
  return add({{"kind", "bars"},
              {"title", plain_text(title)},
              {"unit", plain_text(unit)},
              {"series", texts(series)},
              {"rows", std::move(rows)}});
}

HtmlSection& HtmlSection::lines(std::string_view title, std::string_view x_unit, std::string_view y_unit,
                                const std::vector<Line>& lines) {
  Json all = Json::array();
  for (const Line& line : lines) {
    Json points = Json::array();
    for (const auto& [x, y] : line.points) points.push_back(Json::array({x, y}));
    all.push_back(Json::array({plain_text(line.label), std::move(points)}));
  }
  return add({{"kind", "lines"},
              {"title", plain_text(title)},
              {"x", plain_text(x_unit)},
              {"y", plain_text(y_unit)},
              {"lines", std::move(all)}});
}

Json HtmlSection::json() const {
  return {{"slug", slug_}, {"title", plain_text(title_)}, {"lead", plain_text(lead_)}, {"blocks", blocks_}};
}

}  // namespace ikevet::reports
