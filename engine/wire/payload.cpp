#include "engine/wire/payload.hpp"

#include <utility>

namespace ikevet::wire {
namespace {

constexpr std::uint8_t kCritical = 0x80;

/// The generic payload header, RFC 7296 §3.2.
struct GenericHeader {
  PayloadType next{};
  std::uint8_t critical_and_reserved{};
  std::size_t length{};  ///< of the payload, these four octets included
};

GenericHeader read_header(BytesView octets) {
  return {static_cast<PayloadType>(octets[0]), octets[1], static_cast<std::size_t>(octets[2] << 8 | octets[3])};
}

/// After SK and SKF, Next Payload speaks of what is inside (RFC 7296 §3.14, RFC 7383 §2.5): the chain ends there.
bool ends_chain(PayloadType type) { return type == PayloadType::SK || type == PayloadType::SKF; }

/// How many payloads the octets hold if their lengths are right, so that the list is allocated once.
std::size_t count_payloads(PayloadType type, BytesView octets) {
  std::size_t count = 0;
  while (type != PayloadType::None && octets.size() >= kGenericHeaderSize) {
    ++count;
    const GenericHeader header = read_header(octets);
    if (ends_chain(type) || header.length < kGenericHeaderSize || header.length > octets.size()) break;
    octets = octets.subspan(header.length);
    type = header.next;
  }
  return count;
}

/// Where a payload's body stands, and what its generic header said.
struct Found {
  GenericHeader header;
  BytesView body;
  std::size_t offset{};

  bool critical() const { return (header.critical_and_reserved & kCritical) != 0; }
  std::uint8_t reserved() const { return static_cast<std::uint8_t>(header.critical_and_reserved & ~kCritical); }
};

/// Appends the payload, made in its place: a default one filled in afterwards costs more than the parsing.
template <class T>
void append_parsed(const Found& found, std::vector<Payload>& out) {
  Result<T> parsed = T::parse(Reader(found.body, found.offset));
  if (parsed) {
    out.emplace_back(std::move(*parsed), found.critical(), found.reserved());
  } else {
    out.emplace_back(Malformed{T::kType, to_bytes(found.body), std::move(parsed.error())}, found.critical(),
                     found.reserved());
  }
}

void append_payload(PayloadType type, const Found& found, std::vector<Payload>& out) {
  switch (type) {
    case PayloadType::SA:
      return append_parsed<SecurityAssociation>(found, out);
    case PayloadType::KE:
      return append_parsed<KeyExchange>(found, out);
    case PayloadType::IDi:
      return append_parsed<IDi>(found, out);
    case PayloadType::IDr:
      return append_parsed<IDr>(found, out);
    case PayloadType::CERT:
      return append_parsed<Certificate>(found, out);
    case PayloadType::CERTREQ:
      return append_parsed<CertificateRequest>(found, out);
    case PayloadType::AUTH:
      return append_parsed<Authentication>(found, out);
    case PayloadType::Nonce:
      return append_parsed<Nonce>(found, out);
    case PayloadType::Notify:
      return append_parsed<Notify>(found, out);
    case PayloadType::Delete:
      return append_parsed<Delete>(found, out);
    case PayloadType::VendorId:
      return append_parsed<VendorId>(found, out);
    case PayloadType::TSi:
      return append_parsed<TSi>(found, out);
    case PayloadType::TSr:
      return append_parsed<TSr>(found, out);
    case PayloadType::SK:
      return append_parsed<Encrypted>(found, out);
    case PayloadType::SKF:
      return append_parsed<EncryptedFragment>(found, out);
    case PayloadType::CP:
      return append_parsed<Configuration>(found, out);
    case PayloadType::EAP:
      return append_parsed<Eap>(found, out);
    case PayloadType::None:
    case PayloadType::GSPM:
    case PayloadType::IDg:
    case PayloadType::GSA:
    case PayloadType::KD:
    case PayloadType::PS:
      break;
  }
  out.emplace_back(Unknown{type, to_bytes(found.body)}, found.critical(), found.reserved());
}

/// Walks a chain from payload to payload.
class ChainParser {
 public:
  ChainParser(BytesView octets, std::size_t base) : rest_(octets), base_(base) {}

  Chain parse(PayloadType type) {
    out_.payloads.reserve(count_payloads(type, rest_));
    while (type != PayloadType::None) {
      const std::optional<PayloadType> next = parse_one(type);
      if (!next) break;
      type = *next;
    }
    leave_rest(type);
    return std::move(out_);
  }

