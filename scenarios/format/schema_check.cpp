#include "scenarios/format/schema_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <regex>
#include <set>
// valijson is not clean under our warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

#include "scenarios/format/loader.hpp"
#include "scenarios/format/nearest.hpp"
#include "scenarios/format/position_index.hpp"

namespace ikevet::scenarios {
namespace {

using Json = nlohmann::json;

/// A schema as data, for explaining, and as valijson's tree, for judging.
struct Compiled {
  Json json;
  valijson::Schema tree;
};

constexpr std::string_view kSchemaFile = ".schema.json";

/// Definitions of another schema ("scenario.schema.json#/definitions/config") go into `adopted` under its file's name,
/// and the references point there: neither judging nor explaining then has to fetch anything. `home` is where the
/// definitions of the schema that `part` is of will stand: "/definitions/scenario.schema.json", or "" for the root.
void adopt_references(Json& part, const std::string& home, Json& adopted) {
  if (part.is_array())
    for (Json& item : part) adopt_references(item, home, adopted);
  if (!part.is_object()) return;
  for (auto& [name, member] : part.items()) {
    if (name != "$ref" || !member.is_string()) {
      adopt_references(member, home, adopted);
      continue;
    }
    const std::string reference = member.get<std::string>();
    const std::size_t hash = reference.find('#');
    const std::string file = reference.substr(0, hash);
    if (!file.empty() && !adopted.contains(file)) {
      adopted[file] = Json::object();
      Json other = Json::parse(schema_text(std::string_view(file).substr(0, file.size() - kSchemaFile.size())));
      adopt_references(other, "/definitions/" + file, adopted);
      adopted[file]["definitions"] = std::move(other["definitions"]);
    }
    member = "#" + (file.empty() ? home : "/definitions/" + file) + reference.substr(hash + 1);
  }
}

const Compiled& compiled(std::string_view name) {
  static std::map<std::string, std::unique_ptr<Compiled>, std::less<>> cache;
  if (const auto it = cache.find(name); it != cache.end()) return *it->second;
  auto made = std::make_unique<Compiled>();
  made->json = Json::parse(schema_text(name));
  Json adopted = Json::object();
  adopt_references(made->json, "", adopted);
  made->json["definitions"].update(adopted);
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(made->json), made->tree);
  return *cache.emplace(std::string(name), std::move(made)).first->second;
}

/// Follows one schema along with the value it speaks of.
class Explainer {
 public:
  explicit Explainer(const Json& root) : root_(root) {}

  /// The part of the schema that speaks of the value with this path, or null.
  const Json* at(const std::vector<std::string>& path) const {
    const Json* schema = &root_;
    for (const std::string& step : path) {
      schema = resolve(schema);
      if (schema == nullptr) return nullptr;
      if (const auto members = schema->find("properties"); members != schema->end() && members->contains(step))
        schema = &(*members)[step];
      else if (const auto items = schema->find("items"); items != schema->end())
        schema = &*items;
      else
        return nullptr;
    }
    return resolve(schema);
  }

  void explain(const Json& schema, const Json& value, const std::string& pointer, std::vector<SchemaFault>& out) const {
    const auto complain = [&](std::string what, std::string remedy) {
      out.push_back({pointer, std::move(what), std::move(remedy)});
    };
    if (wrong_type(schema, value))
      return complain(fmt::format("{} where {} is wanted", kind(value), wanted_type(schema)), about(schema));
    if (const std::vector<std::string> names = names_of(schema); !names.empty()) {
      if (!allowed(schema, value)) complain(not_one_of(value), suggestion(value, names, schema));
      return;
    }
    if (value.is_string()) explain_string(schema, value.get<std::string>(), complain);
    if (value.is_number()) explain_number(schema, value, complain);
    if (value.is_array()) explain_array(schema, value, complain);
    if (value.is_object()) explain_object(schema, value, pointer, out);
  }

 private:
  const Json* resolve(const Json* schema) const {
    for (;;) {
      if (const auto ref = schema->find("$ref"); ref != schema->end())
        schema = &root_.at(Json::json_pointer(ref->get<std::string>().substr(1)));
      else if (const auto all = schema->find("allOf"); all != schema->end() && all->size() == 1)
        schema = &all->front();
      else
        return schema;
    }
  }

