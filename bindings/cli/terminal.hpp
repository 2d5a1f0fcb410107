// What may be done to an output: colour and lines that are overwritten belong on a terminal only.
#pragma once

#include <cstddef>
#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>

namespace ikevet::cli {

enum class Colour { None, Red, Green, Yellow, Blue, Dim, Bold };

class Terminal {
 public:
  /// Of standard output, as it is now: colour when it is a terminal, NO_COLOR is unset or empty (https://no-color.org)
  /// and TERM is not "dumb".
  static Terminal of_stdout();
  /// For tests, and for output that goes elsewhere: no colour, nothing overwritten.
  static Terminal plain(std::ostream& out);

  std::ostream& out() const { return *out_; }
  bool interactive() const { return interactive_; }
  /// Columns; of something that is no terminal as many as anybody could want.
  std::size_t width() const;

  std::string paint(Colour colour, std::string_view text) const;

  /// Shows `text` in the place of the status line shown before; on anything but a terminal nothing happens.
  void status(std::string_view text);
  /// Takes the status line away. Every line() does so by itself.
  void clear_status();
  void line(std::string_view text = {});

 private:
  Terminal(std::ostream& out, bool interactive, bool colour) : out_(&out), interactive_(interactive), colour_(colour) {}

  std::ostream* out_;
  bool interactive_;
  bool colour_;
  bool status_shown_{};
};

/// `text` broken at blanks into lines of at most `width` columns, each after `indent` blanks. A word that is longer
/// stands on a line of its own.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace ikevet::cli
