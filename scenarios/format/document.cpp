#include "scenarios/format/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>
#include <unordered_set>

#include "scenarios/format/matrix.hpp"
#include "scenarios/format/schema_check.hpp"

namespace ikevet::scenarios {
namespace {

const Json kAbsent;

constexpr std::uintmax_t kLargestFile = 16U << 20;

std::string quoted_tail(std::string_view message) {
  // nlohmann's texts begin with "[json.exception.parse_error.101] parse error at line 1, column 2: ": we say that
  // better.
  const std::size_t colon = message.find(": ", message.find("column"));
  return std::string(colon == std::string_view::npos ? message : message.substr(colon + 2));
}

}  // namespace

Document::Document(const std::filesystem::path& file, std::vector<Problem>& problems)
    : file_(file.string()), problems_(problems) {
  ok_ = read(file) && parse(text_);
  if (!ok_) return;
  for (const PositionIndex::Duplicate& twice : places_->duplicates())
    problems_.push_back({file_, twice.second.line, twice.second.column, twice.pointer, "this member is here twice",
                         fmt::format("take one out; the first is on line {}", twice.first.line)});
}

Document::Document(const std::filesystem::path& file, std::string_view schema, std::vector<Problem>& problems)
    : Document(file, problems) {
  if (ok_) check(schema);
}

std::vector<Document> Document::scenarios(const std::filesystem::path& file, std::vector<Problem>& problems) {
  std::vector<Document> out;
  Document whole(file, problems);
  if (!whole.ok()) return out;
  if (!whole.root_.is_object() || !whole.root_.contains("matrix")) {
    whole.check("scenario");
    out.push_back(std::move(whole));
    return out;
  }
  const std::size_t before = problems.size();
  whole.check("family");
  if (problems.size() > before) return out;
  const MatrixComplaint complain = [&](std::string pointer, std::string what, std::string remedy) {
    whole.complain(pointer, std::move(what), std::move(remedy));
  };
  // The order of the axes is that of the file, which Json does not keep.
  const auto ordered = nlohmann::ordered_json::parse(whole.text_);
  for (MatrixInstance& instance : expand_matrix(ordered, file.parent_path(), complain)) {
    Document one = whole;
    one.instance_ = std::move(instance.name);
    one.text_ = instance.json.dump(2) + "\n";
    one.root_ = Json::parse(one.text_);
    one.check("scenario");
    out.push_back(std::move(one));
  }
  return out;
}

namespace {

/// Looks at each different step once: the instances of a matrix share most of theirs, and the schema says the same of a
/// step wherever it stands. False when something is wrong, or not known to be right.
bool sound_scenario(const Json& root) {
  thread_local std::unordered_set<std::string> sound;
  if (!root.is_object() || !root.contains("steps") || !root["steps"].is_array()) return false;
  Json reduced = root;
  Json steps = Json::array();
  std::vector<std::string> fresh;
  for (Json& step : reduced["steps"]) {
    std::string text = step.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (sound.contains(text)) continue;
    fresh.push_back(std::move(text));
    steps.push_back(std::move(step));
  }
  if (steps.empty() && !root["steps"].empty()) steps.push_back(root["steps"].front());
  reduced["steps"] = std::move(steps);
  if (!schema_faults(reduced, "scenario").empty()) return false;
  sound.insert(std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
  return true;
}

}  // namespace

void Document::check(std::string_view schema) {
  if (schema == "scenario" && sound_scenario(root_)) return;
  for (SchemaFault& fault : schema_faults(root_, schema)) complain(fault.pointer, fault.what, fault.remedy);
}

bool Document::read(const std::filesystem::path& file) {
  std::error_code error;
  const auto refuse = [&](std::string what, std::string remedy) {
    problems_.push_back({file_, 0, 0, "", std::move(what), std::move(remedy)});
    return false;
  };
  if (!std::filesystem::exists(file, error)) return refuse("no such file", "check the path");
  if (!std::filesystem::is_regular_file(file, error)) return refuse("not a file", "name a JSON file");
  if (std::filesystem::file_size(file, error) > kLargestFile)
    return refuse("larger than 16 MiB", "this is hardly the file that was meant");
  std::ifstream in(file, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  if (!in) return refuse("cannot be read", "check its permissions");
  text_ = all.str();
  if (text_.starts_with("\xef\xbb\xbf")) text_.erase(0, 3);
  if (text_.find_first_not_of(" \t\r\n") == std::string::npos) return refuse("the file is empty", "");
  return true;
}

bool Document::parse(std::string_view text) {
  if (nested_deeper_than(text, PositionIndex::kDeepest)) {
    problems_.push_back({file_, 0, 0, "", fmt::format("nested deeper than {} levels", PositionIndex::kDeepest), ""});
    return false;
  }
  try {
    root_ = Json::parse(text);
  } catch (const Json::parse_error& error) {
    const Position at = position_at(text, error.byte > 0 ? error.byte - 1 : 0);
    const bool cut = error.byte > text.find_last_not_of(" \t\r\n") + 1;
    problems_.push_back({file_, at.line, at.column, "", "not JSON: " + quoted_tail(error.what()),
                         cut ? "the file ends too early; was it cut off?" : "look just before this place"});
    return false;
  } catch (const Json::out_of_range& error) {
    // Its words end with the number in quotation marks.
    const std::string_view words = error.what();
    const std::size_t begin = words.find('\''), end = words.rfind('\'');
    const bool quoted = begin != std::string_view::npos && end > begin;
    const std::string_view number = quoted ? words.substr(begin + 1, end - begin - 1) : std::string_view();
    const std::size_t found = text.find(number);
    const Position at = position_at(text, found == std::string_view::npos ? 0 : found);
    problems_.push_back({file_, at.line, at.column, "", fmt::format("{} is too large for a number", number), ""});
    return false;
  }
  places_ = std::make_shared<PositionIndex>(text);
  return true;
}

void Document::complain(std::string_view pointer, std::string what, std::string remedy) {
  const Position at = places_->find(pointer);
  problems_.push_back({file_, at.line, at.column, std::string(pointer), std::move(what), std::move(remedy), instance_});
}

Node Node::operator[](std::string_view member) const {
  const std::string pointer = pointer_to(pointer_, member);
  if (!json_->is_object()) return {*document_, kAbsent, pointer};
  const auto it = json_->find(member);
  return {*document_, it == json_->end() ? kAbsent : *it, pointer};
}

std::vector<Node> Node::items() const {
  std::vector<Node> out;
  if (!json_->is_array()) return out;
  for (std::size_t i = 0; i < json_->size(); ++i) out.emplace_back(*document_, (*json_)[i], pointer_to(pointer_, i));
  return out;
}

std::vector<std::string> Node::member_names() const {
  std::vector<std::string> out;
  if (json_->is_object())
    for (const auto& [name, value] : json_->items()) out.push_back(name);
  return out;
}

std::vector<std::string> Node::texts() const {
  std::vector<std::string> out;
  for (const Node& item : items())
    if (item.is_string()) out.push_back(item.text());
  return out;
}

std::optional<std::uint64_t> Node::number() const {
  if (json_->is_number_unsigned()) return json_->get<std::uint64_t>();
  if (json_->is_number_integer() && json_->get<std::int64_t>() >= 0)
    return static_cast<std::uint64_t>(json_->get<std::int64_t>());
  return std::nullopt;
}

std::optional<bool> Node::flag() const {
  return json_->is_boolean() ? std::optional(json_->get<bool>()) : std::nullopt;
}

std::optional<Bytes> Node::octets() const { return is_string() ? from_hex(text()) : std::nullopt; }

std::optional<Duration> Node::duration() const { return is_string() ? parse_duration(text()) : std::nullopt; }

std::optional<Duration> parse_duration(std::string_view text) {
  double amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc() || amount < 0 || amount > 1e9) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto in = [&](double nanoseconds) { return Duration(static_cast<Duration::rep>(amount * nanoseconds)); };
  if (unit == "ms") return in(1e6);
  if (unit == "s") return in(1e9);
  if (unit == "min") return amount > 1e6 ? std::nullopt : std::optional(in(6e10));
  return std::nullopt;
}

std::string Problem::text() const {
  std::string out = file;
  if (line > 0) out += fmt::format(":{}:{}", line, column);
  out += ": ";
  if (!pointer.empty()) out += pointer + ": ";
  out += what;
  if (!instance.empty()) out += fmt::format(" (in {})", instance);
  if (!remedy.empty()) out += "; " + remedy;
  return out;
}

namespace {
std::string joined(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) {
    if (!out.empty()) out += '\n';
    out += problem.text();
  }
  return out;
}
}  // namespace

FormatError::FormatError(std::vector<Problem> found) : std::runtime_error(joined(found)), problems(std::move(found)) {}

void throw_if_any(std::vector<Problem> problems) {
  if (problems.empty()) return;
  std::ranges::stable_sort(problems, [](const Problem& a, const Problem& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
  const auto alike = [](const Problem& a, const Problem& b) {
    return std::tie(a.file, a.line, a.column, a.pointer, a.what) ==
           std::tie(b.file, b.line, b.column, b.pointer, b.what);
  };
  std::vector<Problem> told;
  for (Problem& problem : problems)
    if (std::ranges::none_of(told, [&](const Problem& before) { return alike(before, problem); }))
      told.push_back(std::move(problem));
  problems = std::move(told);
  throw FormatError(std::move(problems));
}

}  // namespace ikevet::scenarios
