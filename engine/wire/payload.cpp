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

template <class T>
void parse_into(PayloadBody& body, BytesView octets, std::size_t base) {
  Result<T> parsed = T::parse(Reader(octets, base));
  if (parsed) {
    body.emplace<T>(std::move(*parsed));
  } else {
    body.emplace<Malformed>(T::kType, to_bytes(octets), std::move(parsed.error()));
  }
}

void parse_body(PayloadType type, PayloadBody& body, BytesView octets, std::size_t base) {
  switch (type) {
    case PayloadType::SA:
      return parse_into<SecurityAssociation>(body, octets, base);
    case PayloadType::KE:
      return parse_into<KeyExchange>(body, octets, base);
    case PayloadType::IDi:
      return parse_into<IDi>(body, octets, base);
    case PayloadType::IDr:
      return parse_into<IDr>(body, octets, base);
    case PayloadType::CERT:
      return parse_into<Certificate>(body, octets, base);
    case PayloadType::CERTREQ:
      return parse_into<CertificateRequest>(body, octets, base);
    case PayloadType::AUTH:
      return parse_into<Authentication>(body, octets, base);
    case PayloadType::Nonce:
      return parse_into<Nonce>(body, octets, base);
    case PayloadType::Notify:
      return parse_into<Notify>(body, octets, base);
    case PayloadType::Delete:
      return parse_into<Delete>(body, octets, base);
    case PayloadType::VendorId:
      return parse_into<VendorId>(body, octets, base);
    case PayloadType::TSi:
      return parse_into<TSi>(body, octets, base);
    case PayloadType::TSr:
      return parse_into<TSr>(body, octets, base);
    case PayloadType::SK:
      return parse_into<Encrypted>(body, octets, base);
    case PayloadType::SKF:
      return parse_into<EncryptedFragment>(body, octets, base);
    case PayloadType::CP:
      return parse_into<Configuration>(body, octets, base);
    case PayloadType::EAP:
      return parse_into<Eap>(body, octets, base);
    case PayloadType::None:
    case PayloadType::GSPM:
    case PayloadType::IDg:
    case PayloadType::GSA:
    case PayloadType::KD:
    case PayloadType::PS:
      break;
  }
  body.emplace<Unknown>(type, to_bytes(octets));
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
    Payload& payload = out_.payloads.emplace_back();
    payload.critical = (header.critical_and_reserved & kCritical) != 0;
    payload.reserved = static_cast<std::uint8_t>(header.critical_and_reserved & ~kCritical);
    if (header.length < kGenericHeaderSize || header.length > rest_.size()) {
      bad_length(type, header.length, payload);
      return std::nullopt;
    }
    parse_body(type, payload.body, rest_.subspan(kGenericHeaderSize, header.length - kGenericHeaderSize),
               base_ + kGenericHeaderSize);
    if (const auto* malformed = std::get_if<Malformed>(&payload.body)) out_.faults.push_back(malformed->why);
    advance(header.length);
    if (!ends_chain(type)) return header.next;
    if (auto* sk = std::get_if<Encrypted>(&payload.body)) sk->first_inner = header.next;
    if (auto* skf = std::get_if<EncryptedFragment>(&payload.body)) skf->first_inner = header.next;
    return PayloadType::None;
  }

  /// Where the payload ends is unknown: it takes what is left.
  void bad_length(PayloadType type, std::size_t length, Payload& payload) {
    fault("Payload Length", 2,
          length < kGenericHeaderSize
              ? std::to_string(length) + ", at least " + std::to_string(kGenericHeaderSize) + " wanted"
              : std::to_string(length) + ", but " + std::to_string(rest_.size()) + " octets left");
    payload.body.emplace<Malformed>(type, to_bytes(rest_.subspan(kGenericHeaderSize)), out_.faults.back());
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
    out.u8(next_after(payload, payloads.subspan(i + 1)));
    out.u8((payload.critical ? kCritical : 0U) | (payload.reserved & 0x7fU)).u16(0);
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
