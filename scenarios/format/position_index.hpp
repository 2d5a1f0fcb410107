// Where each value of a JSON text stands.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ikevet::scenarios {

/// Line and column, both from 1; the column counts octets.
struct Position {
  std::size_t line{};
  std::size_t column{};
  friend auto operator<=>(const Position&, const Position&) = default;
};

Position position_at(std::string_view text, std::size_t offset);

/// Reads a JSON text once more after the parser has found it sound, to learn what the parser does not keep: the place
/// of every value, and names that an object has twice.
class PositionIndex {
 public:
  PositionIndex() = default;
  /// `json` must be valid JSON, nested no deeper than kDeepest.
  explicit PositionIndex(std::string_view json);

  /// Of a member: where its name begins; of an array's item and of the whole: where the value begins. For a pointer
  /// that leads nowhere: the place of the nearest ancestor that is there.
  Position find(std::string_view pointer) const;

  struct Duplicate {
    std::string pointer;
    Position first, second;
  };
  const std::vector<Duplicate>& duplicates() const { return duplicates_; }

  static constexpr int kDeepest = 64;

 private:
  class Scanner;
  std::map<std::string, Position, std::less<>> places_;
  std::vector<Duplicate> duplicates_;
};

/// Is a JSON text nested deeper than `limit`? Reads any text.
bool nested_deeper_than(std::string_view json, int limit);

/// Appends a member name or index to a JSON pointer, RFC 6901.
std::string pointer_to(std::string_view parent, std::string_view member);
std::string pointer_to(std::string_view parent, std::size_t index);

}  // namespace ikevet::scenarios
