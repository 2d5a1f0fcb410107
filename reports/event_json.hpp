// Events of an engine as lines of trace.jsonl.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "engine/trace/event.hpp"

namespace ikevet::reports {

/// The event's fields; its name and time stand beside them.
nlohmann::ordered_json fields_of(const trace::Event& event);

/// The event with this name (trace::name) and these fields. Empty for an unknown name: a later version may know more
/// events. Throws nlohmann::json::exception where a field is missing or of the wrong kind.
std::optional<trace::Event> event_from(std::string_view name, const nlohmann::ordered_json& fields);

}  // namespace ikevet::reports
