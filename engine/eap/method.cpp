#include "engine/eap/method.hpp"

namespace ikevet::eap {

Conversation::~Conversation() = default;
Provider::~Provider() = default;

}  // namespace ikevet::eap
