#include "scenarios/format/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/format/loading.hpp"
#include "scenarios/format/nearest.hpp"
#include "scenarios/format/schemas.hpp"
#include "scenarios/format/selector.hpp"

namespace ikevet::scenarios {
namespace fs = std::filesystem;
namespace {

std::vector<fs::path> json_files(const fs::path& folder, bool below, std::vector<Problem>& problems) {
  std::vector<fs::path> out;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    problems.push_back({folder.string(), 0, 0, "", "no such folder", "check the path, or set IKEVET_DATA"});
    return out;
  }
  const auto take = [&](const fs::directory_entry& entry) {
    if (entry.path().extension() == ".json" && entry.is_regular_file(error)) out.push_back(entry.path());
  };
  if (below)
    for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink))
      take(entry);
  else
    for (const auto& entry : fs::directory_iterator(folder)) take(entry);
  std::ranges::sort(out);
  return out;
}

std::string id_of(const fs::path& file, const fs::path& folder) {
  // Both came from one walk: no need to ask the file system, which takes longer than reading the file.
  return file.lexically_relative(folder).replace_extension().generic_string();
}

/// A scenario together with the document it came from, so that faults found later still have a place.
struct Read {
  Scenario scenario;
  Document document;
};

const Scenario* find_scenario(const std::vector<const Scenario*>& all, std::string_view id) {
  const auto it = std::ranges::find_if(all, [&](const Scenario* scenario) { return scenario->id == id; });
  return it == all.end() ? nullptr : *it;
}

/// What makes `control` unfit to show that `scenario` failed because of what it alters; empty when it is fit.
std::string unfit(const Scenario& scenario, const Scenario& control) {
  if (!control.control.empty()) return fmt::format("has a control itself ({})", control.control);
  if (control.harness != scenario.harness) return "plays the other role";
  // Credentials that are no good are what a scenario alters: its control has others.
  ConfigOverrides alike = control.config;
  alike.auth = scenario.config.auth;
  // And the port on which it begins: a device that is silent there has to answer on the usual one.
  alike.nat.begin_on_4500 = scenario.config.nat.begin_on_4500;
  if (alike != scenario.config) return "has another configuration";
  for (const std::string& need : control.needs)
    if (std::ranges::find(scenario.needs, need) == scenario.needs.end())
      return fmt::format("needs \"{}\", which this scenario does not", need);
  return "";
}

void check_control(Read& read, const std::vector<const Scenario*>& all) {
  const Scenario& scenario = read.scenario;
  if (scenario.control.empty()) return;
  const Node node = Node(read.document)["control"];
  if (scenario.control == scenario.id) return node.complain("a scenario is not its own control", "take it out");
  const Scenario* control = find_scenario(all, scenario.control);
  if (control == nullptr) {
    std::vector<std::string> known;
    for (const Scenario* other : all) known.push_back(other->id);
    return node.complain(fmt::format("no such scenario \"{}\"", scenario.control),
                         did_you_mean(scenario.control, known, "a control is named by its full id"));
  }
  if (const std::string why = unfit(scenario, *control); !why.empty())
    node.complain(fmt::format("\"{}\" cannot be the control: it {}", control->id, why),
                  "name a scenario with the same role and configuration that alters nothing");
}

std::vector<const Scenario*> pointers(const std::vector<Read>& reads) {
  std::vector<const Scenario*> out;
  for (const Read& read : reads) out.push_back(&read.scenario);
  return out;
}

Profile read_profile(Document& document) {
  const Node root(document);
  return {root["name"].text(), root["title"].text(), root["select"].texts(), document.file()};
}

}  // namespace

Catalogue load_catalogue(const fs::path& folder) {
  std::vector<Problem> problems;
  Catalogue out;
  for (const fs::path& file : json_files(folder, false, problems)) {
    Document document(file, "requirement", problems);
    if (document.ok()) read_requirements(document, out);
  }
  throw_if_any(std::move(problems));
  return out;
}

Suite load_suite(const fs::path& folder, const Catalogue& catalogue) {
  std::vector<Problem> problems;
  std::vector<Read> reads;
  for (const fs::path& file : json_files(folder, true, problems)) {
    for (Document& document : Document::scenarios(file, problems)) {
      Scenario scenario = read_scenario(document, catalogue);
      std::string id = id_of(file, folder);
      if (!document.instance().empty()) id += "/" + document.instance();
      if (!scenario.id.empty() && scenario.id != id)
        Node(document)["id"].complain(fmt::format("the id is \"{}\" but the file stands at \"{}\"", scenario.id, id),
                                      "ids stay; move the file, or give a new scenario the id of its place");
      reads.push_back({std::move(scenario), std::move(document)});
    }
  }
  const std::vector<const Scenario*> all = pointers(reads);
  for (Read& read : reads) check_control(read, all);
  throw_if_any(std::move(problems));

  Suite out;
  for (Read& read : reads) out.push_back(std::move(read.scenario));
  std::ranges::sort(out, {}, &Scenario::id);
  return out;
}

namespace {

/// A file scenario.json is called after its folder, as in a run's evidence; any other after itself.
fs::path scenario_name(const fs::path& file) {
  return file.filename() == "scenario.json" ? fs::absolute(file).parent_path().filename() : file.stem();
}

}  // namespace

