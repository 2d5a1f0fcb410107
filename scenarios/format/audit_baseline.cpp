#include "scenarios/format/audit_baseline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {
namespace fs = std::filesystem;
namespace {

constexpr std::array kKinds{AuditKind::Encr, AuditKind::Prf,  AuditKind::Integ,   AuditKind::Ke,
                            AuditKind::Auth, AuditKind::Hash, AuditKind::Protocol};
constexpr std::array kGrades{AuditGrade::Required, AuditGrade::Recommended, AuditGrade::Allowed,
                             AuditGrade::Discouraged, AuditGrade::Forbidden};

template <class E, std::size_t N>
E named(const std::array<E, N>& all, const Node& node) {
  const std::string text = node.text();
  const auto found = std::ranges::find_if(all, [&](E one) { return name(one) == text; });
  return found == all.end() ? all.front() : *found;  // the schema check has complained
}

template <class E>
std::optional<std::uint16_t> number_of(const std::string& text) {
  if (const auto value = wire::from_name<E>(text)) return static_cast<std::uint16_t>(*value);
  return std::nullopt;
}

std::optional<std::uint16_t> algorithm_of(AuditKind kind, const std::string& text) {
  using wire::TransformType;
  switch (kind) {
    case AuditKind::Encr:
      return wire::transform_id_from_name(TransformType::ENCR, text);
    case AuditKind::Prf:
      return wire::transform_id_from_name(TransformType::PRF, text);
    case AuditKind::Integ:
      return wire::transform_id_from_name(TransformType::INTEG, text);
    case AuditKind::Ke:
      return wire::transform_id_from_name(TransformType::KE, text);
    case AuditKind::Auth:
      return number_of<wire::AuthMethod>(text);
    case AuditKind::Hash:
      return number_of<wire::HashAlgorithm>(text);
    case AuditKind::Protocol:
      return number_of<wire::ProtocolId>(text);
  }
  return std::nullopt;
}

AuditRule read_rule(const Node& node) {
  AuditRule out;
  for (const Node& protocol : node["protocols"].items())
    if (const auto id = wire::from_name<wire::ProtocolId>(protocol.text())) out.protocols.push_back(*id);
  out.kind = named(kKinds, node["kind"]);
  for (const Node& algorithm : node["algorithms"].items()) {
    if (const auto number = algorithm.number()) {
      out.algorithms.push_back(static_cast<std::uint16_t>(*number));
    } else if (const auto id = algorithm_of(out.kind, algorithm.text())) {
      out.algorithms.push_back(*id);
    } else {
      algorithm.complain(fmt::format("\"{}\" is no {} of IANA's registry", algorithm.text(), name(out.kind)),
                         "write its number");
    }
  }
  for (const Node& bits : node["key_lengths"].items())
    out.key_lengths.push_back(static_cast<std::uint16_t>(bits.number().value_or(0)));
  out.grade = named(kGrades, node["grade"]);
  out.says = node["says"].text();
  out.clause = node["clause"].text();
  out.until = node["until"].text();
  out.note = node["note"].text();
  return out;
}

AuditBaseline read(const fs::path& file, std::vector<Problem>& problems) {
  AuditBaseline out;
  Document document(file, "audit", problems);
  out.file = document.file();
  if (!document.ok()) return out;
  const Node root(document);
  out.id = root["id"].text();
  if (!out.id.empty() && out.id != file.stem().string())
    root["id"].complain(fmt::format("the file is called {}", file.filename().string()),
                        fmt::format("call it {}.json", out.id));
  out.title = root["title"].text();
  out.document = root["document"].text();
  out.edition = root["edition"].text();
  out.verified = root["verified"].text();
  out.left_out = root["left_out"].texts();
  for (const Node& rule : root["rules"].items()) out.rules.push_back(read_rule(rule));
  for (const Node& from : root["behaviour"].items())
    out.behaviour.push_back(
        {from["check"].text(), named(kGrades, from["grade"]), from["says"].text(), from["clause"].text()});
  return out;
}

}  // namespace

std::string_view name(AuditKind kind) {
  constexpr std::array<std::string_view, 7> kNames{"ENCR", "PRF", "INTEG", "KE", "AUTH", "HASH", "PROTOCOL"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string_view name(AuditGrade grade) {
  constexpr std::array<std::string_view, 5> kNames{"required", "recommended", "allowed", "discouraged", "forbidden"};
  return kNames.at(static_cast<std::size_t>(grade));
}

std::vector<AuditBaseline> load_audit_baselines(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return {};
  std::vector<Problem> problems;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  if (error)
    problems.push_back({folder.string(), 0, 0, "", "cannot be read: " + error.message(), "check the installation"});
  std::ranges::sort(files);
  std::vector<AuditBaseline> out;
  for (const fs::path& file : files) out.push_back(read(file, problems));
  throw_if_any(std::move(problems));
  std::ranges::sort(out, {}, &AuditBaseline::id);
  return out;
}

AuditBaseline load_audit_baseline(const fs::path& file) {
  std::vector<Problem> problems;
  AuditBaseline out = read(file, problems);
  throw_if_any(std::move(problems));
  return out;
}

std::string audit_name(AuditKind kind, std::uint16_t id) {
  using wire::TransformType;
  std::string_view known;
  switch (kind) {
    case AuditKind::Encr:
      known = wire::transform_id_name(TransformType::ENCR, id);
      break;
    case AuditKind::Prf:
      known = wire::transform_id_name(TransformType::PRF, id);
      break;
    case AuditKind::Integ:
      known = wire::transform_id_name(TransformType::INTEG, id);
      break;
    case AuditKind::Ke:
      known = wire::transform_id_name(TransformType::KE, id);
      break;
    case AuditKind::Auth:
      known = wire::name(static_cast<wire::AuthMethod>(id));
      break;
    case AuditKind::Hash:
      known = wire::name(static_cast<wire::HashAlgorithm>(id));
      break;
    case AuditKind::Protocol:
      known = wire::name(static_cast<wire::ProtocolId>(id));
      break;
  }
  return known.empty() ? fmt::format("{} {}", name(kind), id) : std::string(known);
}

}  // namespace ikevet::scenarios
