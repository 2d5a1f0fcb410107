#include "reports/matrix.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/json_text.hpp"
#include "reports/plain_text.hpp"
#include "reports/summary.hpp"
#include "reports/verdict_json.hpp"

namespace ikevet::reports {
namespace {

constexpr int kMatrixVersion = 1;

bool plain_pass(Status status) { return status == Status::Pass; }

/// "rfc7296/2.05-forward-compatibility" of a scenario below it.
std::string folder_of(const std::string& id) {
  const std::size_t first = id.find('/');
  if (first == std::string::npos) return "other";
  const std::size_t second = id.find('/', first + 1);
  return id.substr(0, second);
}

std::string said(const std::string& reason, const std::string& detail) { return detail.empty() ? reason : detail; }

std::string said(const RequirementVerdict& verdict) {
  if (!verdict.evidence.empty() && !verdict.evidence.front().actual.empty()) {
    const Evidence& first = verdict.evidence.front();
    return first.frames.empty() ? first.actual
                                : fmt::format("{} ({}, frame{} {})", first.actual, first.scenario,
                                              first.frames.size() == 1 ? "" : "s", fmt::join(first.frames, ", "));
  }
  return said(verdict.reason, verdict.detail);
}

bool touched(const RequirementVerdict& verdict) {
  const Place place = place_of(verdict);
  return place != Place::NotRun && place != Place::NotTestable;
}

class Rows {
 public:
  explicit Rows(std::size_t columns) : columns_(columns) {}
  void put(const std::string& id, std::size_t column, MatrixCell cell) {
    auto& row = rows_[id];
    row.resize(columns_);
    row[column] = std::move(cell);
  }
  template <class Group, class Note>
  std::vector<MatrixGroup> take(Group group, Note note) {
    std::vector<MatrixGroup> out;
    for (auto& [id, cells] : rows_) {
      const std::string name = group(id);
      if (out.empty() || out.back().name != name) {
        const auto known = std::ranges::find(out, name, &MatrixGroup::name);
        if (known != out.end()) {
          known->rows.push_back({id, note(id), std::move(cells)});
          continue;
        }
        out.push_back({name, {}});
      }
      out.back().rows.push_back({id, note(id), std::move(cells)});
    }
    return out;
  }

