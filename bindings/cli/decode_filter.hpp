// Which packets `ikevet decode` shows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bindings/cli/packet_decoder.hpp"
#include "engine/base/clock.hpp"

namespace ikevet::cli {

/// As the user writes them; empty strings and lists ask for nothing.
struct DecodeFilterOptions {
  std::vector<std::string> sas;        ///< an IKE SPI of 16 hexadecimal digits, of either side; or an ESP SPI of 8
  std::vector<std::string> exchanges;  ///< "IKE_AUTH", "35"
  std::vector<std::string> notifies;   ///< "COOKIE", "16390"
  std::string from;                    ///< seconds after the first packet, or "2026-11-25T13:27:00Z"
  std::string to;
  bool ike_only{};  ///< leave out what is not IKE
  bool any() const {
    return !sas.empty() || !exchanges.empty() || !notifies.empty() || !from.empty() || !to.empty() || ike_only;
  }
};

class DecodeFilter {
 public:
  /// Throws UserError for what cannot be meant.
  explicit DecodeFilter(const DecodeFilterOptions& options);

  /// Takes packets in their order: the first of all sets the clock.
  bool wants(const DecodedPacket& packet);

 private:
  struct Moment {
    Duration after_first{};
    std::optional<Instant> absolute;
    Instant at(Instant first) const { return absolute ? *absolute : first + after_first; }
  };
  static std::optional<Moment> moment(const std::string& option, const std::string& text);
  bool of_sa(const DecodedPacket& packet) const;
  bool of_exchange(const DecodedPacket& packet) const;
  bool with_notify(const DecodedPacket& packet) const;

  std::vector<IkeSpi> ike_spis_;
  std::vector<ChildSpi> child_spis_;
  std::vector<wire::ExchangeType> exchanges_;
  std::vector<wire::NotifyType> notifies_;
  std::optional<Moment> from_, to_;
  std::optional<Instant> first_;
  bool ike_only_{};
};

}  // namespace ikevet::cli
