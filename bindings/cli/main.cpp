#include "bindings/cli/command_line.hpp"

int main(int argc, char** argv) { return ikevet::cli::run_command_line(argc, argv); }
