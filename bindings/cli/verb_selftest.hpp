// The verb `selftest`.
#pragma once

namespace CLI {
class App;
}

namespace ikevet::cli {

void register_selftest(CLI::App& program, int& exit_code);

}  // namespace ikevet::cli
