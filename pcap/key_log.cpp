#include "pcap/key_log.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace ikevet::pcap {
namespace {

/// What a secret is called, in one spelling: "d", "ei", ..., "dh", or of a Child SA "encr" and "integ", "keymat".
enum class Kind { D, Ai, Ar, Ei, Er, Pi, Pr, Dh, EncrI, EncrR, IntegI, IntegR, Keymat };

struct Announced {
  Kind kind{};
  std::size_t size{};       ///< octets; 0: not said
  std::string_view behind;  ///< what follows on the same line
};

constexpr std::size_t kMaxSecret = 1 << 16;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::optional<std::size_t> number_behind(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(at + word.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  std::size_t out{};
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
  if (error != std::errc() || !std::string_view(end, rest.data() + rest.size()).starts_with(" bytes"))
    return std::nullopt;
  return out;
}

/// "sk_ei" at a word's beginning, and what stands behind it.
std::optional<std::pair<Kind, std::size_t>> named_secret(std::string_view line) {
  constexpr std::pair<std::string_view, Kind> kNames[] = {
      {"sk_d", Kind::D},   {"sk_ai", Kind::Ai}, {"sk_ar", Kind::Ar},    {"sk_ei", Kind::Ei},    {"sk_er", Kind::Er},
      {"sk_pi", Kind::Pi}, {"sk_pr", Kind::Pr}, {"dhsecret", Kind::Dh}, {"dh_secret", Kind::Dh}};
  for (const auto& [name, kind] : kNames) {
    const std::size_t at = line.find(name);
    if (at == std::string_view::npos) continue;
    const std::size_t end = at + name.size();
    const bool whole = end == line.size() || !(is_hex(line[end]) || line[end] == '_');
    if (whole) return std::pair(kind, end);
  }
  return std::nullopt;
}

/// `line` in lower case; `original` is what it was.
std::optional<Announced> announced(std::string_view line, std::string_view original) {
  if (const auto size = number_behind(line, "=>"); size && *size <= kMaxSecret) {
    if (const auto named = named_secret(line)) return Announced{named->first, *size, {}};
    if (line.find("diffie") != std::string_view::npos && line.find("secret") != std::string_view::npos)
      return Announced{Kind::Dh, *size, {}};
    const bool initiator = line.find("initiator key") != std::string_view::npos;
    const bool responder = line.find("responder key") != std::string_view::npos;
    if (initiator || responder) {
      if (line.find("encryption") != std::string_view::npos)
        return Announced{initiator ? Kind::EncrI : Kind::EncrR, *size, {}};
      if (line.find("integrity") != std::string_view::npos)
        return Announced{initiator ? Kind::IntegI : Kind::IntegR, *size, {}};
    }
    return std::nullopt;
  }
  if (line.find("ikev2_sa_keys:") != std::string_view::npos) {
    const auto named = named_secret(line);
    const auto size = number_behind(line, " with");
    if (named && size && *size <= kMaxSecret) return Announced{named->first, *size, {}};
    return std::nullopt;
  }
  if (line.find("our  keymat") != std::string_view::npos || line.find("peer keymat") != std::string_view::npos ||
      line.find("our keymat") != std::string_view::npos)
    return Announced{Kind::Keymat, 0, {}};
  if (const auto named = named_secret(line)) {
    std::string_view rest = original.substr(named->second);
    const std::size_t sign = rest.find_first_not_of(' ');
    if (sign != std::string_view::npos && (rest[sign] == ':' || rest[sign] == '='))
      return Announced{named->first, 0, rest.substr(sign + 1)};
  }
  return std::nullopt;
}

/// "   16: 1A 2B ...": blanks, a number, a colon and a blank.
bool has_offset(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos || colon == 0 || colon > 8) return false;
  const std::string_view number = line.substr(std::min(line.find_first_not_of(' '), colon), colon);
  return number.front() != ':' && std::ranges::all_of(number.substr(0, number.find(':')), is_hex);
}

/// The octets of a line that continues a dump; empty when it is none. Rows may have an offset and a colon in front, a
/// log's prefix that ends in ']' or '|', and characters behind.
Bytes row(std::string_view line) {
  // The characters behind the octets may have brackets of their own.
  for (std::size_t at = line.rfind(']'); at != std::string_view::npos && at > 0; at = line.rfind(']', at - 1))
    if (has_offset(line.substr(at + 1))) {
      line.remove_prefix(at + 1);
      break;
    }
  if (const std::size_t bar = line.find("| "); bar != std::string_view::npos && bar < 64) line.remove_prefix(bar + 1);
  constexpr std::size_t kDumpRow = 16;
  const bool dump = has_offset(line);
  if (dump) line.remove_prefix(line.find(": ") + 1);
  Bytes out;
  while (!line.empty() && !(dump && out.size() == kDumpRow)) {
    const std::size_t blank = line.find_first_not_of(' ');
    // Of strongSwan two or more blanks separate the octets from the same as characters.
    if (blank == std::string_view::npos || (!out.empty() && blank > 2)) break;
    line.remove_prefix(blank);
    const std::size_t size = std::min(line.find_first_of(" \r"), line.size());
    const std::string_view word = line.substr(0, size);
    if (word.size() % 2 != 0 || word.empty() || !std::ranges::all_of(word, is_hex)) break;
    append(out, *from_hex(word));
    line.remove_prefix(size);
  }
  return out;
}

/// Puts the secrets of one IKE SA, and of one direction, together as they come.
class Collector {
 public:
  void add(Kind kind, BytesView octets) {
    if (octets.empty()) return;
    switch (kind) {
      case Kind::Dh:
        out.dh.emplace_back(octets);
        return;
      case Kind::Keymat:
        out.directions.emplace_back(octets);
        return;
      case Kind::EncrI:
        finish_child();  // another Child SA begins
        child_.encr_i = SecretBytes(octets);
        return;
      case Kind::EncrR:
        child_.encr_r = SecretBytes(octets);
        return;
      case Kind::IntegI:
        child_.integ_i = SecretBytes(octets);
        return;
      case Kind::IntegR:
        child_.integ_r = SecretBytes(octets);
        return;
      default:
        break;
    }
    SecretBytes& place = member(kind);
    if (!place.empty()) finish_ike();
    member(kind) = SecretBytes(octets);
  }
  /// The log ends.
  void finish() {
    finish_ike();
    finish_child();
  }

