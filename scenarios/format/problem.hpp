// What is wrong with a user's file: where, what, and what to do about it.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace ikevet::scenarios {

struct Problem {
  std::string file;
  std::size_t line{};    ///< from 1; 0 when the file has no such place (it is missing, or empty)
  std::size_t column{};  ///< from 1, in octets
  std::string pointer;   ///< JSON pointer: "/steps/0/expect"; empty for the whole document
  std::string what;      ///< "no such notify type \"UNSUPORTED_CRITICAL_PAYLOAD\""
  std::string remedy;    ///< "did you mean UNSUPPORTED_CRITICAL_PAYLOAD?"; may be empty
  /// The instance of a file with a `matrix`: "sa/missing". What is wrong with many of them is told of the first only.
  std::string instance{};

  /// "suite/a.json:12:7: /steps/0: no such notify type "X"; did you mean Y?"
  std::string text() const;
  friend bool operator==(const Problem&, const Problem&) = default;
};

/// Everything that is wrong with what was asked for, not only the first thing. what() has one line a problem.
class FormatError : public std::runtime_error {
 public:
  explicit FormatError(std::vector<Problem> found);
  std::vector<Problem> problems;
};

}  // namespace ikevet::scenarios
