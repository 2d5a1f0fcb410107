#include "engine/crypto/digest.hpp"

#include <string_view>

namespace ikevet::crypto {
namespace {

struct Slot {
  std::string_view name;
  MdCtxPtr context;
};

EVP_MD_CTX* thread_context(std::string_view name) {
  thread_local std::array<Slot, 5> slots{{{"SHA256", {}}, {"SHA1", {}}, {"SHA384", {}}, {"SHA512", {}}, {"MD5", {}}}};
  for (Slot& slot : slots) {
    if (slot.name != name) continue;
    if (!slot.context) {
      const std::unique_ptr<EVP_MD, FreeWith<EVP_MD_free>> md(
          check(EVP_MD_fetch(nullptr, slot.name.data(), nullptr), "EVP_MD_fetch"));
      MdCtxPtr fresh(check(EVP_MD_CTX_new(), "EVP_MD_CTX_new"));
      check(EVP_DigestInit_ex(fresh.get(), md.get(), nullptr), "EVP_DigestInit_ex");
      slot.context = std::move(fresh);
    }
    return slot.context.get();
  }
  throw std::invalid_argument("no such hash function: " + std::string(name));
}

}  // namespace

Digest::Digest(const char* openssl)
    : context_(thread_context(openssl)),
      size_(static_cast<std::size_t>(EVP_MD_CTX_get_size(context_))),
      block_size_(static_cast<std::size_t>(EVP_MD_CTX_get_block_size(context_))) {}

}  // namespace ikevet::crypto
