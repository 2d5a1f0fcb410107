// Elliptic curves over prime fields: RFC 5903, RFC 5114, RFC 6954.
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <array>

#include "engine/crypto/dh_parts.hpp"
#include "engine/crypto/openssl.hpp"

namespace ikevet::crypto::ecp {
namespace {

using GroupPtr = std::unique_ptr<EC_GROUP, FreeWith<EC_GROUP_free>>;
using PointPtr = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_clear_free>>;

int curve_nid(const char* name) {
  const int nist = EC_curve_nist2nid(name);
  return nist != NID_undef ? nist : OBJ_sn2nid(name);
}

/// Loaded at first use and kept for the life of the process.
const EC_GROUP* curve(const GroupInfo& group) {
  struct All {
    std::array<GroupPtr, 32> rows;
    All() {
      for (std::size_t i = 0; i < group_table().size(); ++i) {
        const GroupInfo& row = group_table()[i];
        if (row.kind != GroupKind::Ecp) continue;
        rows.at(i).reset(check(EC_GROUP_new_by_curve_name(curve_nid(row.openssl)), row.openssl));
      }
    }
  };
  static const All all;
  return all.rows.at(static_cast<std::size_t>(&group - group_table().data())).get();
}

BnPtr big(BytesView octets) {
  BnPtr out(check(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr), "BN_bin2bn"));
  BN_set_flags(out.get(), BN_FLG_CONSTTIME);
  return out;
}

BnCtxPtr scratch() { return BnCtxPtr(check(BN_CTX_new(), "BN_CTX_new")); }

bool allowed(const BIGNUM* k, const EC_GROUP* ec) { return !BN_is_zero(k) && BN_cmp(k, EC_GROUP_get0_order(ec)) < 0; }

/// x and y, each as long as the field's prime: RFC 5903 §7.
struct Affine {
  BnPtr x{check(BN_new(), "BN_new")};
  BnPtr y{check(BN_new(), "BN_new")};
};

Affine affine(const EC_GROUP* ec, const EC_POINT* point, BN_CTX* context) {
  Affine out;
  check(EC_POINT_get_affine_coordinates(ec, point, out.x.get(), out.y.get(), context),
        "EC_POINT_get_affine_coordinates");
  return out;
}

void write(const BnPtr& number, std::span<std::uint8_t> out) {
  check(BN_bn2binpad(number.get(), out.data(), static_cast<int>(out.size())), "BN_bn2binpad");
}

}  // namespace

SecretBytes draw(const GroupInfo& group, RandomSource& random) {
  const EC_GROUP* ec = curve(group);
  const int order_bits = EC_GROUP_order_bits(ec);
  const auto spare_bits = static_cast<int>(8 * group.private_size) - order_bits;
  SecretBytes out(group.private_size);
  for (int i = 0; i < kMaxDraws; ++i) {
    random.fill(out.mutable_view());
    // Rejecting what is not below the order, rather than reducing it, keeps all private values equally likely.
    out.mutable_view()[0] &= static_cast<std::uint8_t>(0xff >> spare_bits);
    if (allowed(big(out.view()).get(), ec)) return out;
  }
  throw std::runtime_error("the source of randomness gives no usable Diffie-Hellman private value");
}

std::optional<Bytes> public_of(const GroupInfo& group, BytesView private_value) {
  const EC_GROUP* ec = curve(group);
  const BnPtr k = big(private_value);
  if (!allowed(k.get(), ec)) return std::nullopt;
  const BnCtxPtr context = scratch();
  const PointPtr point(check(EC_POINT_new(ec), "EC_POINT_new"));
  check(EC_POINT_mul(ec, point.get(), k.get(), nullptr, nullptr, context.get()), "EC_POINT_mul");
  const Affine xy = affine(ec, point.get(), context.get());
  Bytes out(group.public_value_size);
  const std::span<std::uint8_t> octets(out.data(), out.size());
  write(xy.x, octets.first(group.shared_secret_size));
  write(xy.y, octets.subspan(group.shared_secret_size));
  return out;
}

Result<SecretBytes> derive(const GroupInfo& group, BytesView private_value, BytesView peer) {
  const EC_GROUP* ec = curve(group);
  const BnCtxPtr context = scratch();
  const BnPtr x = big(peer.first(group.shared_secret_size));
  const BnPtr y = big(peer.subspan(group.shared_secret_size));
  // RFC 5903 §7: coordinates are elements of the field, so another number for the same residue is no encoding of it.
  const BIGNUM* p = EC_GROUP_get0_field(ec);
  if (BN_cmp(x.get(), p) >= 0 || BN_cmp(y.get(), p) >= 0) {
    return bad_public_value("a coordinate is not below the field's prime (RFC 5903 §7)");
  }
  // RFC 6989 §2.3: "A receiving peer MUST check that its peer's public value is valid", i.e. on the curve. All these
  // curves have cofactor 1, so that is all there is to check.
  const PointPtr theirs(check(EC_POINT_new(ec), "EC_POINT_new"));
  if (EC_POINT_set_affine_coordinates(ec, theirs.get(), x.get(), y.get(), context.get()) != 1) {
    ERR_clear_error();
    return bad_public_value("not a point on the curve (RFC 6989 §2.3)");
  }
  const PointPtr shared(check(EC_POINT_new(ec), "EC_POINT_new"));
  const BnPtr k = big(private_value);
  check(EC_POINT_mul(ec, shared.get(), nullptr, theirs.get(), k.get(), context.get()), "EC_POINT_mul");
  // RFC 5903 §9: the shared secret is the x coordinate alone.
  SecretBytes out(group.shared_secret_size);
  write(affine(ec, shared.get(), context.get()).x, out.mutable_view());
  return out;
}

}  // namespace ikevet::crypto::ecp
