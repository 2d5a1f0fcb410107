#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/writer.hpp"
#include "engine/crypto/algorithms.hpp"
#include "pcap/json_lines.hpp"
#include "pcap/key_files.hpp"

namespace ikevet::pcap {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kFormat = "ikevet-keys";
constexpr int kVersion = 1;
constexpr const char* kMakeAgain = "take the file as ikevet wrote it";

ordered_json ike_sa(const keys::IkeSaKeySet& sa) {
  return {{"spi_i", fmt::format("{:016x}", sa.spis.i.value)},
          {"spi_r", fmt::format("{:016x}", sa.spis.r.value)},
          {"encr", wire::name_or_number(sa.suite.encr)},
          {"key_bits", sa.suite.key_bits},
          {"prf", wire::name_or_number(sa.suite.prf)},
          {"integ", wire::name_or_number(sa.suite.integ)},
          {"ke", wire::name_or_number(sa.suite.group)},
          {"sk_d", sa.keys.d.reveal_hex()},
          {"sk_ai", sa.keys.ai.reveal_hex()},
          {"sk_ar", sa.keys.ar.reveal_hex()},
          {"sk_ei", sa.keys.ei.reveal_hex()},
          {"sk_er", sa.keys.er.reveal_hex()},
          {"sk_pi", sa.keys.pi.reveal_hex()},
          {"sk_pr", sa.keys.pr.reveal_hex()}};
}

ordered_json child_sa(const keys::ChildSaKeySet& sa) {
  return {{"ike_spi_i", fmt::format("{:016x}", sa.ike.i.value)},
          {"ike_spi_r", fmt::format("{:016x}", sa.ike.r.value)},
          {"protocol", wire::name_or_number(sa.suite.protocol)},
          {"encr", wire::name_or_number(sa.suite.encr)},
          {"key_bits", sa.suite.key_bits},
          {"integ", wire::name_or_number(sa.suite.integ)},
          {"ke", wire::name_or_number(sa.suite.group)},
          {"esn", sa.suite.esn},
          {"initiator", sa.initiator.text()},
          {"responder", sa.responder.text()},
          {"spi_to_initiator", fmt::format("{:08x}", sa.spi_to_initiator.value)},
          {"spi_to_responder", fmt::format("{:08x}", sa.spi_to_responder.value)},
          {"encr_i", sa.keys.encr_i.reveal_hex()},
          {"integ_i", sa.keys.integ_i.reveal_hex()},
          {"encr_r", sa.keys.encr_r.reveal_hex()},
          {"integ_r", sa.keys.integ_r.reveal_hex()}};
}

/// Reads the members of one JSON object; each that is not as it must be becomes a fault, and reading goes on.
class Members {
 public:
  Members(const json& object, std::string pointer, const JsonLines& lines, const std::filesystem::path& file,
          std::vector<KeyFileFault>& faults)
      : object_(object), pointer_(std::move(pointer)), lines_(lines), file_(file), faults_(faults) {
    if (!object.is_object()) fault("", "must be an object");
  }

  std::uint64_t spi(const char* member, std::size_t octets) {
    const std::string text = string(member);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (!text.empty() && (error != std::errc{} || end != text.data() + text.size() || text.size() != octets * 2))
      fault(member, fmt::format("must be {} hexadecimal digits", octets * 2));
    return value;
  }

  SecretBytes secret(const char* member) {
    if (!has(member)) return SecretBytes{};
    const json& value = object_[member];
    const auto octets = value.is_string() ? from_hex(value.get_ref<const std::string&>()) : std::nullopt;
    if (!octets) fault(member, "must be octets in hexadecimal");
    return SecretBytes(octets ? BytesView(*octets) : BytesView{});
  }

  /// An IANA name, or a number in decimal.
  template <class E>
  E algorithm(const char* member) {
    const std::string text = string(member);
    if (const auto found = wire::from_name<E>(text)) return *found;
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!text.empty() && (error != std::errc{} || end != text.data() + text.size()))
      fault(member, "is not the name or number of an algorithm");
    return static_cast<E>(number);
  }

