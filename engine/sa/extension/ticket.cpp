#include "engine/sa/extension/ticket.hpp"

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/crypto/encr.hpp"
#include "engine/crypto/hash.hpp"

namespace ikevet::sa {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kKeyIdSize = 4;
constexpr std::size_t kHeaderSize = 1 + kKeyIdSize;
constexpr std::size_t kMaxTicket = 4096;  // two identities and a key; nothing of ours comes near it

crypto::Cipher cipher() { return *crypto::Cipher::find(wire::EncrId::ENCR_AES_GCM_16, 256); }

/// Version | key identity: in clear and authenticated, so that keys and format can be replaced (RFC 5723 §6.1).
Bytes header_for(BytesView key) {
  const Bytes hash = crypto::sha256(key);
  return Writer().u8(kVersion).bytes(BytesView(hash).first(kKeyIdSize)).take();
}

void write_identity(Writer& out, const Identity& id) { out.u8(id.type).u16(id.data.size()).bytes(id.data); }
Identity read_identity(Reader& in) {
  Identity out;
  out.type = in.u8<wire::IdType>("ID Type");
  out.data = in.bytes(in.u16("ID length"), "ID");
  return out;
}

SecretBytes contents(const ResumableSa& sa) {
  Writer out;
  out.u64(std::chrono::duration_cast<std::chrono::seconds>(sa.expires.time_since_epoch()).count());
  out.u16(sa.suite.encr).u16(sa.suite.key_bits).u16(sa.suite.prf).u16(sa.suite.integ).u16(sa.suite.group);
  write_identity(out, sa.idi);
  write_identity(out, sa.idr);
  out.u8(sa.sk_d.size()).bytes(sa.sk_d.view());
  Bytes octets = out.take();
  SecretBytes sealed{BytesView(octets)};
  wipe({octets.data(), octets.size()});
  return sealed;
}

Result<ResumableSa> read_contents(BytesView octets) {
  Reader in(octets);
  ResumableSa out;
  out.expires = Instant(std::chrono::seconds(in.u64("expiry")));
  out.suite.encr = in.u16<wire::EncrId>("ENCR");
  out.suite.key_bits = in.u16("Key Length");
  out.suite.prf = in.u16<wire::PrfId>("PRF");
  out.suite.integ = in.u16<wire::IntegId>("INTEG");
  out.suite.group = in.u16<wire::DhGroup>("KE");
  out.idi = read_identity(in);
  out.idr = read_identity(in);
  const std::size_t size = in.u8("SK_d length");
  out.sk_d = SecretBytes(in.view(size, "SK_d"));
  return in.finish(std::move(out));
}

std::string name_of(BytesView ticket) {
  const Bytes hash = crypto::sha256(ticket);
  return {hash.begin(), hash.end()};
}

}  // namespace

Bytes ticket_lt_opaque_data(const TicketWithLifetime& ticket) {
  return Writer()
      .u32(std::chrono::duration_cast<std::chrono::seconds>(ticket.lifetime).count())
      .bytes(ticket.ticket)
      .take();
}

Result<TicketWithLifetime> read_ticket_lt_opaque(BytesView data) {
  Reader in(data);
  TicketWithLifetime out;
  out.lifetime = std::chrono::seconds(in.u32("Lifetime"));
  out.ticket = in.rest();
  if (in.ok() && out.ticket.empty()) in.fail("Ticket", "empty");
  return in.finish(std::move(out));
}

BytesView TicketKeeper::key() {
  if (key_.empty()) {
    key_ = SecretBytes(cipher().key_size());
    if (options_->key.empty()) {
      random_->fill(key_.mutable_view());
    } else {
      // A key of any length becomes the cipher's key with its salt.
      const Bytes first = crypto::sha512({options_->key.view()});
      std::ranges::copy(BytesView(first).first(key_.size()), key_.mutable_view().begin());
    }
  }
  return key_.view();
}

Bytes TicketKeeper::seal(const ResumableSa& sa) {
  const Bytes header = header_for(key());
  // Random IVs: the key may be shared by several responders, so that no counter would do.
  const Bytes iv = random_->bytes(cipher().iv_size());
  SecretBytes text = contents(sa);
  Bytes icv(cipher().icv_size());
  cipher().encrypt(key(), iv, header, text.mutable_view(), {icv.data(), icv.size()});
  return cat(header, iv, text.view(), icv);
}

Result<ResumableSa, std::string> TicketKeeper::open(BytesView ticket, Instant now) {
  const std::size_t overhead = kHeaderSize + cipher().iv_size() + cipher().icv_size();
  if (ticket.size() < overhead || ticket.size() > kMaxTicket) return tl::unexpected(std::string("no ticket of ours"));
  if (!equal(ticket.first(kHeaderSize), header_for(key())))
    return tl::unexpected(std::string("under a key that is not ours"));
  const BytesView iv = ticket.subspan(kHeaderSize, cipher().iv_size());
  const BytesView icv = ticket.last(cipher().icv_size());
  SecretBytes text(ticket.subspan(kHeaderSize + iv.size(), ticket.size() - overhead));
  if (!cipher().decrypt(key(), iv, ticket.first(kHeaderSize), text.mutable_view(), icv))
    return tl::unexpected(std::string("forged or damaged"));
  auto sa = read_contents(text.view());
  if (!sa) return tl::unexpected("of another format: " + sa.error().text());
  if (sa->expires <= now) return tl::unexpected(std::string("expired"));
  // RFC 5723 §4.3.1: "A reused ticket SHOULD be rejected by a gateway."
  if (used_.contains(name_of(ticket))) return tl::unexpected(std::string("used before"));
  return std::move(*sa);
}

void TicketKeeper::used(BytesView ticket) {
  if (!used_.insert(name_of(ticket)).second) return;
  used_in_order_.push_back(name_of(ticket));
  if (used_in_order_.size() <= kMaxUsedTickets) return;
  used_.erase(used_in_order_.front());
  used_in_order_.pop_front();
}

}  // namespace ikevet::sa
