#include "bindings/cli/decode_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <limits>
#include <string_view>

#include "bindings/cli/user_error.hpp"
#include "engine/wire/constants.hpp"
#include "engine/wire/payload.hpp"
#include "scenarios/format/nearest.hpp"

namespace ikevet::cli {
namespace {

using app::ExitCode;
using app::UserError;

template <class Number>
std::optional<Number> whole_number(std::string_view text, int base) {
  Number out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  std::ranges::replace(out, '-', '_');
  return out;
}

/// The value with this name, or this number. The names are asked one by one: a registry has 65,536 places at most.
template <class E>
E by_name(const std::string& option, const std::string& text, unsigned highest) {
  if (const auto number = whole_number<unsigned>(text, 10); number && *number <= highest)
    return static_cast<E>(*number);
  const std::string wanted = upper(text);
  std::vector<std::string> known;
  for (unsigned number = 0; number <= highest; ++number) {
    const std::string_view there = wire::name(static_cast<E>(number));
    if (there.empty()) continue;
    if (there == wanted) return static_cast<E>(number);
    known.emplace_back(there);
  }
  throw UserError(ExitCode::Usage, fmt::format("{} {}: there is none of that name", option, text),
                  scenarios::did_you_mean(wanted, known, "give its name or its number"));
}

}  // namespace

std::optional<DecodeFilter::Moment> DecodeFilter::moment(const std::string& option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  Moment out;
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  // Within what a Duration of nanoseconds can hold.
  if (end == text.c_str() + text.size() && seconds >= 0 && seconds < 9e9) {
    out.after_first = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    return out;
  }
  std::tm fields{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &fields);
  if (rest == nullptr) rest = ::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &fields);
  if (rest == nullptr || (*rest != '\0' && std::string_view(rest) != "Z"))
    throw UserError(ExitCode::Usage, fmt::format("{} {}: no time", option, text),
                    "give seconds after the first packet, as in 12.5, or a time in UTC, as in 2026-11-25T13:27:00");
  out.absolute = Instant(std::chrono::seconds(::timegm(&fields)));
  return out;
}

DecodeFilter::DecodeFilter(const DecodeFilterOptions& options)
    : from_(moment("--from", options.from)), to_(moment("--to", options.to)), ike_only_(options.ike_only) {
  for (std::string text : options.sas) {
    if (text.starts_with("0x")) text.erase(0, 2);
    constexpr int kHex = 16;
    const auto spi = whole_number<std::uint64_t>(text, kHex);
    if (spi && text.size() == 16)
      ike_spis_.push_back(IkeSpi{*spi});
    else if (spi && text.size() == 8)
      child_spis_.push_back(ChildSpi{static_cast<std::uint32_t>(*spi)});
    else
      throw UserError(ExitCode::Usage, fmt::format("--sa {}: no SPI", text),
                      "give the 16 hexadecimal digits of an IKE SPI, or the 8 of an ESP SPI");
  }
  for (const std::string& text : options.exchanges)
    exchanges_.push_back(by_name<wire::ExchangeType>("--exchange", text, std::numeric_limits<std::uint8_t>::max()));
  for (const std::string& text : options.notifies)
    notifies_.push_back(by_name<wire::NotifyType>("--notify", text, std::numeric_limits<std::uint16_t>::max()));
}

bool DecodeFilter::of_sa(const DecodedPacket& packet) const {
  if (ike_spis_.empty() && child_spis_.empty()) return true;
  const auto is_ike = [&](IkeSpis spis) {
    return std::ranges::any_of(ike_spis_, [&](IkeSpi spi) { return spi == spis.i || spi == spis.r; });
  };
  if (packet.message) return is_ike(packet.message->outer.header.spis);
  if (packet.ikev1) return is_ike(packet.ikev1->header.spis);
  return packet.esp && std::ranges::find(child_spis_, packet.esp->header.spi) != child_spis_.end();
}

bool DecodeFilter::of_exchange(const DecodedPacket& packet) const {
  if (exchanges_.empty()) return true;
  const auto has = [&](wire::ExchangeType type) { return std::ranges::find(exchanges_, type) != exchanges_.end(); };
  if (packet.message) return has(packet.message->outer.header.exchange);
  return packet.ikev1 && has(packet.ikev1->header.exchange);
}

bool DecodeFilter::with_notify(const DecodedPacket& packet) const {
  if (notifies_.empty()) return true;
  if (!packet.message) return false;
  const auto among = [&](const std::vector<wire::Payload>& payloads) {
    return std::ranges::any_of(notifies_,
                               [&](wire::NotifyType type) { return wire::find_notify(payloads, type) != nullptr; });
  };
  return among(packet.message->outer.payloads) || among(packet.message->inner);
}

bool DecodeFilter::wants(const DecodedPacket& packet) {
  if (!first_) first_ = packet.packet.at;
  if (ike_only_ && !packet.message) return false;
  if (from_ && packet.packet.at < from_->at(*first_)) return false;
  if (to_ && packet.packet.at > to_->at(*first_)) return false;
  return of_sa(packet) && of_exchange(packet) && with_notify(packet);
}

}  // namespace ikevet::cli
