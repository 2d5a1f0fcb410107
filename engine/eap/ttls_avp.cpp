#include "engine/eap/ttls_avp.hpp"

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"

namespace ikevet::eap {
namespace {

constexpr std::uint8_t kVendor = 0x80;
constexpr std::uint8_t kMandatory = 0x40;
constexpr std::size_t kAlign = 4;

std::size_t padding(std::size_t length) { return (kAlign - length % kAlign) % kAlign; }

}  // namespace

bool Avp::known() const {
  return is(AvpCode::User_Name) || is(AvpCode::User_Password) || is(AvpCode::CHAP_Password) ||
         is(AvpCode::CHAP_Challenge) || is(AvpCode::EAP_Message) || is(MicrosoftAvp::MS_CHAP_Error) ||
         is(MicrosoftAvp::MS_CHAP_Challenge) || is(MicrosoftAvp::MS_CHAP2_Response) ||
         is(MicrosoftAvp::MS_CHAP2_Success);
}

Bytes avp_octets(const std::vector<Avp>& avps) {
  Writer out;
  for (const Avp& avp : avps) {
    const std::size_t header = avp.vendor != 0 ? 12 : 8;
    const std::size_t length = header + avp.data.size();
    out.u32(avp.code).u32((avp.vendor != 0 ? std::size_t{kVendor} << 24 : 0) |
                          (avp.mandatory ? std::size_t{kMandatory} << 24 : 0) | length);
    if (avp.vendor != 0) out.u32(avp.vendor);
    out.bytes(avp.data);
    // RFC 5281 §10.1: zeros up to the next multiple of four, which the length does not count.
    for (std::size_t i = padding(length); i > 0; --i) out.u8(0);
  }
  return out.take();
}

Result<std::vector<Avp>> parse_avps(BytesView octets) {
  Reader in(octets);
  std::vector<Avp> out;
  while (in.ok() && !in.at_end()) {
    Avp avp;
    avp.code = in.u32("AVP Code");
    const std::size_t at = in.offset();
    const auto word = in.u32("AVP Flags and Length");
    const auto flags = static_cast<std::uint8_t>(word >> 24);
    const std::size_t length = word & 0xffffff;
    avp.mandatory = (flags & kMandatory) != 0;
    std::size_t header = 8;
    if ((flags & kVendor) != 0) {
      avp.vendor = in.u32("Vendor-ID");
      header += 4;
    }
    if (in.ok() && length < header) in.fail_at("AVP Length", at, std::to_string(length) + ", less than the header");
    if (!in.ok()) break;
    avp.data = in.bytes(length - header, "AVP Data");
    // The last one may come without its padding.
    in.view(std::min(padding(length), in.remaining()), "Padding");
    out.push_back(std::move(avp));
  }
  return in.finish(std::move(out));
}

}  // namespace ikevet::eap
