#include "bindings/cli/compared_run.hpp"

#include "bindings/cli/run_dir.hpp"
#include "bindings/cli/stored_run.hpp"
#include "reports/files.hpp"

namespace ikevet::app {
namespace fs = std::filesystem;

reports::DiffSide compared_run(const fs::path& what, const scenarios::Library& library) {
  std::error_code error;
  reports::DiffSide out;
  if (!fs::is_directory(what, error)) {
    out = reports::diff_side_from_json(reports::read_file(what), what.string());
  } else if (const fs::path stored = require_run_dir(what) / kJsonReport; fs::exists(stored, error)) {
    out = reports::diff_side_from_json(reports::read_file(stored), stored.string());
  } else {
    reports::RunReport report = regrade(what, library);
    out.info = std::move(report.info);
    out.verdicts = std::move(report.verdicts);
  }
  out.label = what.string();
  return out;
}

}  // namespace ikevet::app
