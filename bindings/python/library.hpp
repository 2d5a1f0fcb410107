// The suite and the catalogue, read once: a test item for each scenario does not read them a thousand times.
#pragma once

#include "scenarios/format/loader.hpp"

namespace ikevet::python {

/// Everything below the data folder; read anew when that is another one (IKEVET_DATA). Any thread, GIL or not.
const scenarios::Library& library();

}  // namespace ikevet::python
