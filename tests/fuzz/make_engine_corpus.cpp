// Writes the seeds of fuzz_engine_handle: messages of one honest run, and the plaintexts inside them.
//   make_engine_corpus DIRECTORY
#include <cstdio>
#include <fstream>
#include <string>

#include "tests/support/peer_pair.hpp"

namespace {

using namespace ikevet;
using namespace ikevet::tests;

std::string directory;

void write(const std::string& name, std::uint8_t moment, BytesView octets) {
  std::ofstream file(directory + "/" + name, std::ios::binary);
  file.put(static_cast<char>(moment));
  file.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
}

/// Keeps each plaintext under the moment at which the fuzz target puts it in.
struct Collect final : sa::OutboundTap {
  void on_plaintext(const sa::OutboundMessage& m, sa::Plaintext& p) override {
    std::uint8_t moment = 0;
    switch (m.header.exchange) {
      case wire::ExchangeType::IKE_AUTH:
        moment = 4;
        break;
      case wire::ExchangeType::INFORMATIONAL:
        moment = 6;
        break;
      default:
        moment = 8;
        break;
    }
    if (m.header.is_response()) ++moment;
    write("plaintext-" + std::to_string(count++), moment, p.payloads);
  }
  int count = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_engine_corpus DIRECTORY\n");
    return 2;
  }
  directory = argv[1];
  Collect tap;
  auto i = initiator_config();
  auto r = responder_config();
  i.child_proposals = r.child_proposals = {esp_proposal({wire::DhGroup::CURVE25519})};
  PeerPair p(i, r, {.outbound = &tap}, {.outbound = &tap});
  const Datagram ask = p.initiate();
  const auto init = p.to_responder(ask);
  const auto auth = p.to_initiator(init.at(0));
  write("sa-init-request", 0, ask.payload);
  write("sa-init-response", 3, init.at(0).payload);
  write("auth-request", 0, auth.at(0).payload);
  p.settle(p.to_responder(auth.at(0)));
  const auto view = p.initiator.only_sa();
  p.settle(p.initiator.command(sa::RekeyChildSa{view.spis, view.children.at(0).inbound}, p.now));
  p.settle(p.initiator.command(sa::CheckLiveness{view.spis}, p.now));
  const auto peer = p.responder.only_sa();
  p.settle(p.responder.command(sa::DeleteChildSa{peer.spis, peer.children.at(0).inbound}, p.now));
  p.settle(p.responder.command(sa::DeleteIkeSa{peer.spis}, p.now));

  // Answers that send the initiator round again, RFC 7296 §1.2 and §2.6.
  wire::Message answer = message_in(ask);
  answer.header.flags = wire::kFlagResponse;
  answer.payloads = {{wire::Notify::of(wire::NotifyType::COOKIE, Bytes(20, 1)), false, 0}};
  write("cookie", 3, answer.octets());
  answer.payloads = {{wire::Notify::of(wire::NotifyType::INVALID_KE_PAYLOAD, Bytes{0, 31}), false, 0}};
  write("invalid-ke", 3, answer.octets());
  const Bytes marker(4, 0);
  write("marker", 2, cat(marker, ask.payload));
  return 0;
}
