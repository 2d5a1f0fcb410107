#include "pcap/json_lines.hpp"

#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

namespace ikevet::pcap {
namespace {

using nlohmann::json;

/// Hands characters to the parser and counts the lines that it has passed.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, std::size_t* line) : at_(at), line_(line) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    if (*at_ == '\n') ++*line_;
    ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  std::size_t* line_;
};

/// Follows the parser and notes where each value begins.
class Recorder final : public json::json_sax_t {
 public:
  Recorder(std::map<std::string, std::size_t, std::less<>>& lines, const std::size_t& line)
      : lines_(lines), line_(line) {}

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool start_object(std::size_t) override { return open(false); }
  bool key(string_t& name) override {
    levels_.back().step = "/" + name;
    // A value's line is that of its name: the value itself may be read one character too far.
    lines_.emplace(path(), line_);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

 private:
  struct Level {
    bool array{};
    std::size_t index{};
    std::string step;
  };

  std::string path() const {
    std::string out;
    for (const Level& level : levels_) out += level.array ? "/" + std::to_string(level.index) : level.step;
    return out;
  }
  bool value() {
    lines_.emplace(path(), line_);
    next();
    return true;
  }
  void next() {
    if (!levels_.empty() && levels_.back().array) ++levels_.back().index;
  }
  bool open(bool array) {
    lines_.emplace(path(), line_);
    levels_.push_back({array, 0, {}});
    return true;
  }
  bool close() {
    levels_.pop_back();
    next();
    return true;
  }

  std::map<std::string, std::size_t, std::less<>>& lines_;
  const std::size_t& line_;
  std::vector<Level> levels_;
};

}  // namespace

JsonLines::JsonLines(std::string_view text) {
  std::size_t line = 1;
  Recorder recorder(lines_, line);
  const std::span<const char> all(text);
  json::sax_parse(CountingIterator(all.data(), &line), CountingIterator(all.data() + all.size(), &line), &recorder);
}

std::size_t JsonLines::of(std::string pointer) const {
  while (true) {
    if (const auto found = lines_.find(pointer); found != lines_.end()) return found->second;
    if (pointer.empty()) return 1;
    pointer.erase(pointer.rfind('/'));
  }
}

}  // namespace ikevet::pcap
