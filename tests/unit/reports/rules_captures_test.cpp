// No legitimate implementation may be failed: the rules over real conversations of strongSwan, Libreswan and OpenIKED,
// both sides in turn as the device.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "engine/keys/key_ring.hpp"
#include "pcap/key_files.hpp"
#include "pcap/to_trace.hpp"
#include "reports/rules.hpp"
#include "tests/support/paths.hpp"

using namespace ikevet;
namespace fs = std::filesystem;

namespace {

/// What these captures are known to hold against their sender, with the reason.
const std::set<std::pair<std::string, std::string>> kKnown{};

std::vector<fs::path> captures(const fs::path& folder) {
  std::vector<fs::path> out;
  if (!fs::is_directory(folder)) return out;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".pcap") out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

}  // namespace

TEST_CASE("the rules fail no real peer", "[reports][rules][captures]") {
  const std::vector<fs::path> files = captures(test::shared_dir() / "captures" / "peers");
  if (files.empty()) {
    WARN("no captures of real peers here: skipped");
    return;
  }
  std::set<std::string, std::less<>> passed;
  for (const fs::path& file : files) {
    keys::KeyRing ring;
    for (const fs::path& table : pcap::key_files_beside(file)) pcap::add_key_file(ring, table);
    for (const pcap::Side& side : pcap::sides(file)) {
      const std::array harness{Endpoint{side.address, 0}};
      const pcap::CaptureTrace capture = pcap::to_trace(file, &ring, harness);
      const reports::TraceView view(capture.trace);
      for (const reports::RequirementVerdict& verdict : reports::apply_rules(file.stem().string(), view, {})) {
        if (verdict.status == reports::Status::Pass) passed.insert(verdict.requirement);
        if (kKnown.contains({file.stem().string(), verdict.requirement})) continue;
        INFO(file.filename().string() << ", graded against " << side.address.text() << ": " << verdict.requirement
                                      << ": " << verdict.detail << " (frame "
                                      << (verdict.evidence.at(0).frames.empty() ? 0 : verdict.evidence[0].frames[0])
                                      << ")");
        CHECK(verdict.status == reports::Status::Pass);
      }
    }
  }
  CHECK(passed.size() > 60);  // and most of them had something to look at
}
