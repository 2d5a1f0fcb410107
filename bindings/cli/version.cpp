#include "bindings/cli/version.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace ikevet::app {

std::string version() { return IKEVET_VERSION; }

std::map<std::string, std::string> library_versions() {
  return {{"OpenSSL", IKEVET_OPENSSL_VERSION},
          {"libpcap", IKEVET_PCAP_VERSION},
          {"nlohmann_json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                        NLOHMANN_JSON_VERSION_PATCH)}};
}

std::string version_text() {
  std::string out = "ikevet " + version();
  for (const auto& [library, number] : library_versions()) out += fmt::format("\n  built with {} {}", library, number);
  return out;
}

}  // namespace ikevet::app
