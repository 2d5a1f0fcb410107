// Devices against scenarios: several runs side by side.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/run_diff.hpp"

namespace ikevet::reports {

struct MatrixCell {
  std::optional<Status> status;  ///< empty: not in this run
  std::string said;              ///< why, where it is not a plain pass
  friend bool operator==(const MatrixCell& a, const MatrixCell& b) { return a.status == b.status; }
};

struct MatrixRow {
  std::string id;
  std::string note;               ///< of a requirement: "RFC 7296 §2.5, MUST"
  std::vector<MatrixCell> cells;  ///< one a column
  bool differs() const;           ///< not the same in all columns
  bool all_pass() const;
};

/// Rows that belong together: a section of the suite, an RFC.
struct MatrixGroup {
  std::string name;
  std::vector<MatrixRow> rows;
};

struct Matrix {
  std::vector<DiffSide> columns;
  std::vector<MatrixGroup> scenarios;     ///< by folder, in order of id
  std::vector<MatrixGroup> requirements;  ///< by RFC; only those that some run touched
};

Matrix matrix(std::vector<DiffSide> columns, const scenarios::Catalogue& catalogue);

/// What stands over a column: the label, or the device's title.
std::string column_title(const DiffSide& column);

/// One letter or sign for a cell, so that nothing hangs on colours: "✓", "✗", "?", ...
std::string_view sign(const MatrixCell& cell);

std::string matrix_json(const Matrix& matrix);
/// One self-contained page: opens offline, light and dark, no script needed to read it.
std::string matrix_html(const Matrix& matrix);

}  // namespace ikevet::reports
