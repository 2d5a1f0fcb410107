// The JSON Schemas of this folder, compiled in: a file can be checked wherever the program runs.
#pragma once

#include <span>
#include <string_view>

namespace ikevet::scenarios {

struct EmbeddedSchema {
  std::string_view name;  ///< "scenario" for scenario.schema.json
  std::string_view text;
};
std::span<const EmbeddedSchema> embedded_schemas();

}  // namespace ikevet::scenarios
