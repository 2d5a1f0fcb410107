// What an established IKE SA with one Child SA costs a responder that holds many: octets of heap for each, and CPU time
// of a set-up when 100,000 are there beside that when 1,000 are (both sides of the set-up; the initiator forgets at
// once). PSK, Curve25519, AES-GCM-16-256. An argument gives another number of SAs.
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "tests/support/peer_pair.hpp"

namespace {

using namespace ikevet;

double cpu_us() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

class Load {
 public:
  Load() : random_(1), responder_(responder_config(), random_) {}

  void set_up() {
    const std::uint32_t n = ++count_;
    SeededRandom random(n + 1000);
    sa::Config config = tests::initiator_config();
    config.announce_initial_contact = false;
    sa::Engine initiator(std::move(config), random);
    const IpAddress from = IpAddress::v4(
        {10, static_cast<std::uint8_t>(n >> 16), static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)});
    sa::Outputs out = initiator.command(sa::Initiate{{from, kIkePort}, {to_, kIkePort}}, now_);
    while (!out.datagrams.empty()) {
      sa::Outputs answer = responder_.handle(out.datagrams.front(), now_);
      if (answer.datagrams.empty()) break;
      out = initiator.handle(answer.datagrams.front(), now_);
    }
    if (initiator.ike_sas().size() != 1 || initiator.ike_sas().front().children.size() != 1) std::abort();
  }
  std::size_t half_open() const { return responder_.half_open(); }

 private:
  static sa::Config responder_config() {
    sa::Config out = tests::responder_config();
    out.half_open_limit = 1'000'000;
    return out;
  }

  const IpAddress to_ = *IpAddress::parse("192.0.2.2");
  const Instant now_ = tests::PeerPair::start();
  SeededRandom random_;
  sa::Engine responder_;
  std::uint32_t count_{};
};

std::size_t heap() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

double us_per_set_up(Load& load, int count) {
  const double before = cpu_us();
  for (int i = 0; i < count; ++i) load.set_up();
  return (cpu_us() - before) / count;
}

}  // namespace

int main(int argc, char** argv) {
  const int wanted = argc > 1 ? std::atoi(argv[1]) : 100'000;
  if (wanted < 4000) {
    std::fputs("usage: bench_memory [NUMBER OF IKE SAS, at least 4000]\n", stderr);
    return 2;
  }
  Load load;
  us_per_set_up(load, 1000);
  const double early = us_per_set_up(load, 1000);
  const std::size_t before = heap();
  const int between = wanted - 3000;
  us_per_set_up(load, between);
  const double octets = static_cast<double>(heap() - before) / between;
  const double late = us_per_set_up(load, 1000);
  std::printf("heap of an established IKE SA with one Child SA, responder: %8.0f octets (over %d)\n", octets, wanted);
  std::printf("set-up, both roles, with 1,000 IKE SAs:                     %8.1f us CPU\n", early);
  std::printf("set-up, both roles, with %d IKE SAs:                   %8.1f us CPU\n", wanted, late);
  std::printf("ratio:                                                      %8.2f\n", late / early);
  return load.half_open() == 0 ? 0 : 1;
}