 private:
  std::size_t columns_;
  std::map<std::string, std::vector<MatrixCell>> rows_;
};

Json rows_json(const std::vector<MatrixGroup>& groups, const char* member) {
  Json out = Json::array();
  for (const MatrixGroup& group : groups)
    for (const MatrixRow& row : group.rows) {
      Json one = Json::object();
      one[member] = row.id;
      if (!row.note.empty()) one["citation"] = row.note;
      one["differs"] = row.differs();
      one["cells"] = Json::array();
      for (const MatrixCell& cell : row.cells) {
        Json json = Json::object();
        json["status"] = cell.status ? Json(name(*cell.status)) : Json(nullptr);
        if (!cell.said.empty()) json["seen"] = cell.said;
        one["cells"].push_back(std::move(json));
      }
      out.push_back(std::move(one));
    }
  return out;
}

}  // namespace

bool MatrixRow::differs() const {
  return std::ranges::any_of(cells, [&](const MatrixCell& cell) { return !(cell == cells.front()); });
}

bool MatrixRow::all_pass() const {
  return std::ranges::all_of(cells, [](const MatrixCell& cell) {
    return cell.status && (*cell.status == Status::Pass || *cell.status == Status::PassLenient);
  });
}

std::string column_title(const DiffSide& column) {
  if (!column.label.empty()) return column.label;
  return column.info.target_title.empty() ? column.info.target : column.info.target_title;
}

std::string_view sign(const MatrixCell& cell) {
  if (!cell.status) return "·";
  switch (*cell.status) {
    case Status::Pass:
      return "✓";
    case Status::PassLenient:
      return "✓~";
    case Status::Fail:
      return "✗";
    case Status::Inconclusive:
      return "?";
    case Status::Unsupported:
      return "–";
    case Status::NotApplicable:
      return "n/a";
    case Status::Waived:
      return "w";
    case Status::Unstable:
      return "±";
    case Status::Error:
      return "!";
  }
  return "?";
}

Matrix matrix(std::vector<DiffSide> columns, const scenarios::Catalogue& catalogue) {
  Matrix out;
  Rows scenario_rows(columns.size()), requirement_rows(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (const ScenarioVerdict& verdict : columns[i].verdicts.scenarios)
      scenario_rows.put(verdict.scenario, i,
                        {verdict.status, plain_pass(verdict.status) ? "" : said(verdict.reason, verdict.detail)});
    for (const auto& [id, verdict] : columns[i].verdicts.requirements)
      if (touched(verdict))
        requirement_rows.put(id, i, {verdict.status, plain_pass(verdict.status) ? "" : said(verdict)});
  }
  out.columns = std::move(columns);
  out.scenarios = scenario_rows.take(folder_of, [](const std::string&) { return std::string(); });
  const auto note = [&](const std::string& id) {
    const auto found = catalogue.find(id);
    if (found == catalogue.end()) return std::string();
    return fmt::format("{}, {}", found->second.citation(), scenarios::name(found->second.level));
  };
  const auto rfc = [&](const std::string& id) {
    const auto found = catalogue.find(id);
    return found == catalogue.end() ? std::string("other") : fmt::format("RFC {}", found->second.rfc);
  };
  out.requirements = requirement_rows.take(rfc, note);
  return out;
}

std::string matrix_json(const Matrix& matrix) {
  Json json = Json::object();
  json["format"] = "ikevet-matrix";
  json["version"] = kMatrixVersion;
  json["columns"] = Json::array();
  for (const DiffSide& column : matrix.columns) {
    Json one = Json::object();
    one["label"] = column_title(column);
    one["target"] = column.info.target;
    one["target_title"] = column.info.target_title;
    one["ikevet"] = column.info.ikevet_version;
    one["started"] = column.info.started;
    one["partial"] = column.verdicts.partial;
    json["columns"].push_back(std::move(one));
  }
  json["scenarios"] = rows_json(matrix.scenarios, "scenario");
  json["requirements"] = rows_json(matrix.requirements, "requirement");
  return to_text(json, 1) + "\n";
}

namespace {

constexpr std::string_view kStyle = R"(<style>
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--line:#d4d9de;--soft:#f3f5f7;--pass:#1f7a3d;--fail:#b3261e;--warn:#8a5a00;--off:#66707a;--waive:#6b4fa0}
@media(prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e4e8ec;--line:#333b44;--soft:#1c2229;--pass:#6cc48a;--fail:#ff8a80;--warn:#e8b64c;--off:#98a2ad;--waive:#b9a3e8}}
body{font:15px/1.45 system-ui,sans-serif;margin:1.5rem auto;max-width:1200px;padding:0 1rem;background:var(--bg);color:var(--fg)}
table{border-collapse:collapse;width:100%}th,td{border:1px solid var(--line);padding:.2rem .5rem;text-align:left;vertical-align:top}
thead th{position:sticky;top:0;background:var(--soft)}td.c{text-align:center;white-space:nowrap;font-weight:600}
summary{cursor:pointer;padding:.4rem 0;font-weight:600}details{border-bottom:1px solid var(--line)}
td small{display:block;color:var(--off);font-weight:400;white-space:normal;max-width:22rem;text-align:left;overflow-wrap:anywhere}
code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}
.pass{color:var(--pass)}.fail{color:var(--fail)}.warn{color:var(--warn)}.off{color:var(--off)}.waive{color:var(--waive)}
body.few tr.same,body.few details.same{display:none}
</style>
)";

/// The page reads the same without it.
constexpr std::string_view kScript = R"(<script>
document.getElementById("few").addEventListener("change",function(){document.body.classList.toggle("few",this.checked);});
</script>
)";

std::string_view css(const MatrixCell& cell) {
  if (!cell.status) return "off";
  switch (*cell.status) {
    case Status::Pass:
    case Status::PassLenient:
      return "pass";
    case Status::Fail:
    case Status::Error:
      return "fail";
    case Status::Inconclusive:
    case Status::Unstable:
      return "warn";
    case Status::Waived:
      return "waive";
    case Status::Unsupported:
    case Status::NotApplicable:
      return "off";
  }
  return "off";
}

std::string cell_html(const MatrixCell& cell) {
  const std::string_view status = cell.status ? name(*cell.status) : std::string_view("not in this run");
  const std::string why = cell.said.empty() ? std::string() : fmt::format("<small>{}</small>", html_text(cell.said));
  return fmt::format("<td class=\"c {}\"><span role=\"img\" aria-label=\"{}\" title=\"{}\">{}</span>{}</td>", css(cell),
                     status, status, sign(cell), why);
}