  std::uint16_t number(const char* member) {
    if (!has(member)) return 0;
    const json& value = object_[member];
    if (value.is_number_unsigned() && value.get<std::uint64_t>() <= 65535) return value.get<std::uint16_t>();
    fault(member, "must be a number from 0 to 65535");
    return 0;
  }

  bool boolean(const char* member) {
    if (!has(member)) return false;
    if (!object_[member].is_boolean()) fault(member, "must be true or false");
    return object_[member].is_boolean() && object_[member].get<bool>();
  }

  Endpoint endpoint(const char* member) {
    const std::string text = string(member);
    const auto found = Endpoint::parse(text);
    if (!text.empty() && !found) fault(member, "must be an endpoint such as 192.0.2.1:500");
    return found.value_or(Endpoint{});
  }

  void size(const char* member, const SecretBytes& key, std::size_t wanted, std::string_view algorithm) {
    if (object_.contains(member) && key.size() != wanted)
      fault(member, fmt::format("has {} octets, {} takes {}", key.size(), algorithm, wanted));
  }

  void fault(std::string_view member, std::string_view what) {
    const std::string place = member.empty() ? pointer_ : fmt::format("{}/{}", pointer_, member);
    faults_.push_back(
        {file_, lines_.of(place), fmt::format("{} {}", place.empty() ? "the document" : place, what), kMakeAgain});
  }

  bool ok_object() const { return object_.is_object(); }

 private:
  bool has(const char* member) {
    if (!object_.is_object()) return false;
    if (object_.contains(member)) return true;
    fault(member, "is missing");
    return false;
  }

  std::string string(const char* member) {
    if (!has(member)) return {};
    const json& value = object_[member];
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) return value.get<std::string>();
    fault(member, "must be a string that is not empty");
    return {};
  }

  const json& object_;
  std::string pointer_;
  const JsonLines& lines_;
  const std::filesystem::path& file_;
  std::vector<KeyFileFault>& faults_;
};

/// Sizes that do not fit the algorithms would make every message look forged.
void check_sizes(Members& in, wire::EncrId encr, std::uint16_t key_bits, wire::IntegId integ,
                 std::initializer_list<std::pair<const char*, const SecretBytes*>> encr_keys,
                 std::initializer_list<std::pair<const char*, const SecretBytes*>> integ_keys) {
  if (const crypto::EncrInfo* row = crypto::find_encr(encr, key_bits))
    for (const auto& [member, key] : encr_keys) in.size(member, *key, row->key_size(), row->name);
  if (const crypto::IntegInfo* row = crypto::find_integ(integ))
    for (const auto& [member, key] : integ_keys) in.size(member, *key, row->key_size, row->name);
}

keys::IkeSaKeySet read_ike_sa(Members in) {
  keys::IkeSaKeySet sa;
  sa.spis = {{in.spi("spi_i", 8)}, {in.spi("spi_r", 8)}};
  sa.suite.encr = in.algorithm<wire::EncrId>("encr");
  sa.suite.key_bits = in.number("key_bits");
  sa.suite.prf = in.algorithm<wire::PrfId>("prf");
  sa.suite.integ = in.algorithm<wire::IntegId>("integ");
  sa.suite.group = in.algorithm<wire::DhGroup>("ke");
  sa.keys.d = in.secret("sk_d");
  sa.keys.ai = in.secret("sk_ai");
  sa.keys.ar = in.secret("sk_ar");
  sa.keys.ei = in.secret("sk_ei");
  sa.keys.er = in.secret("sk_er");
  sa.keys.pi = in.secret("sk_pi");
  sa.keys.pr = in.secret("sk_pr");
  check_sizes(in, sa.suite.encr, sa.suite.key_bits, sa.suite.integ, {{"sk_ei", &sa.keys.ei}, {"sk_er", &sa.keys.er}},
              {{"sk_ai", &sa.keys.ai}, {"sk_ar", &sa.keys.ar}});
  return sa;
}

