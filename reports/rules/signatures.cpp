// What the signature in an AUTH payload is made with, RFC 7427.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "reports/rules/signatures.hpp"

namespace ikevet::reports::rules {
namespace {

using trace::MessageRecord;
using wire::HashAlgorithm;

/// An object identifier within an AlgorithmIdentifier, in DER without tag and length.
struct Named {
  std::array<std::uint8_t, 9> oid;
  std::size_t size;
  HashAlgorithm hash;
};
// RFC 7427 Appendix A, RFC 8420 Appendix A. Of RSASSA-PSS the parameters name the hash by an identifier of its own.
constexpr std::array kNamed{
    Named{{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05}, 9, HashAlgorithm::SHA1},
    Named{{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b}, 9, HashAlgorithm::SHA2_256},
    Named{{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c}, 9, HashAlgorithm::SHA2_384},
    Named{{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d}, 9, HashAlgorithm::SHA2_512},
    Named{{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01}, 9, HashAlgorithm::SHA2_256},
    Named{{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02}, 9, HashAlgorithm::SHA2_384},
    Named{{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03}, 9, HashAlgorithm::SHA2_512},
    Named{{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02}, 8, HashAlgorithm::SHA2_256},
    Named{{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03}, 8, HashAlgorithm::SHA2_384},
    Named{{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04}, 8, HashAlgorithm::SHA2_512},
    Named{{0x2b, 0x65, 0x70}, 3, HashAlgorithm::IDENTITY},
    Named{{0x2b, 0x65, 0x71}, 3, HashAlgorithm::IDENTITY},
};

/// RFC 7427 §3: one octet of length, then the AlgorithmIdentifier.
std::optional<HashAlgorithm> hash_of(const wire::Authentication& auth) {
  if (auth.method != wire::AuthMethod::DIGITAL_SIGNATURE || auth.data.empty()) return std::nullopt;
  const BytesView identifier =
      BytesView(auth.data).subspan(1, std::min<std::size_t>(auth.data[0], auth.data.size() - 1));
  for (const Named& named : kNamed) {
    const BytesView wanted(named.oid.data(), named.size);
    if (std::ranges::search(identifier, wanted).begin() != identifier.end()) return named.hash;
  }
  return std::nullopt;
}

/// The list that the other side sent in the IKE_SA_INIT exchange of this IKE SA.
std::optional<std::vector<HashAlgorithm>> announced_to(const TraceView& view, const MessageRecord& message) {
  for (const std::size_t index : view.from_harness()) {
    const MessageRecord& init = view.message(index);
    if (init.outer.header.exchange != wire::ExchangeType::IKE_SA_INIT ||
        init.outer.header.spis.i != message.outer.header.spis.i)
      continue;
    const auto* notify = wire::find_notify(init.payloads(), wire::NotifyType::SIGNATURE_HASH_ALGORITHMS);
    if (notify == nullptr) continue;
    std::vector<HashAlgorithm> out;
    for (std::size_t i = 0; i + 1 < notify->data.size(); i += 2)
      out.push_back(static_cast<HashAlgorithm>(notify->data[i] << 8 | notify->data[i + 1]));
    return out;
  }
  return std::nullopt;
}

// RFC 7427 §4: the hash of the signature is one of those in the SIGNATURE_HASH_ALGORITHMS of the other side.
Observations hash_of_other_list(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    const auto* auth = wire::find<wire::Authentication>(message.payloads());
    const auto hash = auth ? hash_of(*auth) : std::nullopt;
    const auto list = hash ? announced_to(view, message) : std::nullopt;
    if (!list) continue;
    out.saw(message);
    if (std::ranges::find(*list, *hash) == list->end())
      out.broken({&message},
                 fmt::format("the signature is made with {}, which was not announced", wire::name_or_number(*hash)));
  }
  return out;
}

constexpr std::array kRules{Rule{"rfc7427-4-hash-of-other-list", hash_of_other_list}};

}  // namespace

std::span<const Rule> signature_rules() { return kRules; }

}  // namespace ikevet::reports::rules
