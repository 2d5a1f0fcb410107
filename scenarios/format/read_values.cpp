// Strings that have a form of their own: algorithms, ranges of addresses.
#include <fmt/format.h>

#include "engine/base/datagram.hpp"
#include "engine/crypto/algorithms.hpp"
#include "scenarios/format/nearest.hpp"
#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {
namespace {

template <class Row>
void add_names(std::span<const Row> table, std::vector<std::string>& out) {
  for (const Row& row : table) out.emplace_back(row.name);
}

/// "ke1_mlkem768" to "ke7_none": an additional key exchange, RFC 9370 §2.2.1.
bool is_additional_key_exchange(std::string_view word) {
  return word.size() >= 5 && word.starts_with("ke") && word[2] >= '1' && word[2] <= '7' && word[3] == '_' &&
         (word.substr(4) == "none" || crypto::find_group(word.substr(4)) != nullptr);
}

bool is_algorithm(std::string_view word) {
  return is_additional_key_exchange(word) || crypto::find_encr(word) != nullptr || crypto::find_prf(word) != nullptr ||
         crypto::find_integ(word) != nullptr || crypto::find_group(word) != nullptr || word == "esn" ||
         word == "noesn" || word == "ah";
}

std::vector<std::string> all_algorithms() {
  std::vector<std::string> out{"esn", "noesn"};
  add_names(crypto::encr_table(), out);
  add_names(crypto::prf_table(), out);
  add_names(crypto::integ_table(), out);
  add_names(crypto::group_table(), out);
  for (const crypto::GroupInfo& row : crypto::group_table()) out.push_back("ke1_" + std::string(row.name));
  return out;
}

bool is_prefix_length(std::string_view text, const IpAddress& address) {
  if (text.empty() || text.size() > 3 || text.find_first_not_of("0123456789") != std::string_view::npos) return false;
  return std::stoul(std::string(text)) <= address.octets().size() * 8;
}

}  // namespace

void check_proposal(const Node& node) {
  std::string_view rest;
  const std::string text = node.text();
  for (rest = text; node.is_string();) {
    const std::size_t dash = rest.find('-');
    if (const std::string_view word = rest.substr(0, dash); !is_algorithm(word))
      node.complain(fmt::format("no algorithm \"{}\" in \"{}\"", word, text),
                    did_you_mean(word, all_algorithms(), "wanted: for example \"aes256-sha256-x25519\""));
    if (dash == std::string_view::npos) return;
    rest.remove_prefix(dash + 1);
  }
}

void check_group(const Node& node) {
  if (!node.is_string() || crypto::find_group(std::string_view(node.text())) != nullptr) return;
  std::vector<std::string> known;
  add_names(crypto::group_table(), known);
  node.complain(fmt::format("no group \"{}\"", node.text()),
                did_you_mean(node.text(), known, "wanted: for example \"x25519\""));
}

void check_prefix(const Node& node) {
  if (!node.is_string()) return;
  const std::string text = node.text();
  if (text == "harness" || text == "dut") return;  // the address of that end
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(std::string_view(text).substr(0, slash));
  if (address && (slash == std::string::npos || is_prefix_length(std::string_view(text).substr(slash + 1), *address)))
    return;
  node.complain(fmt::format("\"{}\" is not a range of addresses", text),
                "wanted: \"10.1.0.0/24\"");
}

}  // namespace ikevet::scenarios
