// Wireshark as the judge of what we write: its dissector opens our captures with our key tables.
#include <catch2/catch.hpp>

#include "tests/unit/pcap/capture_support.hpp"
#include "engine/keys/key_export.hpp"
#include "pcap/key_files.hpp"
#include "pcap/pcapng_writer.hpp"
#include "pcap/to_trace.hpp"

using namespace ikevet;
using namespace ikevet::pcap;
using namespace ikevet::test;
using Catch::Contains;

namespace {

/// A profile folder for tshark with our key tables in it.
std::string profile(const TempDir& dir, const std::string& ike, const std::string& esp) {
  fs::create_directories(dir / "config/wireshark");
  write_file(dir / "config/wireshark/ikev2_decryption_table", ike);
  write_file(dir / "config/wireshark/esp_sa", esp);
  return "XDG_CONFIG_HOME=" + (dir / "config").string() +
         " tshark -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE ";
}

}  // namespace

TEST_CASE("tshark opens a rewritten capture with the tables we write", "[pcap][tshark][shared]") {
  const auto capture = GENERATE(as<std::string>{}, "peers/ss-ss-rekey.pcap", "peers/ss-ss-psk6.pcap",
                                "wireshark/ncp-natt/capture.pcapng");
  const fs::path source = shared_captures() / capture;
  if (!is_installed("tshark") || !fs::exists(source)) {
    WARN("SKIPPED: tshark or " << source << " is not here");
    return;
  }
  INFO(source);
  keys::KeyRing ring;
  for (const fs::path& file : key_files_beside(source)) add_key_file(ring, file);
  const std::vector<Side> found = sides(source);
  CaptureTrace read = to_trace(source, &ring, std::array{Endpoint{found.front().address, 0}});

  const TempDir dir;
  write_reconstructed(dir / "ours.pcapng", read.trace.packets);
  const std::string tshark =
      profile(dir, keys::ikev2_decryption_table(ring.ike_entries()), keys::esp_sa(ring.child_entries()));
  const std::string in = tshark + "-r " + (dir / "ours.pcapng").string() + " ";

  std::size_t auth = 0;
  for (const trace::MessageRecord& message : read.trace.messages)
    if (wire::find<wire::Authentication>(message.inner) != nullptr) ++auth;
  CHECK(auth >= 2);
  const std::string shown = output_of(in + "-T fields -e isakmp.auth.data");
  for (const trace::MessageRecord& message : read.trace.messages)
    if (const auto* one = wire::find<wire::Authentication>(message.inner))
      CHECK_THAT(shown, Contains(to_hex(one->data)));
  CHECK_THAT(output_of(in + "-Y icmp -T fields -e icmp.type"), Contains("8\n0\n"));
  CHECK(output_of(in + "-Y 'isakmp.ikev2.integrity_checksum || esp.icv_bad == 1 || _ws.malformed' "
                       "-T fields -e frame.number && echo none") == "none\n");
}
