#include "scenarios/format/position_index.hpp"

#include <nlohmann/json.hpp>

namespace ikevet::scenarios {

Position position_at(std::string_view text, std::size_t offset) {
  Position at{1, 1};
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++at.line;
      at.column = 1;
    } else {
      ++at.column;
    }
  }
  return at;
}

bool nested_deeper_than(std::string_view json, int limit) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

std::string pointer_to(std::string_view parent, std::string_view member) {
  std::string out(parent);
  out += '/';
  for (const char c : member) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

std::string pointer_to(std::string_view parent, std::size_t index) { return pointer_to(parent, std::to_string(index)); }

/// A straight walk over sound JSON: it need not look for mistakes, only for the ends of things.
class PositionIndex::Scanner {
 public:
  Scanner(std::string_view text, PositionIndex& index) : text_(text), index_(index) {}

  void value(const std::string& pointer) {
    blanks();
    index_.places_.try_emplace(pointer, here());
    if (peek() == '{')
      object(pointer);
    else if (peek() == '[')
      array(pointer);
    else if (peek() == '"')
      string();
    else
      while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(peek()) == std::string_view::npos) step();
  }

 private:
  void object(const std::string& pointer) {
    step();
    for (blanks(); peek() != '}' && at_ < text_.size(); blanks()) {
      const Position place = here();
      const std::string member = pointer_to(pointer, string());
      if (const auto [was, fresh] = index_.places_.try_emplace(member, place); !fresh)
        index_.duplicates_.push_back({member, was->second, place});
      blanks();
      step();  // the colon
      value(member);
      blanks();
      if (peek() == ',') step();
    }
    step();
  }

  void array(const std::string& pointer) {
    step();
    std::size_t item = 0;
    for (blanks(); peek() != ']' && at_ < text_.size(); blanks()) {
      value(pointer_to(pointer, item++));
      blanks();
      if (peek() == ',') step();
    }
    step();
  }

  /// The decoded text: a name may be spelled with escapes.
  std::string string() {
    const std::size_t begin = at_;
    step();
    while (at_ < text_.size() && peek() != '"') {
      if (peek() == '\\') step();
      step();
    }
    step();
    return nlohmann::json::parse(text_.substr(begin, at_ - begin)).get<std::string>();
  }

  void blanks() {
    while (at_ < text_.size() && (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == '\n')) step();
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void step() {
    if (at_ >= text_.size()) return;
    if (text_[at_++] == '\n') {
      ++line_;
      line_begins_ = at_;
    }
  }
  Position here() const { return {line_, at_ - line_begins_ + 1}; }

  std::string_view text_;
  PositionIndex& index_;
  std::size_t at_{};
  std::size_t line_ = 1;
  std::size_t line_begins_{};
};

PositionIndex::PositionIndex(std::string_view json) { Scanner(json, *this).value(""); }

Position PositionIndex::find(std::string_view pointer) const {
  for (;;) {
    if (const auto it = places_.find(pointer); it != places_.end()) return it->second;
    const std::size_t slash = pointer.rfind('/');
    if (slash == std::string_view::npos) return {};
    pointer = pointer.substr(0, slash);
  }
}

}  // namespace ikevet::scenarios
