#include "engine/sa/extension/ticket.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;
using namespace ikevet::sa;

namespace {

const Instant kNow(std::chrono::seconds(1'767'225'600));

ResumableSa an_sa() {
  return {Identity::fqdn("initiator.test"),
          Identity::fqdn("responder.test"),
          {wire::EncrId::ENCR_AES_GCM_16, 256, wire::PrfId::PRF_HMAC_SHA2_256, wire::IntegId::NONE,
           wire::DhGroup::CURVE25519},
          SecretBytes(Bytes(32, 9)),
          kNow + std::chrono::hours(1)};
}

}  // namespace

TEST_CASE("A ticket gives back what was put in, until it expires or was used", "[sa][rfc5723-6.1]") {
  const ResumptionOptions options;
  SeededRandom random(1);
  TicketKeeper keeper(options, random);
  const Bytes ticket = keeper.seal(an_sa());
  const auto opened = keeper.open(ticket, kNow);
  REQUIRE(opened);
  CHECK(opened->idi == an_sa().idi);
  CHECK(opened->idr == an_sa().idr);
  CHECK(opened->suite == an_sa().suite);
  CHECK(opened->sk_d == an_sa().sk_d);
  CHECK(keeper.open(ticket, kNow + std::chrono::hours(1)).error() == "expired");
  keeper.used(ticket);
  CHECK(keeper.open(ticket, kNow).error() == "used before");
  CHECK(keeper.open(keeper.seal(an_sa()), kNow));
}

TEST_CASE("Nobody else makes, reads or alters tickets", "[sa][rfc5723-9.2]") {
  const ResumptionOptions options;
  SeededRandom random(1), other_random(2);
  TicketKeeper keeper(options, random), other(options, other_random);
  const Bytes ticket = keeper.seal(an_sa());
  CHECK(other.open(ticket, kNow).error() == "under a key that is not ours");
  for (std::size_t at = 0; at < ticket.size(); ++at) {
    Bytes altered = ticket;
    altered[at] ^= 1;
    CHECK_FALSE(keeper.open(altered, kNow));
    CHECK_FALSE(keeper.open(BytesView(ticket).first(at), kNow));
  }
  // SK_d is not to be seen.
  const Bytes key(32, 9);
  CHECK(std::ranges::search(ticket, key).empty());
}

TEST_CASE("A configured key survives a restart", "[sa][rfc5723-6.2]") {
  ResumptionOptions options;
  options.key = SecretBytes(as_bytes("a key of the tests"));
  SeededRandom random(1), after_restart(2);
  TicketKeeper keeper(options, random);
  const Bytes ticket = keeper.seal(an_sa());
  CHECK(TicketKeeper(options, after_restart).open(ticket, kNow));
}

TEST_CASE("TICKET_LT_OPAQUE: lifetime in seconds, then the ticket", "[sa][rfc5723-7.1]") {
  CHECK(to_hex(ticket_lt_opaque_data({std::chrono::hours(1), Bytes{1, 2}})) == "00000e100102");
  const auto read = read_ticket_lt_opaque(*from_hex("00000e100102"));
  REQUIRE(read);
  CHECK(read->lifetime == std::chrono::hours(1));
  CHECK(read->ticket == Bytes{1, 2});
  CHECK(read_ticket_lt_opaque(*from_hex("000e10")).error().field == "Lifetime");
  CHECK(read_ticket_lt_opaque(*from_hex("00000e10")).error().field == "Ticket");
}
