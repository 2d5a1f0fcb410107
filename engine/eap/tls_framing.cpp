#include "engine/eap/tls_framing.hpp"

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"

namespace ikevet::eap {

Result<TlsFraming::Got> TlsFraming::receive(BytesView type_data) {
  Reader in(type_data);
  const auto flags = in.u8("Flags");
  const bool more = (flags & kMoreFragments) != 0;
  std::size_t length = 0;
  if ((flags & kLengthIncluded) != 0) {
    length = in.u32("TLS Message Length");
    if (length > kLongestMessage)
      in.fail_at("TLS Message Length", 1, std::to_string(length) + " octets, more than a handshake needs");
  }
  const BytesView data = in.rest_view();
  if (in.fault()) return tl::unexpected<ParseError>(*in.fault());

  if (pending()) {
    // RFC 5216 §2.1.5: each fragment is answered by a packet without data before the next one is sent.
    if (!data.empty() || more) return parse_error("TLS Data", 1, "an acknowledgement was due");
    return Got::Ack;
  }
  if (!receiving_) {
    // RFC 5216 §3.1: the first of several fragments says how long the message is.
    if (more && length == 0) return parse_error("Flags", 0, "the first fragment does not say the message's length");
    announced_ = length;
    receiving_ = true;
  } else if (length != 0 && length != announced_) {
    return parse_error("TLS Message Length", 1, "differs from that of the first fragment");
  }
  if (more && data.empty()) return parse_error("TLS Data", type_data.size(), "a fragment without data");
  append(incoming_, data);
  if (incoming_.size() > kLongestMessage || (announced_ != 0 && incoming_.size() > announced_))
    return parse_error("TLS Data", 1, "more than the TLS Message Length");
  if (more) return Got::Fragment;
  receiving_ = false;
  if (announced_ != 0 && incoming_.size() != announced_)
    return parse_error("TLS Data", 1, "less than the TLS Message Length");
  return Got::Message;
}

void TlsFraming::send(Bytes message) {
  outgoing_ = std::move(message);
  sent_ = 0;
}

Bytes TlsFraming::next() {
  Writer out;
  const std::size_t left = outgoing_.size() - sent_;
  const std::size_t now = std::min(left, fragment_);
  const bool more = now < left;
  const bool first_of_several = sent_ == 0 && more;
  out.u8((first_of_several ? kLengthIncluded : 0) | (more ? kMoreFragments : 0));
  if (first_of_several) out.u32(outgoing_.size());
  out.bytes(BytesView(outgoing_).subspan(sent_, now));
  sent_ += now;
  if (!more) {
    outgoing_.clear();
    sent_ = 0;
  }
  return out.take();
}

}  // namespace ikevet::eap