  static std::string kind(const Json& value) {
    switch (value.type()) {
      case Json::value_t::object:
        return "an object";
      case Json::value_t::array:
        return "a list";
      case Json::value_t::string:
        return "a string";
      case Json::value_t::boolean:
        return "true or false";
      case Json::value_t::null:
        return "null";
      case Json::value_t::number_float:
        return "a fraction";
      default:
        return "a number";
    }
  }

  static std::string wanted_type(const Json& schema) {
    const std::string type = schema.value("type", "");
    if (type == "object") return "an object";
    if (type == "array") return "a list";
    if (type == "boolean") return "true or false";
    if (type == "integer") return "a whole number";
    return "a " + type;
  }

  static bool has_type(const Json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "integer") return value.is_number_integer();
    return value.is_number();
  }

  static bool wrong_type(const Json& schema, const Json& value) {
    return schema.contains("type") && !has_type(value, schema["type"].get<std::string>());
  }

  /// The names that a leaf may have: those of an `enum`, alone or as one branch of an `anyOf`.
  std::vector<std::string> names_of(const Json& schema) const {
    std::vector<std::string> out;
    if (const auto names = schema.find("enum"); names != schema.end())
      for (const Json& name : *names) out.push_back(name.get<std::string>());
    if (const auto branches = schema.find("anyOf"); branches != schema.end())
      for (const Json& branch : *branches)
        for (std::string& name : names_of(*resolve(&branch))) out.push_back(std::move(name));
    return out;
  }

  bool allowed(const Json& schema, const Json& value) const {
    if (const auto branches = schema.find("anyOf"); branches != schema.end())
      return std::ranges::any_of(*branches, [&](const Json& branch) { return allowed(*resolve(&branch), value); });
    if (const auto names = schema.find("enum"); names != schema.end())
      return std::ranges::find(*names, value) != names->end();
    return !wrong_type(schema, value) && !(value.is_number() && out_of_range(schema, value));
  }

  static bool out_of_range(const Json& schema, const Json& value) {
    const auto low = schema.find("minimum"), high = schema.find("maximum");
    return (low != schema.end() && value < *low) || (high != schema.end() && value > *high);
  }

  static std::string not_one_of(const Json& value) {
    return value.is_string() ? fmt::format("\"{}\" is not known here", value.get<std::string>())
                             : fmt::format("{} is not known here", value.dump());
  }

  static std::string suggestion(const Json& value, const std::vector<std::string>& names, const Json& schema) {
    return did_you_mean(value.is_string() ? value.get<std::string>() : value.dump(), names, about(schema));
  }

  static std::string about(const Json& schema) {
    const std::string text = schema.value("description", "");
    return text.empty() ? "" : "wanted: " + text;
  }

  template <class Complain>
  static void explain_string(const Json& schema, const std::string& value, const Complain& complain) {
    if (const auto pattern = schema.find("pattern");
        pattern != schema.end() && !std::regex_search(value, std::regex(pattern->get<std::string>())))
      return complain(fmt::format("\"{}\" does not have the form it should", value), about(schema));
    if (value.size() < schema.value("minLength", std::size_t{0}))
      complain(fmt::format("{} characters, at least {} are wanted", value.size(), schema["minLength"].dump()),
               about(schema));
    if (value.size() > schema.value("maxLength", std::string::npos))
      complain(fmt::format("{} characters, at most {} are allowed", value.size(), schema["maxLength"].dump()), "");
  }

  template <class Complain>
  static void explain_number(const Json& schema, const Json& value, const Complain& complain) {
    if (!out_of_range(schema, value)) return;
    const std::string low = schema.contains("minimum") ? schema["minimum"].dump() : "any";
    const std::string high = schema.contains("maximum") ? schema["maximum"].dump() : "any";
    complain(fmt::format("{} is out of range", value.dump()), fmt::format("wanted: {} to {}", low, high));
  }

