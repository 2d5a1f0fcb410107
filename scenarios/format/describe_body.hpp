// What is in the body of a payload that a scenario gives as octets: for reports and for `ikevet show`.
#pragma once

#include <string>

#include "engine/base/bytes.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::scenarios {

/// "10.2.0.0-10.2.0.255 protocol 17" for a TS payload, "ESP deadbeef" for a Delete; where it cannot be read, or is of a
/// type that says nothing more, the octets: "04deadbe... (20 octets)".
std::string describe_body(wire::PayloadType type, const Bytes& body);

/// Octets in hexadecimal, cut where there are many.
std::string describe_octets(const Bytes& octets);

}  // namespace ikevet::scenarios
