// A run, or what is left of one, to be compared with others.
#pragma once

#include <filesystem>

#include "reports/run_diff.hpp"
#include "scenarios/format/loader.hpp"

namespace ikevet::app {

/// A run's folder, its report.json, or a baseline file, labelled as the user named it. A run whose report is gone is
/// graded again. Throws UserError (exit 2) for a folder that is no run, and FileError.
reports::DiffSide compared_run(const std::filesystem::path& what, const scenarios::Library& library);

}  // namespace ikevet::app
