#include <filesystem>

#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {
namespace {

std::optional<FileReference> file(const Node& node, std::string_view member) {
  return node[member].is_string() ? std::optional(read_file_reference(node[member])) : std::nullopt;
}

EapTlsOverrides read_tls(const Node& node) {
  EapTlsOverrides out;
  out.certificate = file(node, "certificate");
  out.private_key = file(node, "private_key");
  out.ca = file(node, "ca");
  if (node["expected_name"].is_string()) out.expected_name = node["expected_name"].text();
  return out;
}

}  // namespace

FileReference read_file_reference(const Node& node) {
  return {(std::filesystem::path(node.file()).parent_path() / node.text()).lexically_normal().string(),
          node.file() + ": " + node.pointer()};
}

EapPeerOverrides read_eap_peer(const Node& node) {
  EapPeerOverrides out;
  out.identity = node["identity"].text();
  out.user = node["user"].text();
  out.passwords = node["passwords"].texts();
  out.new_password = node["new_password"].text();
  out.one_time_list = node["one_time_passwords"].texts();
  out.methods = node["methods"].texts();
  out.inner = node["inner"].text();
  out.inner_methods = node["inner_methods"].texts();
  out.tls = read_tls(node);
  return out;
}

EapServerOverrides read_eap_server(const Node& node) {
  EapServerOverrides out;
  for (const Node& user : node["users"].items())
    out.users.push_back({user["name"].text(), user["password"].text(), user["one_time_passwords"].texts(),
                         user["disabled"].flag().value_or(false), user["expired"].flag().value_or(false)});
  out.methods = node["methods"].texts();
  out.inner_methods = node["inner_methods"].texts();
  out.ask_identity = node["ask_identity"].flag().value_or(false);
  out.notification = node["notification"].text();
  out.attempts = node["attempts"].number();
  out.tls = read_tls(node);
  return out;
}

}  // namespace ikevet::scenarios
