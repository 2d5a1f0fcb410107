// A value, or why a peer's octets cannot be read as one.
#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>

namespace ikevet {

/// A structural fault in octets that a peer sent: which field (the RFC's name for it), where, and why.
struct ParseError {
  std::string field;      ///< e.g. "Payload Length"
  std::size_t offset{};   ///< octets from the start of the outermost thing parsed (the message, or the plaintext in SK)
  std::string why;        ///< e.g. "3 octets, at least 4 wanted"

  std::string text() const { return field + " at octet " + std::to_string(offset) + ": " + why; }
  friend bool operator==(const ParseError&, const ParseError&) = default;
};

template <class T, class E = ParseError>
using Result = tl::expected<T, E>;

template <class E>
using Unexpected = tl::unexpected<E>;

inline tl::unexpected<ParseError> parse_error(std::string field, std::size_t offset, std::string why) {
  return tl::unexpected<ParseError>(ParseError{std::move(field), offset, std::move(why)});
}

}  // namespace ikevet
