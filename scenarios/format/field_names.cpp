// Does a path lead to a field? The dissection itself is asked, over a message that has everything, so that there is no
// second list of names.
#include <fmt/format.h>

#include "engine/wire/field_tree.hpp"
#include "engine/wire/message.hpp"
#include "scenarios/format/nearest.hpp"
#include "scenarios/format/reading.hpp"
#include "scenarios/format/sk_paths.hpp"

namespace ikevet::scenarios {
namespace {

using namespace wire;  // NOLINT(google-build-using-namespace): a message written payload by payload

SecurityAssociation sample_sa() {
  SecurityAssociation sa;
  Proposal proposal;
  proposal.protocol = ProtocolId::ESP;
  proposal.spi = Bytes(4, 1);
  proposal.transforms = {Transform::of(EncrId::ENCR_AES_CBC, std::uint16_t{256}),
                         Transform::of(IntegId::AUTH_HMAC_SHA2_256_128)};
  proposal.transforms[0].attributes.push_back({static_cast<AttributeType>(999), false, 0, Bytes(3, 1)});
  sa.proposals.push_back(proposal);
  return sa;
}

template <class Ts>
Ts sample_ts() {
  Ts ts;
  ts.selectors.push_back(TrafficSelector::prefix(IpAddress::v4({192, 0, 2, 0}), 24));
  return ts;
}

Notify sample_notify() { return {ProtocolId::ESP, Bytes(4, 1), NotifyType::REKEY_SA, Bytes(2, 1)}; }

Message sample_message() {
  Message message;
  const auto add = [&](PayloadBody body) { message.payloads.push_back({std::move(body), false, 0}); };
  add(sample_sa());
  add(KeyExchange{DhGroup::CURVE25519, 0, Bytes(32, 1)});
  add(Nonce{Bytes(32, 1)});
  add(sample_notify());
  // The others as octets: what their fields are called does not depend on what is in them.
  const auto raw = [&](PayloadType type, Bytes body) { add(Unknown{type, std::move(body)}); };
  raw(PayloadType::IDi, from_hex("0200000061").value());
  raw(PayloadType::IDr, from_hex("0200000061").value());
  raw(PayloadType::CERT, from_hex("0401").value());
  raw(PayloadType::CERTREQ, cat(Bytes(1, 4), Bytes(20, 1)));
  raw(PayloadType::AUTH, from_hex("0200000001").value());
  raw(PayloadType::Delete, from_hex("0304000101010101").value());
  raw(PayloadType::VendorId, Bytes(4, 1));
  add(sample_ts<TSi>());
  add(sample_ts<TSr>());
  raw(PayloadType::CP, from_hex("0100000000010004c0000201").value());
  raw(PayloadType::EAP, from_hex("0101000604ff").value());
  return message;
}

/// Two trees, as only one payload of a message can be encrypted.
const std::vector<FieldNode>& samples() {
  static const std::vector<FieldNode> trees = [] {
    // The names and values in a tree may point into the octets it was made from.
    static std::vector<Bytes> octets;
    for (const PayloadType last : {PayloadType::SK, PayloadType::SKF}) {
      Message message = sample_message();
      message.payloads.push_back({Unknown{last, from_hex("00010002" + std::string(96, '0')).value()}, false, 0});
      octets.push_back(message.octets());
    }
    std::vector<FieldNode> out;
    for (const Bytes& message : octets) out.push_back(field_tree(message));
    return out;
  }();
  return trees;
}

/// A path without "[2]" and "[COOKIE]": which of several is there is known only when the message is.
std::string without_choices(std::string_view path) {
  std::string out;
  bool inside = false;
  for (const char c : path) {
    if (c == '[') inside = true;
    if (!inside) out += c;
    if (c == ']') inside = false;
  }
  return out;
}

}  // namespace

void check_field_path(const Node& node) {
  if (!node.is_string()) return;
  const std::string path = without_choices(node.text());
  if (is_part_of_sk(path)) return;
  for (const FieldNode& tree : samples())
    if (find_field(tree, path) != nullptr) return;
  const FieldNode& tree = samples().front();
  const std::vector<std::string> known = known_fields(tree, path);
  // The first step that leads nowhere is the one to correct.
  std::string missing = path;
  for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1))
    if (find_field(tree, std::string_view(path).substr(0, end)) == nullptr) {
      missing = path.substr(0, end);
      break;
    }
  if (const std::size_t slash = missing.rfind('/'); slash != std::string::npos) missing = missing.substr(slash + 1);
  node.complain(fmt::format("no field \"{}\" in \"{}\"", missing, node.text()), did_you_mean(missing, known));
}

}  // namespace ikevet::scenarios
