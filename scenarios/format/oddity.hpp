// What can be odd about a message that no message pattern says: conditions of deviating peers.
#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace ikevet::scenarios {

enum class Oddity {
  Malformed,             ///< something in it could not be read
  ReservedBits,          ///< a payload's generic header has RESERVED bits set
  BadIntegrity,          ///< its checksum does not hold
  BadPadding,            ///< its Pad Length goes beyond the message
  Padded,                ///< it has more padding than it needs
  UnknownTransform,      ///< a proposal has a Transform Type that no RFC here defines
  MissingTransform,      ///< a proposal lacks a Transform Type that is mandatory for its protocol, RFC 7296 §3.3.3
  NoneOffered,           ///< a proposal has NONE among the methods of an additional key exchange, RFC 9370 §2.2.1
  UnfitSpi,              ///< a proposal for a new IKE SA has an SPI of another size than 8 octets, or of zeros
  FirstProposalNotOne,   ///< RFC 7296 §3.3.1
  ReversedSelectors,     ///< a Traffic Selector ends before it begins
  ShortAttribute,        ///< a configuration attribute for an IPv4 address has 1 to 3 octets
  RekeyProtocol,         ///< REKEY_SA is about another protocol than ESP or AH
  TrailingOctets,        ///< the datagram goes on behind what Length counts
  Fragment,              ///< an Encrypted Fragment payload, RFC 7383; the following ones imply it
  FragmentOutOfOrder,    ///< it is not the one behind the fragment that came last
  FragmentAfterForged,   ///< one with the same number and a wrong checksum came before
  FragmentOfOtherTotal,  ///< others of its message told another Total Fragments
  FragmentBeyondFifteen,
  AfterFragments,  ///< its IKE SA has had fragments from the peer
};

inline constexpr std::array kOddities{
    std::pair{std::string_view("malformed"), Oddity::Malformed},
    std::pair{std::string_view("reserved-bits"), Oddity::ReservedBits},
    std::pair{std::string_view("bad-integrity"), Oddity::BadIntegrity},
    std::pair{std::string_view("bad-padding"), Oddity::BadPadding},
    std::pair{std::string_view("padded"), Oddity::Padded},
    std::pair{std::string_view("unknown-transform"), Oddity::UnknownTransform},
    std::pair{std::string_view("missing-transform"), Oddity::MissingTransform},
    std::pair{std::string_view("none-offered"), Oddity::NoneOffered},
    std::pair{std::string_view("unfit-spi"), Oddity::UnfitSpi},
    std::pair{std::string_view("first-proposal-not-one"), Oddity::FirstProposalNotOne},
    std::pair{std::string_view("reversed-selectors"), Oddity::ReversedSelectors},
    std::pair{std::string_view("short-attribute"), Oddity::ShortAttribute},
    std::pair{std::string_view("rekey-protocol"), Oddity::RekeyProtocol},
    std::pair{std::string_view("trailing-octets"), Oddity::TrailingOctets},
    std::pair{std::string_view("fragment"), Oddity::Fragment},
    std::pair{std::string_view("fragment-out-of-order"), Oddity::FragmentOutOfOrder},
    std::pair{std::string_view("fragment-after-forged"), Oddity::FragmentAfterForged},
    std::pair{std::string_view("fragment-of-other-total"), Oddity::FragmentOfOtherTotal},
    std::pair{std::string_view("fragment-beyond-15"), Oddity::FragmentBeyondFifteen},
    std::pair{std::string_view("after-fragments"), Oddity::AfterFragments},
};

}  // namespace ikevet::scenarios
