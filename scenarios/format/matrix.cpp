#include "scenarios/format/matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>

#include "scenarios/format/nearest.hpp"
#include "scenarios/format/position_index.hpp"

namespace ikevet::scenarios {
namespace {

using Json = nlohmann::ordered_json;

struct Axis {
  std::string name;
  std::vector<Json> values;
};

/// "sa", "16", "missing": what a value is called in an id. Empty for a value that has no name.
std::string id_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  if (value.is_object() && value.contains("id")) return id_of(value["id"]);
  return "";
}

bool is_id(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

/// One value of each axis.
using Combination = std::vector<std::pair<std::string_view, const Json*>>;

class Expansion {
 public:
  Expansion(const Json& root, std::filesystem::path folder, const MatrixComplaint& complain)
      : root_(root), folder_(std::move(folder)), complain_(complain) {}

  std::vector<MatrixInstance> run() {
    if (!read_axes()) return {};
    check_conditions("exclude", [](const Json& entry) -> const Json& { return entry; }, "");
    check_conditions("overrides", [](const Json& entry) -> const Json& { return entry["when"]; }, "/when");
    if (wrong_) return {};
    Combination combination;
    combine(0, combination);
    if (instances_.empty() && !wrong_)
      fail("/matrix", "gives no instance at all", "everything is excluded, or an axis is empty");
    for (const Json* entry : members_of("exclude"))
      if (!excluded_.contains(entry))
        fail("/exclude", fmt::format("{} excludes nothing", entry->dump()), "take it out");
    if (wrong_) return {};
    return std::move(instances_);
  }

 private:
  void fail(std::string pointer, std::string what, std::string remedy = {}) {
    wrong_ = true;
    complain_(std::move(pointer), std::move(what), std::move(remedy));
  }

  std::vector<const Json*> members_of(const char* list) const {
    std::vector<const Json*> out;
    if (root_.contains(list))
      for (const Json& entry : root_[list]) out.push_back(&entry);
    return out;
  }

  // ------------------------------------------------------------------------------------------------------------- axes

  bool read_axes() {
    std::size_t count = 1;
    for (const auto& [name, given] : root_["matrix"].items()) {
      const std::string pointer = pointer_to("/matrix", name);
      const std::optional<Json> values = values_of(given, pointer);
      if (!values) continue;
      Axis axis{name, {}};
      std::set<std::string> ids;
      for (std::size_t i = 0; i < values->size(); ++i) {
        const std::string id = id_of((*values)[i]);
        const std::string place = given.is_array() ? pointer_to(pointer, i) : pointer;
        if (!is_id(id))
          fail(place,
               fmt::format("the value {} has no name that can stand in an id", (*values)[i].dump().substr(0, 60)),
               "give it an \"id\" of small letters, digits, \"-\" and \".\"");
        else if (!ids.insert(id).second)
          fail(place, fmt::format("\"{}\" is here twice", id), "take one out, or give it another id");
        axis.values.push_back((*values)[i]);
      }
      count = std::min(count * axis.values.size(), kMostInstances * 100);
      axes_.push_back(std::move(axis));
    }
    if (count > kMostInstances)
      fail("/matrix", fmt::format("gives more than {} instances", kMostInstances),
           "split the file, or exclude what shows nothing new by making the axes shorter");
    return !wrong_;
  }

  /// A list as it stands, or {"from": FILE}.
  std::optional<Json> values_of(const Json& given, const std::string& pointer) {
    if (given.is_array()) return given;
    const std::filesystem::path file = folder_ / given.value("from", std::string());
    std::ifstream in(file, std::ios::binary);
    if (!in) {
      fail(pointer, fmt::format("cannot read {}", file.lexically_normal().string()),
           "the path is relative to the scenario's own folder");
      return std::nullopt;
    }
    Json values = Json::parse(in, nullptr, false);
    if (!values.is_array()) {
      fail(pointer, fmt::format("{} is not a JSON array", file.lexically_normal().string()),
           "an axis is a list of values");
      return std::nullopt;
    }
    if (given.contains("only")) {
      Json chosen = Json::array();
      for (const Json& id : given["only"]) {
        const auto found = std::ranges::find_if(values, [&](const Json& value) { return id_of(value) == id_of(id); });
        if (found == values.end())
          fail(pointer, fmt::format("no \"{}\" in {}", id_of(id), file.filename().string()), "see that file");
        else
          chosen.push_back(*found);
      }
      return chosen;
    }
    return values;
  }

  // ------------------------------------------------------------------------------------------------------- conditions

  /// Conditions name axes and ids that exist: a mistyped one would silently never hold.
  template <class Part>
  void check_conditions(const char* list, const Part& condition_of, const char* below) {
    std::size_t i = 0;
    for (const Json* entry : members_of(list)) {
      const std::string pointer = pointer_to(std::string("/") + list, i++) + below;
      for (const auto& [name, wanted] : condition_of(*entry).items()) {
        const auto axis = std::ranges::find(axes_, name, &Axis::name);
        if (axis == axes_.end()) {
          std::vector<std::string> names;
          for (const Axis& known : axes_) names.push_back(known.name);
          fail(pointer, fmt::format("no axis \"{}\"", name), did_you_mean(name, names, "name one of `matrix`"));
          continue;
        }
        for (const Json& id : wanted.is_array() ? wanted : Json::array({wanted}))
          if (std::ranges::none_of(axis->values, [&](const Json& value) { return id_of(value) == id_of(id); }))
            fail(pointer_to(pointer, name), fmt::format("the axis has no \"{}\"", id_of(id)), "name one of its values");
      }
    }
  }

  static bool holds(const Json& condition, const Combination& combination) {
    return std::ranges::all_of(combination, [&](const auto& chosen) {
      const auto wanted = condition.find(std::string(chosen.first));
      if (wanted == condition.end()) return true;
      const std::string id = id_of(*chosen.second);
      if (!wanted->is_array()) return id_of(*wanted) == id;
      return std::ranges::any_of(*wanted, [&](const Json& one) { return id_of(one) == id; });
    });
  }

  // -------------------------------------------------------------------------------------------------------- instances

  void combine(std::size_t depth, Combination& combination) {
    if (depth < axes_.size()) {
      for (const Json& value : axes_[depth].values) {
        combination.emplace_back(axes_[depth].name, &value);
        combine(depth + 1, combination);
        combination.pop_back();
      }
      return;
    }
    bool out = false;
    for (const Json* entry : members_of("exclude"))
      if (holds(*entry, combination)) {
        excluded_.insert(entry);
        out = true;
      }
    if (!out) add(combination);
  }

  void add(const Combination& combination) {
    MatrixInstance instance;
    for (const auto& [axis, value] : combination) instance.name += (instance.name.empty() ? "" : "/") + id_of(*value);
    Json json = root_;
    json.erase("matrix");
    json.erase("exclude");
    json.erase("overrides");
    for (const Json* entry : members_of("overrides"))
      if (holds((*entry)["when"], combination)) json.merge_patch((*entry)["merge"]);
    substitute(json, "", combination);
    if (json.contains("id") && json["id"].is_string()) json["id"] = json["id"].get<std::string>() + "/" + instance.name;
    instance.json = std::move(json);
    instances_.push_back(std::move(instance));
  }

  /// False when the value is to be left out.
  bool substitute(Json& json, const std::string& pointer, const Combination& combination) {
    if (json.is_string()) return substitute_text(json, pointer, combination);
    if (json.is_object()) {
      std::vector<std::string> gone;
      for (auto& [name, member] : json.items())
        if (!substitute(member, pointer_to(pointer, name), combination)) gone.push_back(name);
      for (const std::string& name : gone) json.erase(name);
    } else if (json.is_array()) {
      Json items = Json::array();
      for (std::size_t i = 0; i < json.size(); ++i) {
        const bool reference = json[i].is_string();
        if (!substitute(json[i], pointer_to(pointer, i), combination)) continue;
        if (reference && json[i].is_array())
          for (Json& item : json[i]) items.push_back(std::move(item));
        else
          items.push_back(std::move(json[i]));
      }
      json = std::move(items);
    }
    return true;
  }

  bool substitute_text(Json& json, const std::string& pointer, const Combination& combination) {
    const std::string text = json.get<std::string>();
    std::string out;
    std::size_t at = 0;
    for (std::size_t open = text.find("${"); open != std::string::npos; open = text.find("${", at)) {
      const std::size_t close = text.find('}', open);
      if (close == std::string::npos) break;
      out += text.substr(at, open - at);
      at = close + 1;
      std::string reference = text.substr(open + 2, close - open - 2);
      const bool optional = reference.ends_with('?');
      if (optional) reference.pop_back();
      const Json* value = look_up(reference, pointer, combination, optional);
      if (value == nullptr) return !optional;  // a fault has been told of
      if (open == 0 && at == text.size()) {
        json = *value;
        if (depth_ == kDeepest) {
          fail(pointer, fmt::format("${{{}}} leads round in a circle", reference), "");
          return false;
        }
        ++depth_;  // values may refer to other axes
        const bool kept = substitute(json, pointer, combination);
        --depth_;
        return kept;
      }
      const std::string word = id_of(*value);
      if (word.empty())
        fail(pointer, fmt::format("${{{}}} is not a word or number, and stands amid other text", reference),
             "let it stand alone as the whole string");
      out += word;
    }
    out += text.substr(at);
    json = std::move(out);
    return true;
  }

  /// "payload" is the id of that axis's value, "payload.name" a member of it.
  const Json* look_up(const std::string& reference, const std::string& pointer, const Combination& combination,
                      bool optional) {
    const std::size_t dot = reference.find('.');
    const std::string axis = reference.substr(0, dot);
    const auto chosen = std::ranges::find(combination, axis, &Combination::value_type::first);
    if (chosen == combination.end()) {
      std::vector<std::string> names;
      for (const Axis& known : axes_) names.push_back(known.name);
      fail(pointer, fmt::format("${{{}}}: no axis \"{}\"", reference, axis), did_you_mean(axis, names, ""));
      return nullptr;
    }
    const Json& value = *chosen->second;
    if (dot == std::string::npos) return value.is_object() ? &value["id"] : &value;
    const std::string member = reference.substr(dot + 1);
    if (value.is_object() && value.contains(member)) return &value[member];
    if (!optional)
      fail(pointer, fmt::format("${{{}}}: the value \"{}\" has no \"{}\"", reference, id_of(value), member),
           "give it one, or write \"?\" behind the name if it may be missing");
    return nullptr;
  }

  const Json& root_;
  std::filesystem::path folder_;
  const MatrixComplaint& complain_;
  std::vector<Axis> axes_;
  std::vector<MatrixInstance> instances_;
  std::set<const Json*> excluded_;
  bool wrong_ = false;
  static constexpr int kDeepest = 8;
  int depth_ = 0;
};

}  // namespace

std::vector<MatrixInstance> expand_matrix(const Json& root, const std::filesystem::path& folder,
                                          const MatrixComplaint& complain) {
  return Expansion(root, folder, complain).run();
}

}  // namespace ikevet::scenarios