  template <class Complain>
  static void explain_array(const Json& schema, const Json& value, const Complain& complain) {
    if (value.size() < schema.value("minItems", std::size_t{0}))
      complain(fmt::format("{} items, at least {} are wanted", value.size(), schema["minItems"].dump()), about(schema));
    if (schema.value("uniqueItems", false))
      for (std::size_t i = 0; i < value.size(); ++i)
        for (std::size_t j = i + 1; j < value.size(); ++j)
          if (value[i] == value[j]) complain(value[i].dump() + " is in the list twice", "take one out");
  }

  void explain_object(const Json& schema, const Json& value, const std::string& pointer,
                      std::vector<SchemaFault>& out) const {
    std::vector<std::string> known;
    const Json none = Json::object();
    const auto members = schema.find("properties");
    for (const auto& [name, about_it] : (members == schema.end() ? none : *members).items()) known.push_back(name);
    if (schema.contains("additionalProperties"))
      for (const auto& [name, member] : value.items())
        if (std::ranges::find(known, name) == known.end())
          out.push_back({pointer_to(pointer, name), fmt::format("no member \"{}\" is known here", name),
                         did_you_mean(name, known, "take it out")});
    for (const Json& name : schema.value("required", Json::array()))
      if (!value.contains(name.get<std::string>()))
        out.push_back({pointer, fmt::format("the member \"{}\" is missing", name.get<std::string>()),
                       members != schema.end() && members->contains(name.get<std::string>())
                           ? about(*resolve(&(*members)[name.get<std::string>()]))
                           : ""});
    if (value.size() < schema.value("minProperties", std::size_t{0}))
      out.push_back({pointer, "the object is empty", about(schema)});
    if (value.size() > schema.value("maxProperties", std::string::npos))
      out.push_back({pointer,
                     fmt::format("{} members, at most {} are allowed", value.size(), schema["maxProperties"].dump()),
                     about(schema)});
  }

  const Json& root_;
};

/// valijson names a place as "<root>", "[steps]", "[0]".
std::vector<std::string> path_of(const std::vector<std::string>& context) {
  std::vector<std::string> out;
  for (const std::string& step : context)
    if (step.size() >= 2 && step.front() == '[' && step.back() == ']') out.push_back(step.substr(1, step.size() - 2));
  return out;
}

const Json* value_at(const Json& root, const std::vector<std::string>& path) {
  const Json* value = &root;
  for (const std::string& step : path) {
    if (value->is_object() && value->contains(step))
      value = &(*value)[step];
    else if (value->is_array() && !step.empty() && step.find_first_not_of("0123456789") == std::string::npos &&
             std::stoul(step) < value->size())
      value = &(*value)[std::stoul(step)];
    else
      return nullptr;
  }
  return value;
}

std::string pointer_of(const std::vector<std::string>& path) {
  std::string out;
  for (const std::string& step : path) out = pointer_to(out, step);
  return out;
}

}  // namespace

std::vector<SchemaFault> schema_faults(const Json& document, std::string_view schema_name) {
  const Compiled& schema = compiled(schema_name);
  thread_local valijson::Validator
      validator;  // it keeps each pattern that it has compiled, which costs more than all else
  valijson::ValidationResults results;
  if (validator.validate(schema.tree, valijson::adapters::NlohmannJsonAdapter(document), &results)) return {};

  const Explainer explainer(schema.json);
  std::vector<SchemaFault> out;
  std::set<std::vector<std::string>> seen;
  for (const valijson::ValidationResults::Error& error : results) {
    const std::vector<std::string> path = path_of(error.context);
    if (!seen.insert(path).second) continue;
    const Json* part = explainer.at(path);
    const Json* there = value_at(document, path);
    if (part != nullptr && there != nullptr) explainer.explain(*part, *there, pointer_of(path), out);
  }
  // A kind of objection that the explanation does not know: valijson's own words are better than none.
  if (out.empty())
    for (const valijson::ValidationResults::Error& error : results)
      out.push_back({pointer_of(path_of(error.context)), error.description, ""});
  return out;
}

}  // namespace ikevet::scenarios
