// SET_WINDOW_SIZE, RFC 7296 §2.3.
#include <algorithm>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

using wire::NotifyType;

void append_window_size(std::vector<wire::Payload>& to, const Config& config) {
  const std::uint32_t size = std::min(config.window.size, kMaxWindow);
  if (size > 1) to.push_back(notify(NotifyType::SET_WINDOW_SIZE, Writer().u32(size).view()));
}

void learn_window_size(Established& sa, const std::vector<wire::Payload>& payloads, const Config& config) {
  const wire::Notify* said = wire::find_notify(payloads, NotifyType::SET_WINDOW_SIZE);
  if (!said || said->data.size() != 4) return;
  const std::uint32_t size = Reader(said->data).u32("window size");
  // A smaller one than before "is not defined": the larger one stays.
  sa.peer_window = std::max(sa.peer_window, std::min({size, config.window.most_requests, kMaxWindow}));
}

void begin_with_window(Established& sa, const Config& config) {
  std::vector<wire::Payload> payloads;
  append_window_size(payloads, config);
  if (payloads.empty()) return;
  sa.secured.theirs.widen(config.window.size);
  sa.waiting.push_front(informational_exchange(std::move(payloads)));
}

}  // namespace ikevet::sa
