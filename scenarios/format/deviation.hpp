// A deviating peer as data: what it does wrong (or only differently), and which requirement that breaks.
//
// The engine behind it is honest. What it does wrong happens outside of it, at the seams, in this order:
//   what arrives   -> `inbound` (lost, altered and protected anew, answered by somebody else)  -> engine
//   engine         -> `decisions`, `config`
//   what it sends  -> `outbound` (its taps) -> `keys` (protected anew with other keys) -> `network` -> what leaves
//   and `react` makes it begin something when a message passes.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/wire/constants.hpp"
#include "scenarios/format/config_overrides.hpp"
#include "scenarios/format/mutation.hpp"
#include "scenarios/format/oddity.hpp"
#include "scenarios/format/pattern.hpp"
#include "scenarios/format/requirement.hpp"

namespace ikevet::scenarios {

/// Which messages a rule takes.
struct DeviationWhen {
  MessagePattern message;
  std::optional<int> nth;                      ///< only that match, from 1
  int since = 1;                               ///< from that match on
  std::optional<bool> repeated;                ///< the same octets have passed this way before
  std::optional<bool> known;                   ///< its SPIs are those of an IKE SA that has keys
  std::optional<bool> successor;               ///< it belongs to an IKE SA that a rekey made
  std::optional<bool> initiator;               ///< we are its IKE SA's original initiator
  std::optional<bool> established;             ///< its IKE SA is set up
  std::optional<bool> marked;                  ///< the non-ESP marker of port 4500 stands before it
  std::vector<Oddity> odd;                     ///< all of these hold
  std::optional<wire::PayloadType> not_first;  ///< another payload than this one is its first
};

/// A field that gets the octets of a field elsewhere, e.g. the nonce of our first message.
struct FieldCopy {
  enum class From { Peer, OwnFirst };
  std::string field;
  std::string source;  ///< the same field unless given
  From from{};
};

/// What our own messages look like; all applies to one message, in the order of the members.
struct OutboundDeviation {
  DeviationWhen when;
  std::vector<Mutation> mutate;
  std::vector<FieldCopy> copy;
  std::optional<std::size_t> padding;  ///< about so many octets of it inside SK, RFC 7296 §3.14
  bool in_clear{};                     ///< its payloads stand in clear, without SK
};

/// A message that the engine knows nothing of: header as an answer to the message at hand (or as a request), payloads
/// from an empty list.
struct ForgedMessage {
  bool encrypted = true;
  bool request{};                              ///< a request under the next Message ID, no answer
  std::optional<wire::ExchangeType> exchange;  ///< that of the message at hand unless given
  std::vector<Mutation> make;
};

/// A datagram that is no IKE message, such as a NAT-keepalive, and what is sent back.
struct StrayDeviation {
  Bytes octets;
  Bytes answer;
};

struct InboundDeviation {
  enum class Then {
    Deliver,
    Drop,    ///< the engine never sees it
    Die,     ///< nor anything after it, and nothing more is sent
    Forget,  ///< the IKE SA is gone without a word; the message is lost
  };
  DeviationWhen when;
  std::vector<Mutation> mutate;
  bool protect{};  ///< payloads in clear are put into SK, so that the engine takes them
  bool mirror{};   ///< what the engine answers at once has the SPIs and Message ID of the message before it was altered
  std::optional<ForgedMessage> answer;
  Then then{};
};

struct NetworkDeviation {
  DeviationWhen when;
  bool drop{};
  int copies = 1;  ///< how often it leaves
  std::optional<Duration> delay;
  std::optional<std::uint16_t> source_port, destination_port;
  std::optional<std::uint16_t> on_port;          ///< both ports, with the non-ESP marker on 4500 and without elsewhere
  bool to_first_address{};                       ///< to the address from which the peer's first message came
  std::optional<std::size_t> fragment;           ///< in fragments of so many octets of payloads, RFC 7383
  std::vector<Mutation> mutate;                  ///< on the finished octets
  bool remake{};                                 ///< protected anew: another IV, other octets
  std::optional<wire::PayloadType> first_inner;  ///< protected anew, with this as Next Payload of SK
  std::optional<ForgedMessage> also;             ///< a request of ours right behind it, under the next Message ID
};

struct Reaction {
  bool own{};  ///< on a message that we send; otherwise on one that arrives
  DeviationWhen when;
  std::string command;  ///< one of kReactions
  std::vector<Mutation> make;
  Duration after{};
};
inline constexpr std::array kReactions{"initiate",     "rekey_child",      "rekey_ike",     "create_child",
                                       "delete_child", "delete_old_child", "delete_ike",    "liveness",
                                       "inform",       "forget",           "reauthenticate"};

/// Keys other than those of RFC 7296 §2.14: the engine's are right, and each message is closed with the wrong ones,
/// while what the peer sends does not open with them and is lost.
struct KeyDeviation {
  enum class Child {
    None,
    All,
    WithKeyExchange,    ///< those that had a Diffie-Hellman exchange of their own
    UnusedKeyExchange,  ///< those whose request had a KE payload although NONE was selected
  };
  std::vector<std::string> order;  ///< "d", "ai", "ar", "ei", "er", "pi", "pr": how prf+ is cut up
  bool unrelated{};                ///< those of somebody who puts another value into prf+
  Child child{};                   ///< the keys of these Child SAs are unrelated
  bool without_associated_data{};  ///< the checksum covers the ciphertext alone, RFC 5282 §5.1
  bool repeated_iv{};              ///< the first IV again and again; arriving messages open
  std::optional<wire::PrfId> only_prf;
  bool only_aead{};
  bool only_successor{};
  bool only_additional{};   ///< where additional key exchanges were negotiated, RFC 9370
  bool only_leading_zero{};  ///< where the shared secret begins with a zero octet, which it leaves out
  bool any() const { return !order.empty() || unrelated || without_associated_data || repeated_iv; }
};

struct DecisionOverrides {
  std::optional<bool> accept_auth, accept_message_id, accept_cookie;
  std::optional<std::vector<std::string>> narrow;  ///< what it answers to any selectors; empty: what was proposed
};

struct Deviation {
  std::string id;
  std::vector<std::string> roles;  ///< "initiator", "responder": which it plays
  std::string title;
  std::string citation;             ///< "RFC 7296 §3.1"
  std::vector<std::string> breaks;  ///< requirements of which one must fail; empty for a legitimate variant
  bool legitimate{};
  std::string reason;                          ///< of a legitimate variant: why it may
  std::string note;                            ///< where somebody else's list said otherwise, and why
  std::vector<std::string> lacks;              ///< capabilities that the target claims and this peer does not have
  std::map<std::string, std::string> targets;  ///< by role: the embedded target whose device it is
  std::vector<std::string> played;             ///< selectors of further scenarios in which it shows
  ConfigOverrides config;
  std::vector<OutboundDeviation> outbound;
  std::vector<InboundDeviation> inbound;
  std::vector<NetworkDeviation> network;
  std::vector<StrayDeviation> strays;
  std::vector<Reaction> react;
  KeyDeviation keys;
  DecisionOverrides decisions;
  std::optional<std::uint16_t> begins_on;  ///< the port on which it sets up IKE SAs
  std::string file;

  const std::string& target(const std::string& role) const { return targets.at(role); }
};

/// Every `*.json` of a folder, in order of id, which must be unique. Throws FormatError with all that is wrong.
std::vector<Deviation> load_deviations(const std::filesystem::path& folder, const Catalogue& catalogue);
/// Throws FormatError with the nearest ids.
const Deviation& find_deviation(const std::vector<Deviation>& all, std::string_view id);

}  // namespace ikevet::scenarios