keys::ChildSaKeySet read_child_sa(Members in) {
  keys::ChildSaKeySet sa;
  sa.ike = {{in.spi("ike_spi_i", 8)}, {in.spi("ike_spi_r", 8)}};
  sa.suite.protocol = in.algorithm<wire::ProtocolId>("protocol");
  sa.suite.encr = in.algorithm<wire::EncrId>("encr");
  sa.suite.key_bits = in.number("key_bits");
  sa.suite.integ = in.algorithm<wire::IntegId>("integ");
  sa.suite.group = in.algorithm<wire::DhGroup>("ke");
  sa.suite.esn = in.boolean("esn");
  sa.initiator = in.endpoint("initiator");
  sa.responder = in.endpoint("responder");
  sa.spi_to_initiator = {static_cast<std::uint32_t>(in.spi("spi_to_initiator", 4))};
  sa.spi_to_responder = {static_cast<std::uint32_t>(in.spi("spi_to_responder", 4))};
  sa.keys.encr_i = in.secret("encr_i");
  sa.keys.integ_i = in.secret("integ_i");
  sa.keys.encr_r = in.secret("encr_r");
  sa.keys.integ_r = in.secret("integ_r");
  check_sizes(in, sa.suite.encr, sa.suite.key_bits, sa.suite.integ,
              {{"encr_i", &sa.keys.encr_i}, {"encr_r", &sa.keys.encr_r}},
              {{"integ_i", &sa.keys.integ_i}, {"integ_r", &sa.keys.integ_r}});
  return sa;
}

json parse(std::string_view text, const std::filesystem::path& file) {
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    const auto before = text.substr(0, std::min(error.byte, text.size()));
    const auto line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
    throw KeyFileError({{file, line, "is not JSON from here on", kMakeAgain}});
  } catch (const json::out_of_range&) {
    throw KeyFileError({{file, 0, "has a number that is too large", kMakeAgain}});
  }
}

}  // namespace

std::string keys_json(const keys::KeySet& keys) {
  ordered_json out{{"format", kFormat},
                   {"version", kVersion},
                   {"ike_sas", ordered_json::array()},
                   {"child_sas", ordered_json::array()}};
  for (const keys::IkeSaKeySet& sa : keys.ike) out["ike_sas"].push_back(ike_sa(sa));
  for (const keys::ChildSaKeySet& sa : keys.children) out["child_sas"].push_back(child_sa(sa));
  return out.dump(2) + "\n";
}

keys::KeySet parse_keys_json(std::string_view text, const std::filesystem::path& file) {
  const json document = parse(text, file);
  const JsonLines lines(text);
  std::vector<KeyFileFault> faults;

  Members top(document, "", lines, file, faults);
  if (top.ok_object()) {
    if (document.value("format", json()) != kFormat) top.fault("format", fmt::format("must be \"{}\"", kFormat));
    if (document.value("version", json()) != kVersion)
      faults.push_back({file, lines.of("/version"), "is of a version that is not known here",
                        fmt::format("this ikevet reads version {}", kVersion)});
  }

  keys::KeySet out;
  const auto each = [&](const char* member, auto&& take) {
    if (!top.ok_object()) return;
    if (!document.contains(member) || !document[member].is_array()) return top.fault(member, "must be an array");
    std::size_t index = 0;
    for (const json& item : document[member])
      take(Members(item, fmt::format("/{}/{}", member, index++), lines, file, faults));
  };
  each("ike_sas", [&](Members in) { out.ike.push_back(read_ike_sa(std::move(in))); });
  each("child_sas", [&](Members in) { out.children.push_back(read_child_sa(std::move(in))); });
  if (!faults.empty()) throw KeyFileError(std::move(faults));
  return out;
}

}  // namespace ikevet::pcap