  LooseSecrets out;

 private:
  void finish_child() {
    if (!child_.encr_i.empty()) out.directions.emplace_back(cat(child_.encr_i.view(), child_.integ_i.view()));
    if (!child_.encr_r.empty()) out.directions.emplace_back(cat(child_.encr_r.view(), child_.integ_r.view()));
    child_ = {};
  }
  /// Another IKE SA begins.
  void finish_ike() {
    if (!now_.ei.empty() && !now_.er.empty()) out.ike.push_back(now_);
    now_ = {};
  }
  SecretBytes& member(Kind kind) {
    switch (kind) {
      case Kind::D:
        return now_.d;
      case Kind::Ai:
        return now_.ai;
      case Kind::Ar:
        return now_.ar;
      case Kind::Ei:
        return now_.ei;
      case Kind::Er:
        return now_.er;
      case Kind::Pi:
        return now_.pi;
      default:
        return now_.pr;
    }
  }

  keys::SaKeys now_;
  keys::ChildKeys child_;
};

}  // namespace

std::optional<LooseSecrets> parse_key_log(std::string_view text) {
  Collector collector;
  std::optional<Announced> open;
  Bytes octets;
  const auto close = [&] {
    const bool whole = open && (open->size == 0 || octets.size() >= open->size);
    if (whole) collector.add(open->kind, BytesView(octets).first(open->size == 0 ? octets.size() : open->size));
    wipe({octets.data(), octets.size()});
    octets.clear();
    open.reset();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (open) {
      const Bytes more = row(line);
      append(octets, more);
      if (open->size != 0 && octets.size() >= open->size) close();
      if (!more.empty() && octets.size() <= kMaxSecret) continue;
      close();
    }
    open = announced(lower(line), line);
    if (open && !open->behind.empty()) {
      std::string_view value = open->behind;
      value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
      const auto size = static_cast<std::size_t>(std::ranges::find_if_not(value, is_hex) - value.begin());
      if (size >= 16 && size % 2 == 0) octets = *from_hex(value.substr(0, size));
      close();
    }
  }
  close();
  collector.finish();
  if (collector.out.empty()) return std::nullopt;
  return std::move(collector.out);
}

}  // namespace ikevet::pcap
