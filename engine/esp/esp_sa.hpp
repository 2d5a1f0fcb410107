// Both directions of a Child SA that carries ESP.  RFC 4303 §3, RFC 4301 §5.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/random.hpp"
#include "engine/base/result.hpp"
#include "engine/crypto/suite.hpp"
#include "engine/esp/packet.hpp"
#include "engine/esp/replay_window.hpp"
#include "engine/wire/traffic_selector.hpp"

namespace ikevet::esp {

/// How much an SA may carry, both directions together: RFC 4301 §4.4.2.1. Empty: any amount.
struct Lifetime {
  std::optional<std::uint64_t> soft_octets;  ///< time to rekey
  std::optional<std::uint64_t> hard_octets;  ///< nothing more passes
  std::optional<std::uint64_t> soft_packets;
  std::optional<std::uint64_t> hard_packets;
};

/// What an SA is made of.
struct EspSaSettings {
  crypto::ChildSuite suite;
  ChildSpi inbound;   ///< chosen by us
  ChildSpi outbound;  ///< chosen by the peer
  SecretBytes encr_in, integ_in, encr_out, integ_out;
  std::vector<wire::TrafficSelector> local_ts;
  std::vector<wire::TrafficSelector> remote_ts;
  bool transport_mode{};
  std::size_t replay_window = 64;
  /// Plaintext in tunnel mode is padded to a multiple of this, RFC 4303 §2.7; 0: not at all.
  std::size_t tfc_multiple{};
  Lifetime lifetime;
};

/// What passed in one direction. Octets are those of the inner packets.
struct Carried {
  std::uint64_t packets{};
  std::uint64_t octets{};
};

/// Why a packet does not pass.
struct Refusal {
  std::string why;
  std::string section;  ///< "RFC 4303 §3.4.3"
};

/// What came out of an ESP packet.
struct Accepted {
  Bytes packet;  ///< the inner IP packet, without any padding; empty for a dummy packet
  std::uint64_t sequence{};
};

class EspSa {
 public:
  /// Empty when the suite cannot be computed or a key has the wrong size.
  static std::optional<EspSa> create(EspSaSettings settings);

  /// Makes an ESP packet of an inner IP packet. In transport mode its addresses are those of the outer header.
  Result<Bytes, Refusal> protect(BytesView inner, RandomSource& random);
  /// A packet that says nothing, RFC 4303 §2.6, with `size` octets of content.
  Result<Bytes, Refusal> dummy(std::size_t size, RandomSource& random);
  /// Opens an ESP packet. `source` and `destination` are the outer header's, of which transport mode makes the inner
  /// one; there, `translated` says that a NAT may have changed them, so that checksums have to be made anew.
  Result<Accepted, Refusal> accept(BytesView packet, const IpAddress& source, const IpAddress& destination,
                                   bool translated = false);

  /// May this inner packet leave through this SA?
  bool carries(BytesView inner) const;

  const EspSaSettings& settings() const { return settings_; }
  const Carried& sent() const { return sent_; }
  const Carried& received() const { return received_; }
  std::uint64_t last_sequence() const { return sequence_; }
  const ReplayWindow& window() const { return window_; }

  enum class Spent { No, Soft, Hard };
  Spent spent() const;

  /// TFC padding from here on, as EspSaSettings::tfc_multiple.
  void pad_to(std::size_t tfc_multiple) { settings_.tfc_multiple = tfc_multiple; }
  /// For tests and long-lived peers: the counter goes on from here.
  void set_last_sequence(std::uint64_t sequence) { sequence_ = sequence; }

 private:
  EspSa(EspSaSettings settings, Protection in, Protection out);
  Result<Bytes, Refusal> send(std::uint8_t next_header, BytesView payload, std::size_t tfc_padding, RandomSource&);
  Result<Bytes, Refusal> inner_packet(const Opened& opened, const IpAddress& source, const IpAddress& destination,
                                      bool translated) const;

  EspSaSettings settings_;
  Protection in_;
  Protection out_;
  std::uint64_t sequence_{};  ///< of the last packet sent
  ReplayWindow window_;
  Carried sent_;
  Carried received_;
};

}  // namespace ikevet::esp
