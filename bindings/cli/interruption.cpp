#include "bindings/cli/interruption.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <stdexcept>

namespace ikevet::app {
namespace {

// What a signal handler may touch: atomics without locks, and Transport::interrupt(), which is made for it.
constexpr std::size_t kSlots = 64;
std::array<std::atomic<transport::Transport*>, kSlots> transports;
std::atomic<bool> interrupted{false};
static_assert(std::atomic<transport::Transport*>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

struct sigaction former_int, former_term;

void interrupt_all() {
  interrupted = true;
  for (auto& slot : transports)
    if (transport::Transport* transport = slot.load()) transport->interrupt();
}

void on_signal(int) {
  interrupt_all();
  ::sigaction(SIGINT, &former_int, nullptr);
  ::sigaction(SIGTERM, &former_term, nullptr);
}

}  // namespace

Interruption::Interruption() {
  interrupted = false;
  struct sigaction action{};
  action.sa_handler = on_signal;
  // No SA_RESTART: what waits for a trigger's command is to notice, too.
  ::sigaction(SIGINT, &action, &former_int);
  ::sigaction(SIGTERM, &action, &former_term);
}

Interruption::~Interruption() {
  interrupted = false;  // what comes later in this process is not concerned
  ::sigaction(SIGINT, &former_int, nullptr);
  ::sigaction(SIGTERM, &former_term, nullptr);
}

bool Interruption::requested() { return interrupted; }
void Interruption::request() { interrupt_all(); }

Interruptible::Interruptible(transport::Transport& transport) : slot_(0) {
  for (slot_ = 0; slot_ < kSlots; ++slot_) {
    transport::Transport* free = nullptr;
    if (transports[slot_].compare_exchange_strong(free, &transport)) break;
  }
  if (slot_ == kSlots) throw std::logic_error("more transports at once than Interruptible has slots");
  // The signal may have come before the transport was known.
  if (interrupted) transport.interrupt();
}

Interruptible::~Interruptible() { transports[slot_] = nullptr; }

// A handler, not SIG_IGN: what is ignored stays ignored in the commands of triggers, a handler does not.
void ignore_broken_pipes() {
  std::signal(SIGPIPE, [](int) {});
}

}  // namespace ikevet::app