std::string row_html(const MatrixRow& row) {
  std::string out =
      fmt::format("<tr{}><th scope=\"row\"><code>{}</code>{}</th>", row.differs() ? "" : " class=\"same\"",
                  html_text(row.id), row.note.empty() ? "" : fmt::format(" <small>{}</small>", html_text(row.note)));
  for (const MatrixCell& cell : row.cells) out += cell_html(cell);
  return out + "</tr>\n";
}

std::string head_html(const Matrix& matrix, std::string_view first) {
  std::string out = fmt::format("<thead><tr><th scope=\"col\">{}</th>", first);
  for (const DiffSide& column : matrix.columns)
    out += fmt::format("<th scope=\"col\">{}</th>", html_text(column_title(column)));
  return out + "</tr></thead>\n";
}

/// How a group fares in each column: "12 ✓ 1 ✗".
std::string tally_html(const MatrixGroup& group, std::size_t column) {
  std::size_t pass = 0, fail = 0, other = 0;
  for (const MatrixRow& row : group.rows) {
    const std::string_view kind = css(row.cells[column]);
    if (kind == "pass") {
      ++pass;
    } else if (kind == "fail") {
      ++fail;
    } else {
      ++other;
    }
  }
  std::string out = fmt::format("<span class=\"pass\">{} ✓</span>", pass);
  if (fail != 0) out += fmt::format(" <span class=\"fail\">{} ✗</span>", fail);
  if (other != 0) out += fmt::format(" <span class=\"off\">{} other</span>", other);
  return out;
}

std::string group_html(const Matrix& matrix, const MatrixGroup& group, std::string_view first) {
  const bool differs = std::ranges::any_of(group.rows, &MatrixRow::differs);
  std::string out = fmt::format("<details{}{}><summary>{} — ", differs ? "" : " class=\"same\"", differs ? " open" : "",
                                html_text(group.name));
  for (std::size_t i = 0; i < matrix.columns.size(); ++i)
    out +=
        fmt::format("{}{}: {}", i == 0 ? "" : " | ", html_text(column_title(matrix.columns[i])), tally_html(group, i));
  out += "</summary>\n<table>\n" + head_html(matrix, first) + "<tbody>\n";
  for (const MatrixRow& row : group.rows) out += row_html(row);
  return out + "</tbody></table></details>\n";
}

std::string columns_html(const Matrix& matrix) {
  std::string out =
      "<table><thead><tr><th scope=\"col\">run</th><th scope=\"col\">device</th><th scope=\"col\">ikevet</th><th "
      "scope=\"col\">started</th><th scope=\"col\">scenarios</th><th "
      "scope=\"col\">requirements</th></tr></thead><tbody>\n";
  for (const DiffSide& column : matrix.columns) {
    const Tally counts = tally(column.verdicts.scenarios);
    const Denominator d = denominator(column.verdicts);
    out += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}{}</td><td>{}</td><td>{}</td><td>{} of {} pass, {} fail</td><td>{} of {} "
        "tested, {} failed</td></tr>\n",
        html_text(column_title(column)),
        html_text(column.info.target_title.empty() ? column.info.target : column.info.target_title),
        column.verdicts.partial ? " (partial)" : "", html_text(column.info.ikevet_version),
        html_text(column.info.started), count(counts, Status::Pass) + count(counts, Status::PassLenient),
        column.verdicts.scenarios.size(), count(counts, Status::Fail), d.tested, d.total, d.failed);
  }
  return out + "</tbody></table>\n";
}

}  // namespace

std::string matrix_html(const Matrix& matrix) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>ikevet: devices against scenarios</title>\n";
  out += kStyle;
  out += "</head><body>\n<h1>Devices against scenarios</h1>\n" + columns_html(matrix);
  out +=
      "<p>✓ pass, ✓~ pass in another manner, ✗ fail, ? inconclusive, – unsupported, w waived, ± unstable, ! harness "
      "error, "
      "· not in this run. <label><input type=\"checkbox\" id=\"few\"> only what "
      "differs</label></p>\n<h2>Scenarios</h2>\n";
  for (const MatrixGroup& group : matrix.scenarios) out += group_html(matrix, group, "scenario");
  out += "<h2>Requirements</h2>\n";
  for (const MatrixGroup& group : matrix.requirements) out += group_html(matrix, group, "requirement");
  out += kScript;
  return out + "</body></html>\n";
}

}  // namespace ikevet::reports
