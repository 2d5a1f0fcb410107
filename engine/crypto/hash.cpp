#include "engine/crypto/hash.hpp"

#include "engine/crypto/digest.hpp"

namespace ikevet::crypto {
namespace {

Bytes hash(const char* openssl, Parts parts) {
  Digest digest(openssl);
  for (const BytesView part : parts) digest.update(part);
  Bytes out(digest.size());
  digest.finish(out.data());
  return out;
}

}  // namespace

Bytes md5(Parts parts) { return hash("MD5", parts); }
Bytes sha1(Parts parts) { return hash("SHA1", parts); }
Bytes sha256(Parts parts) { return hash("SHA256", parts); }
Bytes sha384(Parts parts) { return hash("SHA384", parts); }
Bytes sha512(Parts parts) { return hash("SHA512", parts); }

}  // namespace ikevet::crypto
