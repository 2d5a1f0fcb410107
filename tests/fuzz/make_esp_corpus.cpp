// Writes the seeds of fuzz_esp into a folder: make_esp_corpus tests/fuzz/corpus/esp
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "engine/base/writer.hpp"
#include "engine/esp/ip.hpp"
#include "engine/esp/packet.hpp"

namespace {

using namespace ikevet;

IpAddress ip(const char* text) { return *IpAddress::parse(text); }

/// One input: how packets are taken, and the packets.
class Seed {
 public:
  Seed(std::uint8_t flags, std::uint8_t next_header) { out_.u8(flags).u8(next_header); }
  Seed& add(std::uint8_t kind, BytesView octets) {
    out_.u8(kind).u16(static_cast<std::uint16_t>(octets.size())).bytes(octets);
    return *this;
  }
  Bytes take() { return out_.take(); }

 private:
  Writer out_;
};

Bytes echo(const char* from, const char* to, bool udp = false) {
  return esp::build_echo({false, udp, ip(from), ip(to), 7, 1, Bytes(20, 0x61)});
}

/// An IPv6 packet with extension headers before its payload: hop-by-hop, destination options.
Bytes with_extensions() {
  Bytes inside = esp::build_udp({ip("2001:db8:1::1"), 1024}, {ip("2001:db8:2::1"), 7}, Bytes(8, 1));
  Bytes out(inside.begin(), inside.begin() + 40);
  const Bytes options{60, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0};
  append(out, options);
  out.insert(out.end(), inside.begin() + 40, inside.end());
  out[6] = 0;
  out[5] = static_cast<std::uint8_t>(out.size() - 40);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_esp_corpus FOLDER\n";
    return 2;
  }
  const Bytes v4 = echo("10.1.0.1", "10.2.0.1"), v6 = echo("2001:db8:1::1", "2001:db8:2::1");
  const Bytes udp = echo("10.1.0.1", "10.2.0.1", true);
  Bytes padded = v4;
  padded.resize(256);
  Bytes fragment = v4;
  fragment[6] = 0x20;
  const Bytes icmp(v4.begin() + 20, v4.end());
  const std::pair<const char*, Bytes> seeds[] = {
      {"tunnel-v4", Seed(0, esp::kNextIpv4).add(1, v4).add(1, udp).add(2, padded).take()},
      {"tunnel-v6", Seed(2 | 8, esp::kNextIpv6).add(1, v6).add(3, with_extensions()).take()},
      {"tunnel-cbc", Seed(4, esp::kNextIpv4).add(1, v4).add(1, fragment).take()},
      {"transport", Seed(1, esp::kIcmp).add(1, icmp).add(3, icmp).take()},
      {"transport-nat", Seed(1 | 16, esp::kUdp).add(1, Bytes(udp.begin() + 20, udp.end())).take()},
      {"dummy", Seed(0, esp::kNextDummy).add(1, Bytes(40)).add(1, {}).take()},
      {"wrong-version", Seed(0, esp::kNextIpv6).add(1, v4).take()},
      {"outside-selectors", Seed(0, esp::kNextIpv4).add(1, echo("10.9.0.1", "10.2.0.1")).take()},
      {"as-it-comes", Seed(0, 0).add(0, Bytes{0, 0, 0x22, 0x22, 0, 0, 0, 1}).add(0, Bytes(60, 0x22)).take()},
      {"ip", Seed(0, 0).add(4, v4).add(4, v6).add(4, with_extensions()).add(4, udp).take()},
      {"ah", Seed(0, 0)
                 .add(5, esp::build_ip(ip("10.1.0.1"), ip("10.2.0.1"), esp::kAh,
                                       Bytes{4, 5, 0, 0, 0, 0, 0x11, 0x11, 0,  0,  0,  1,  1,  2,
                                             3, 4, 5, 6, 7, 8, 9,    10,   11, 12, 13, 14, 15, 16}))
                 .take()},
  };
  const std::filesystem::path folder(argv[1]);
  std::filesystem::create_directories(folder);
  for (const auto& [name, octets] : seeds)
    std::ofstream(folder / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
  return 0;
}
