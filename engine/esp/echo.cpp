#include "engine/esp/echo.hpp"

#include <utility>

#include "engine/esp/selectors.hpp"

namespace ikevet::esp {

std::optional<Bytes> EchoHost::answer(BytesView packet, const std::vector<wire::TrafficSelector>& local) {
  auto echo = read_echo(packet);
  if (!echo || echo->reply || !contains(local, echo->destination)) return std::nullopt;
  std::swap(echo->source, echo->destination);
  echo->reply = true;
  return build_echo(*echo);
}

/// Different for every request, so that an answer to another cannot pass for its own.
Bytes Pinger::data(std::uint16_t sequence) const {
  Bytes out(plan_.size);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i * 7 + sequence);
  return out;
}

std::vector<Bytes> Pinger::tick(Instant now) {
  std::vector<Bytes> out;
  while (!all_sent() && next_ <= now) {
    const auto sequence = static_cast<std::uint16_t>(++report_.sent);
    out.push_back(build_echo({false, plan_.udp, plan_.source, plan_.destination, plan_.id, sequence, data(sequence)}));
    last_sent_ = now;
    // After a pause the flow goes on at its pace; requests that were due meanwhile do not all leave at once.
    next_ = std::max(next_ + plan_.interval, now + plan_.interval / 2);
  }
  return out;
}

bool Pinger::take(const Echo& echo) {
  if (!echo.reply || echo.udp != plan_.udp || echo.id != plan_.id || echo.source != plan_.destination ||
      echo.destination != plan_.source)
    return false;
  if (echo.sequence == 0 || echo.sequence > report_.sent || echo.data != data(echo.sequence)) {
    ++report_.altered;
    return true;
  }
  if (seen_[echo.sequence - 1U]) {
    ++report_.duplicates;
    return true;
  }
  seen_[echo.sequence - 1U] = true;
  ++report_.answered;
  if (echo.sequence < latest_) ++report_.out_of_order;
  latest_ = std::max<int>(latest_, echo.sequence);
  return true;
}

void Pinger::stop(Instant now) {
  if (all_sent()) return;
  plan_.count = static_cast<std::uint16_t>(report_.sent);
  if (report_.sent == 0) last_sent_ = now;
}

std::optional<Instant> Pinger::wake_at(Instant now) const {
  if (finished(now)) return std::nullopt;
  return all_sent() ? give_up_at() : next_;
}

bool Pinger::finished(Instant now) const { return all_sent() && (report_.lost() == 0 || now >= give_up_at()); }

}  // namespace ikevet::esp
