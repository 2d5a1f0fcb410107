// The readers of whole files.
#pragma once

#include "scenarios/format/document.hpp"
#include "scenarios/format/loader.hpp"

namespace ikevet::scenarios {

Scenario read_scenario(Document& document, const Catalogue& catalogue);
/// `with_credentials` reads the pre-shared key from where the file says it is.
Target read_target(Document& document, const Catalogue& catalogue, bool with_credentials);
void read_requirements(Document& document, Catalogue& catalogue);

}  // namespace ikevet::scenarios
