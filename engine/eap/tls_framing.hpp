// TLS messages in EAP packets: flags, length, fragments, acknowledgements. RFC 5216 §2.1.5 and §3, RFC 5281 §9.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"

namespace ikevet::eap {

class TlsFraming {
 public:
  /// Octets of one reassembled message: more than any flight of certificates, and all that a peer can make us keep.
  static constexpr std::size_t kLongestMessage = 65536;
  static constexpr std::uint8_t kLengthIncluded = 0x80;
  static constexpr std::uint8_t kMoreFragments = 0x40;
  static constexpr std::uint8_t kStart = 0x20;
  static constexpr std::uint8_t kVersion = 0x07;  ///< RFC 5281 §9.1; reserved in EAP-TLS

  explicit TlsFraming(std::size_t fragment) : fragment_(fragment < 64 ? 64 : fragment) {}

  enum class Got {
    Message,   ///< whole: take_message()
    Fragment,  ///< more will follow; an empty packet acknowledges it
    Ack,       ///< of a fragment of ours: the next one is due
  };
  Result<Got> receive(BytesView type_data);
  Bytes take_message() { return std::exchange(incoming_, {}); }

  bool pending() const { return !outgoing_.empty(); }
  void send(Bytes message);  ///< nothing may be pending
  /// Type-Data of the next packet: a fragment or the whole message; with nothing to send the empty packet that
  /// acknowledges.
  Bytes next();

 private:
  std::size_t fragment_;
  Bytes incoming_;
  std::size_t announced_{};  ///< "TLS Message Length" of the message being received; 0: none
  bool receiving_ = false;
  Bytes outgoing_;
  std::size_t sent_{};
};

}  // namespace ikevet::eap