 private:
  /// The type of the payload behind this one; empty where the chain cannot go on.
  std::optional<PayloadType> parse_one(PayloadType type) {
    if (rest_.size() < kGenericHeaderSize) {
      fault("Next Payload", 0, name_or_number(type) + " announced, " + std::to_string(rest_.size()) + " octets left");
      return std::nullopt;
    }
    const GenericHeader header = read_header(rest_);
    if (header.length < kGenericHeaderSize || header.length > rest_.size()) {
      bad_length(type, header);
      return std::nullopt;
    }
    append_payload(type, found(header, header.length), out_.payloads);
    advance(header.length);
    PayloadBody& body = out_.payloads.back().body;
    if (const auto* malformed = std::get_if<Malformed>(&body)) out_.faults.push_back(malformed->why);
    if (!ends_chain(type)) return header.next;
    if (auto* sk = std::get_if<Encrypted>(&body)) sk->first_inner = header.next;
    if (auto* skf = std::get_if<EncryptedFragment>(&body)) skf->first_inner = header.next;
    return PayloadType::None;
  }

  /// The payload at hand, taken to be `length` octets long.
  Found found(const GenericHeader& header, std::size_t length) const {
    return {header, rest_.subspan(kGenericHeaderSize, length - kGenericHeaderSize), base_ + kGenericHeaderSize};
  }

  /// Where the payload ends is unknown: it takes what is left.
  void bad_length(PayloadType type, const GenericHeader& header) {
    const std::string stated = std::to_string(header.length);
    fault("Payload Length", 2,
          header.length < kGenericHeaderSize ? stated + ", at least " + std::to_string(kGenericHeaderSize) + " wanted"
                                             : stated + ", but " + std::to_string(rest_.size()) + " octets left");
    const Found all = found(header, rest_.size());
    out_.payloads.emplace_back(Malformed{type, to_bytes(all.body), out_.faults.back()}, all.critical(), all.reserved());
    advance(rest_.size());
  }

  void leave_rest(PayloadType type) {
    if (rest_.empty()) return;
    out_.trailing = to_bytes(rest_);
    if (type == PayloadType::None)
      fault("Next Payload", 0, "none announced, but " + std::to_string(rest_.size()) + " octets follow");
  }

  void fault(std::string field, std::size_t at, std::string why) {
    out_.faults.push_back({std::move(field), base_ + at, std::move(why)});
  }

  void advance(std::size_t count) {
    rest_ = rest_.subspan(count);
    base_ += count;
  }

  BytesView rest_;
  std::size_t base_;
  Chain out_;
};

template <class T>
concept KnownPayload = requires { T::kType; };

/// The Next Payload that stands in the generic header of `payload`, which `following` comes behind.
PayloadType next_after(const Payload& payload, std::span<const Payload> following) {
  if (const auto* sk = std::get_if<Encrypted>(&payload.body)) return sk->first_inner;
  if (const auto* skf = std::get_if<EncryptedFragment>(&payload.body)) return skf->first_inner;
  return first_type(following);
}

}  // namespace

PayloadType Payload::type() const {
  return std::visit(
      []<class T>(const T& b) {
        if constexpr (KnownPayload<T>) {
          return T::kType;
        } else {
          return b.type;
        }
      },
      body);
}

const Notify* find_notify(std::span<const Payload> payloads, NotifyType type) {
  for (const Payload& payload : payloads)
    if (const auto* notify = std::get_if<Notify>(&payload.body); notify && notify->type == type) return notify;
  return nullptr;
}

const Notify* find_error(std::span<const Payload> payloads) {
  for (const Payload& payload : payloads)
    if (const auto* notify = std::get_if<Notify>(&payload.body); notify && is_error(notify->type)) return notify;
  return nullptr;
}

Chain parse_chain(PayloadType first, BytesView octets, std::size_t base_offset) {
  return ChainParser(octets, base_offset).parse(first);
}

void serialise_chain(std::span<const Payload> payloads, Writer& out) {
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const Payload& payload = payloads[i];
    const std::size_t start = out.size();
    out.fields<1, 1, 2>(next_after(payload, payloads.subspan(i + 1)),
                        (payload.critical ? kCritical : 0U) | (payload.reserved & 0x7fU), 0);
    std::visit([&out](const auto& body) { body.serialise(out); }, payload.body);
    out.patch_u16(start + 2, out.size() - start);
  }
}

Bytes serialise_chain(std::span<const Payload> payloads) {
  Writer out;
  serialise_chain(payloads, out);
  return out.take();
}

PayloadType first_type(std::span<const Payload> payloads) {
  return payloads.empty() ? PayloadType::None : payloads.front().type();
}

}  // namespace ikevet::wire
