#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {
namespace {

std::optional<std::vector<std::string>> list(const Node& node, std::string_view member) {
  return node.has(member) ? std::optional(node[member].texts()) : std::nullopt;
}
std::optional<std::string> text(const Node& node, std::string_view member) {
  return node[member].is_string() ? std::optional(node[member].text()) : std::nullopt;
}

std::optional<FileReference> file(const Node& node, std::string_view member) {
  return node[member].is_string() ? std::optional(read_file_reference(node[member])) : std::nullopt;
}
std::optional<std::vector<FileReference>> files(const Node& node, std::string_view member) {
  if (!node.has(member)) return std::nullopt;
  std::vector<FileReference> out;
  for (const Node& item : node[member].items()) out.push_back(read_file_reference(item));
  return out;
}

std::optional<std::vector<NamedSecret>> secrets(const Node& node, std::string_view member) {
  if (!node.has(member)) return std::nullopt;
  std::vector<NamedSecret> out;
  for (const Node& item : node[member].items()) out.push_back({item["id"].text(), item["secret"].text()});
  return out;
}

ProofOverrides read_proof(const Node& node) {
  ProofOverrides out;
  out.method = text(node, "method");
  out.id = text(node, "id");
  out.certificate = file(node, "certificate");
  out.private_key = file(node, "private_key");
  out.certificate_form = text(node, "certificate_form");
  out.certificate_url = text(node, "certificate_url");
  out.ocsp_response = file(node, "ocsp_response");
  out.digital_signature = node["digital_signature"].flag();
  out.rsa_pss = node["rsa_pss"].flag();
  out.subject_as_id = node["subject_as_id"].flag();
  return out;
}

}  // namespace

AuthOverrides read_auth_overrides(const Node& node) {
  AuthOverrides out;
  out.proof = read_proof(node);
  for (const Node& further : node["another"].items()) out.another.push_back(read_proof(further));
  out.accept = list(node, "accept");
  out.accept_another = list(node, "accept_another");
  out.ca = files(node, "ca");
  out.crl = files(node, "crl");
  if (node.has("public_keys")) {
    out.public_keys.emplace();
    for (const Node& key : node["public_keys"].items())
      out.public_keys->push_back({read_file_reference(key["file"]), text(key, "id")});
  }
  out.revocation = text(node, "revocation");
  out.check_extended_key_usage = node["check_extended_key_usage"].flag();
  out.request_ocsp = node["request_ocsp"].flag();
  out.send_certreq = node["send_certreq"].flag();
  out.signature_hashes = list(node, "signature_hashes");
  out.secrets = secrets(node, "secrets");
  out.ppk = secrets(node, "ppk");
  out.ppk_mandatory = node["ppk_mandatory"].flag();
  if (node.has("eap_peer")) out.eap_peer = read_eap_peer(node["eap_peer"]);
  if (node.has("eap_server")) out.eap_server = read_eap_server(node["eap_server"]);
  out.eap_only = node["eap_only"].flag();
  if (node.has("lifetime")) out.lifetime = node["lifetime"].duration();
  return out;
}

}  // namespace ikevet::scenarios
