// Is a JSON value what a schema asks for, and in plain words: what is not.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ikevet::scenarios {

struct SchemaFault {
  std::string pointer;
  std::string what;
  std::string remedy;
};

/// valijson decides whether `value` satisfies the schema of this name; every place it objects to is then explained from
/// the schema: what is wanted there, what stands there, which known name comes nearest.
std::vector<SchemaFault> schema_faults(const nlohmann::json& value, std::string_view schema);

}  // namespace ikevet::scenarios
