// A NAT on the virtual network: address and port translation as RFC 2663 §4.1.2 has it, for one host behind it.
#pragma once

#include <map>
#include <optional>

#include "engine/transport/faults.hpp"

namespace ikevet::transport {

/// Whom it serves is settled by place(); until then everything passes untouched. Only UDP passes it: ESP in IP protocol
/// 50 has no port that could be translated. From outside only answers to mappings come in.
class NatBox final : public Fault {
 public:
  /// @param outside  its address; `spare` is another one, for remap_address()
  NatBox(const IpAddress& outside, const IpAddress& spare) : outside_(outside), spare_(spare) {}

  void place(const IpAddress& inside) { inside_ = inside; }
  bool placed() const { return inside_.has_value(); }
  const IpAddress& outside() const { return outside_; }
  const IpAddress& spare() const { return spare_; }
  /// As after a restart: the mappings are gone, and the next packet from inside gets another port, or another address
  /// too. What is sent to the old mappings is lost.
  void remap_port() { mappings_.clear(); }
  void remap_address();

  std::vector<Onward> pass(Datagram datagram, Instant now) override;

 private:
  std::uint16_t port_for(std::uint16_t inside_port);

  IpAddress outside_;
  IpAddress spare_;
  std::optional<IpAddress> inside_;
  std::map<std::uint16_t, std::uint16_t> mappings_;  ///< port inside, port outside
  std::uint16_t next_port_ = 20000;
};

}  // namespace ikevet::transport
