// The verbs that hold several runs against each other, registered as those of verbs.hpp.
#pragma once

namespace CLI {
class App;
}

namespace ikevet::cli {

void register_diff(CLI::App& program, int& exit_code);
void register_matrix(CLI::App& program, int& exit_code);

}  // namespace ikevet::cli