std::vector<Scenario> load_scenarios(const fs::path& file, const Catalogue& catalogue, const Suite& suite) {
  std::vector<Problem> problems;
  std::vector<Scenario> out;
  std::vector<const Scenario*> all;
  for (const Scenario& other : suite) all.push_back(&other);
  for (Document& document : Document::scenarios(file, problems)) {
    Read read{read_scenario(document, catalogue), std::move(document)};
    check_control(read, all);
    std::string id = read.scenario.id;
    if (const std::string instance = "/" + read.document.instance(); instance.size() > 1 && id.ends_with(instance))
      id.resize(id.size() - instance.size());
    if (!id.empty() && fs::path(id).filename() != scenario_name(file))
      Node(read.document)["id"].complain(
          fmt::format("the id is \"{}\" but the file is called \"{}\"", id, file.filename().string()),
          "a scenario's id is its path below suite/ without \".json\"");
    out.push_back(std::move(read.scenario));
  }
  throw_if_any(std::move(problems));
  return out;
}

Scenario load_scenario(const fs::path& file, const Catalogue& catalogue, const Suite& suite) {
  std::vector<Scenario> out = load_scenarios(file, catalogue, suite);
  if (out.size() != 1)
    throw FormatError(
        {{file.string(), 0, 0, "/matrix", fmt::format("gives {} scenarios where one is wanted", out.size()),
          "load them all, or name one of its instances by id"}});
  return std::move(out.front());
}

Target load_target(const fs::path& file, const Catalogue& catalogue) {
  std::vector<Problem> problems;
  Document document(file, "target", problems);
  Target out;
  if (document.ok()) out = read_target(document, catalogue, true);
  throw_if_any(std::move(problems));
  return out;
}

namespace {

std::vector<fs::path> target_files(const fs::path& folder, std::vector<Problem>& problems) {
  std::vector<fs::path> out = json_files(folder, false, problems);
  std::error_code error;
  if (!fs::is_directory(folder, error)) return out;
  for (const auto& entry : fs::directory_iterator(folder))
    if (const fs::path file = entry.path() / "target.json"; fs::is_regular_file(file, error)) out.push_back(file);
  return out;
}

std::string target_name(const fs::path& file) {
  return file.filename() == "target.json" ? file.parent_path().filename().string() : file.stem().string();
}

}  // namespace

std::vector<Target> load_targets(const fs::path& folder, const Catalogue& catalogue) {
  std::vector<Problem> problems;
  std::vector<Target> out;
  for (const fs::path& file : target_files(folder, problems)) {
    Document document(file, "target", problems);
    if (!document.ok()) continue;
    Target target = read_target(document, catalogue, false);
    if (!target.name.empty() && target.name != target_name(file))
      Node(document)["name"].complain(fmt::format("the target is called \"{}\" by its file", target_name(file)),
                                      "give it that name");
    out.push_back(std::move(target));
  }
  throw_if_any(std::move(problems));
  std::ranges::sort(out, {}, &Target::name);
  return out;
}

Target find_target(const std::string& name_or_file, const fs::path& data_dir, const Catalogue& catalogue) {
  std::error_code error;
  if (name_or_file.find('/') != std::string::npos || name_or_file.ends_with(".json") ||
      fs::is_regular_file(name_or_file, error))
    return load_target(name_or_file, catalogue);
  std::vector<Problem> problems;
  std::vector<std::string> known;
  for (const fs::path& file : target_files(data_dir / "targets", problems)) {
    if (target_name(file) == name_or_file) return load_target(file, catalogue);
    known.push_back(target_name(file));
  }
  problems.push_back({"--target", 0, 0, "", fmt::format("no target \"{}\"", name_or_file),
                      did_you_mean(name_or_file, known, "name a target file")});
  throw FormatError(std::move(problems));
}

void load_profiles(const fs::path& folder, Library& library) {
  std::vector<Problem> problems;
  std::vector<Document> documents;
  for (const fs::path& file : json_files(folder, false, problems)) {
    Document document(file, "profile", problems);
    if (!document.ok()) continue;
    Profile profile = read_profile(document);
    if (!profile.name.empty() && profile.name != file.stem().string())
      Node(document)["name"].complain(fmt::format("the file is called {}", file.filename().string()),
                                      "give both one name");
    library.profiles.push_back(std::move(profile));
    documents.push_back(std::move(document));
  }
  // Profiles may name each other: they are looked at once all are there.
  for (std::size_t i = 0; i < documents.size(); ++i) try {
      const std::vector<std::string> own{"profile:" + library.profiles[i].name};
      if (select(library, own).empty())
        Node(documents[i])["select"].complain("selects nothing", "see `ikevet list` for what there is");
    } catch (const FormatError& bad) {
      for (const Problem& problem : bad.problems) Node(documents[i])["select"].complain(problem.what, problem.remedy);
    }
  throw_if_any(std::move(problems));
}

const Scenario* Library::find(std::string_view id) const {
  const auto it = std::ranges::lower_bound(suite, id, {}, &Scenario::id);
  return it != suite.end() && it->id == id ? &*it : nullptr;
}

Library load_library(const fs::path& data_dir) {
  Library out;
  out.folder = data_dir;
  out.catalogue = load_catalogue(data_dir / "requirements");
  out.suite = load_suite(data_dir / "suite", out.catalogue);
  load_profiles(data_dir / "profiles", out);
  return out;
}

std::vector<std::string_view> schema_names() {
  std::vector<std::string_view> out;
  for (const EmbeddedSchema& schema : embedded_schemas()) out.push_back(schema.name);
  return out;
}

std::string_view schema_text(std::string_view name) {
  std::vector<std::string> known;
  for (const EmbeddedSchema& schema : embedded_schemas()) {
    if (schema.name == name) return schema.text;
    known.emplace_back(schema.name);
  }
  throw FormatError({{"schema", 0, 0, "", fmt::format("no schema \"{}\"", name), did_you_mean(name, known)}});
}

}  // namespace ikevet::scenarios
