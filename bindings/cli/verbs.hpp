// The verbs of the command line. Each adds itself to the program and sets `exit_code` when it has run.
//
// What a verb throws is told the user by command_line.cpp, in one place.
#pragma once

namespace CLI {
class App;
}

namespace ikevet::cli {

void register_capture(CLI::App& program, int& exit_code);
void register_doctor(CLI::App& program, int& exit_code);
void register_list(CLI::App& program, int& exit_code);
void register_show(CLI::App& program, int& exit_code);
void register_run(CLI::App& program, int& exit_code);
void register_grade(CLI::App& program, int& exit_code);
void register_probe(CLI::App& program, int& exit_code);
void register_report(CLI::App& program, int& exit_code);
void register_connect(CLI::App& program, int& exit_code);
void register_serve(CLI::App& program, int& exit_code);
void register_lab(CLI::App& program, int& exit_code);
void register_lint(CLI::App& program, int& exit_code);
void register_schema(CLI::App& program, int& exit_code);
void register_shrink(CLI::App& program, int& exit_code);
void register_to_scenario(CLI::App& program, int& exit_code);

}  // namespace ikevet::cli
