#include "engine/eap/otp_hash.hpp"

#include <charconv>

#include "engine/crypto/hash.hpp"
#include "engine/eap/otp_words.hpp"

namespace ikevet::eap {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// The next word, and the rest.
std::string_view next_word(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  std::size_t end = 0;
  while (end < text.size() && !is_blank(text[end])) ++end;
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

/// RFC 2289 §6.0: letters and digits, 1 to 16 of them.
bool is_seed(std::string_view text) {
  if (text.empty() || text.size() > 16) return false;
  for (const char c : text)
    if (!((c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z'))) return false;
  return true;
}

constexpr unsigned kWordBits = 11;

std::string_view word_at(unsigned index) {
  // The words are short enough for a scan; nobody is asked for passwords by the thousand.
  std::string_view rest = kOtpWords;
  std::string_view word = next_word(rest);
  for (; index > 0; --index) word = next_word(rest);
  return word;
}

std::optional<unsigned> index_of(std::string_view word) {
  if (word.empty() || word.size() > 4) return std::nullopt;
  std::string wanted(word);
  for (char& c : wanted) {
    c = upper(c);
    // RFC 2289 §6: digits that are taken for letters.
    if (c == '1') c = 'L';
    if (c == '0') c = 'O';
    if (c == '5') c = 'S';
  }
  std::string_view rest = kOtpWords;
  for (unsigned index = 0; !rest.empty(); ++index)
    if (next_word(rest) == wanted) return index;
  return std::nullopt;
}

std::uint64_t number(BytesView eight) {
  std::uint64_t out = 0;
  for (const std::uint8_t octet : eight) out = out << 8 | octet;
  return out;
}

/// RFC 2289 §6: the sum of all pairs of bits, of which the lowest two bits follow.
unsigned checksum(std::uint64_t value) {
  unsigned sum = 0;
  for (; value != 0; value >>= 2) sum += static_cast<unsigned>(value & 3);
  return sum & 3;
}

}  // namespace

std::string otp_to_words(BytesView eight_octets) {
  const std::uint64_t value = number(eight_octets);
  std::string out;
  for (unsigned word = 0; word < 6; ++word) {
    // 66 bits: the 64, then the checksum. The last word takes 9 bits of the value and the two of the checksum.
    const unsigned index = word < 5 ? static_cast<unsigned>(value >> (64 - kWordBits * (word + 1))) & 0x7ff
                                    : (static_cast<unsigned>(value & 0x1ff) << 2 | checksum(value));
    if (word > 0) out += ' ';
    out += word_at(index);
  }
  return out;
}

std::optional<Bytes> otp_from_words(std::string_view words) {
  std::uint64_t value = 0;
  for (unsigned word = 0; word < 6; ++word) {
    const auto index = index_of(next_word(words));
    if (!index) return std::nullopt;
    if (word < 5) {
      value = value << kWordBits | *index;
    } else {
      value = value << 9 | *index >> 2;
      if (checksum(value) != (*index & 3)) return std::nullopt;
    }
  }
  if (!next_word(words).empty()) return std::nullopt;
  Bytes out;
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
  return out;
}

std::string OtpChallenge::text() const {
  return std::string(hash == OtpHash::Md5 ? "otp-md5 " : "otp-sha1 ") + std::to_string(sequence) + " " + seed + " ext";
}

std::optional<OtpChallenge> OtpChallenge::find(std::string_view text) {
  const std::string lowered = lower(text);
  const std::size_t at = lowered.find("otp-");
  if (at == std::string::npos) return std::nullopt;
  std::string_view rest = text.substr(at);
  OtpChallenge out;
  const std::string algorithm = lower(next_word(rest));
  if (algorithm == "otp-sha1")
    out.hash = OtpHash::Sha1;
  else if (algorithm != "otp-md5")
    return std::nullopt;
  const std::string_view count = next_word(rest);
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), out.sequence);
  if (error != std::errc() || end != count.data() + count.size() || out.sequence > kOtpMaxSequence) return std::nullopt;
  const std::string_view seed = next_word(rest);
  if (!is_seed(seed)) return std::nullopt;
  out.seed = lower(seed);  // RFC 2289 §6.0: taken as lower case
  return out;
}

Bytes otp_fold(OtpHash hash, BytesView octets) {
  Bytes digest = hash == OtpHash::Md5 ? crypto::md5({octets}) : crypto::sha1({octets});
  Bytes out(kOtpSize);
  if (hash == OtpHash::Md5) {
    for (std::size_t i = 0; i < kOtpSize; ++i) out[i] = digest[i] ^ digest[i + 8];
    return out;
  }
  // SHA-1, five words of 32 bits: the first and third and fifth, the second and fourth; each word then in little-endian
  // order.
  for (std::size_t i = 0; i < 4; ++i) {
    out[3 - i] = digest[i] ^ digest[i + 8] ^ digest[i + 16];
    out[7 - i] = digest[i + 4] ^ digest[i + 12];
  }
  return out;
}

Bytes otp_compute(const OtpChallenge& challenge, std::string_view pass_phrase) {
  // RFC 2289 appendix A: seed in lower case, then the pass phrase.
  Bytes out = otp_fold(challenge.hash, cat(as_bytes(lower(challenge.seed)), as_bytes(pass_phrase)));
  for (std::uint32_t i = 0; i < challenge.sequence; ++i) out = otp_fold(challenge.hash, out);
  return out;
}

std::optional<Bytes> otp_read(std::string_view answer) {
  const std::string lowered = lower(answer.substr(0, 5));
  if (lowered == "word:") return otp_from_words(answer.substr(5));
  if (lowered.starts_with("hex:")) answer.remove_prefix(4);
  if (auto octets = from_hex(answer); octets && octets->size() == kOtpSize) return octets;
  return otp_from_words(answer);
}

}  // namespace ikevet::eap
