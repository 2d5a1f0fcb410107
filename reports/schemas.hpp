// The JSON Schemas of schema/, compiled in: of everything that ikevet writes for other programs.
#pragma once

#include <span>
#include <string_view>

namespace ikevet::reports {

struct WrittenSchema {
  std::string_view name;  ///< "report" for report.schema.json
  std::string_view text;
};
std::span<const WrittenSchema> written_schemas();

}  // namespace ikevet::reports
