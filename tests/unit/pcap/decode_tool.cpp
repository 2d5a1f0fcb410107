// `decode` by itself.
#include <CLI/CLI.hpp>

#include "bindings/cli/decode.hpp"

int main(int argc, char** argv) {
  CLI::App app;
  int exit_code = 0;
  ikevet::cli::register_decode(app, exit_code);
  app.require_subcommand(1);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}
