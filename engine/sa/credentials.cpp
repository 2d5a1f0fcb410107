#include "engine/sa/credentials.hpp"

namespace ikevet::sa {

std::string_view name(AuthKind kind) {
  switch (kind) {
    case AuthKind::SharedKey:
      return "pre-shared key";
    case AuthKind::PublicKey:
      return "public key";
    case AuthKind::Null:
      return "NULL authentication";
    case AuthKind::Eap:
      return "EAP";
  }
  return "?";
}

}  // namespace ikevet::sa
