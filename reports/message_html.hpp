// A decoded message as HTML that folds.
#pragma once

#include <string>

#include "engine/trace/trace.hpp"

namespace ikevet::reports {

/// The fields of a message, those inside SK too, as nested <details>. Everything is escaped.
std::string message_html(const trace::MessageRecord& message);

}  // namespace ikevet::reports
