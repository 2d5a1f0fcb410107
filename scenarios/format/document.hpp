// A JSON file being read: its values, their places, and what is wrong with them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "scenarios/format/position_index.hpp"
#include "scenarios/format/problem.hpp"

namespace ikevet::scenarios {

using Json = nlohmann::json;

/// A file, read and checked against its schema. Reading goes on after a fault, so that all of them are found: what
/// cannot be read is as good as absent, and has been complained of.
class Document {
 public:
  /// Reads the file and checks it against the schema of this name (see schema_text). What is wrong goes to `problems`,
  /// which must outlive the document; ok() is false when the file is not JSON at all.
  Document(const std::filesystem::path& file, std::string_view schema, std::vector<Problem>& problems);
  /// The scenarios of a file: one, or the instances of its `matrix` (matrix.hpp), each as if it stood in the file. A
  /// file that is no JSON, or whose matrix is wrong, gives none.
  static std::vector<Document> scenarios(const std::filesystem::path& file, std::vector<Problem>& problems);

  bool ok() const { return ok_; }
  const std::string& file() const { return file_; }
  const Json& root() const { return root_; }
  /// The scenario as a file of its own: the file's text, or an instance without its matrix.
  const std::string& text() const { return text_; }
  /// "sa/missing" for an instance of a matrix; empty otherwise.
  const std::string& instance() const { return instance_; }
  void complain(std::string_view pointer, std::string what, std::string remedy = {});

 private:
  /// Reads without looking at a schema.
  Document(const std::filesystem::path& file, std::vector<Problem>& problems);
  bool read(const std::filesystem::path& file);
  bool parse(std::string_view text);
  void check(std::string_view schema);

  std::string file_;
  std::string text_;
  std::string instance_;
  Json root_;
  std::shared_ptr<const PositionIndex> places_ = std::make_shared<PositionIndex>();
  std::vector<Problem>& problems_;
  bool ok_{};
};

/// A value of a document. Members of the wrong type read as absent: the schema check has complained of them.
class Node {
 public:
  explicit Node(Document& document) : Node(document, document.root(), "") {}
  Node(Document& document, const Json& json, std::string pointer)
      : document_(&document), json_(&json), pointer_(std::move(pointer)) {}

  const std::string& pointer() const { return pointer_; }
  const std::string& file() const { return document_->file(); }
  void complain(std::string what, std::string remedy = {}) const {
    document_->complain(pointer_, std::move(what), std::move(remedy));
  }

  bool has(std::string_view member) const { return json_->is_object() && json_->contains(member); }
  /// The member, or a null value with the pointer it would have.
  Node operator[](std::string_view member) const;
  std::vector<Node> items() const;
  std::vector<std::string> member_names() const;

  bool is_string() const { return json_->is_string(); }
  bool is_number() const { return json_->is_number_integer(); }
  bool is_object() const { return json_->is_object(); }

  std::string text() const { return json_->is_string() ? json_->get<std::string>() : std::string(); }
  std::vector<std::string> texts() const;
  std::optional<std::uint64_t> number() const;
  std::optional<bool> flag() const;
  std::optional<Bytes> octets() const;
  std::optional<Duration> duration() const;

 private:
  Document* document_;
  const Json* json_;
  std::string pointer_;
};

/// "500ms", "2s", "1.5min".
std::optional<Duration> parse_duration(std::string_view text);

/// Throws one FormatError with all problems, in order of file and place, unless there are none.
void throw_if_any(std::vector<Problem> problems);

}  // namespace ikevet::scenarios
