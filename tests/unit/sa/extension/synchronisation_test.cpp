#include "engine/sa/extension/synchronisation.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;
using namespace ikevet::sa;
using wire::NotifyType;

namespace {

wire::Payload notify(NotifyType type, Bytes data) { return {wire::Notify::of(type, data), false, 0}; }

}  // namespace

TEST_CASE("IKEV2_MESSAGE_ID_SYNC: nonce and two Message IDs", "[sa][rfc6311-6.3]") {
  const MessageIdSync sync{0x01020304, MessageId{8}, MessageId{5}};
  CHECK(to_hex(message_id_sync_data(sync)) == "010203040000000800000005");
  CHECK(read_message_id_sync(message_id_sync_data(sync)).value() == sync);
  CHECK(read_message_id_sync(Bytes(11)).error().field == "EXPECTED_RECV_REQ_MESSAGE_ID");
}

TEST_CASE("A synchronisation message has nothing beside it", "[sa][rfc6311-5.1]") {
  const auto sync = notify(NotifyType::IKEV2_MESSAGE_ID_SYNC, Bytes(12, 1));
  const auto counters = notify(NotifyType::IPSEC_REPLAY_COUNTER_SYNC, Bytes(4, 1));
  CHECK(find_message_id_sync({sync}, true));
  CHECK(find_message_id_sync({sync, counters}, true));
  CHECK_FALSE(find_message_id_sync({sync, counters}, false));
  CHECK_FALSE(find_message_id_sync({sync, notify(NotifyType::COOKIE2, {})}, true));
  CHECK_FALSE(find_message_id_sync({counters}, true));
  CHECK_FALSE(find_message_id_sync({notify(NotifyType::IKEV2_MESSAGE_ID_SYNC, Bytes(11))}, true));
  CHECK(find_replay_counter_sync({sync, counters}, false) == 0x01010101U);
  CHECK_FALSE(find_replay_counter_sync({sync, counters}, true));
}

TEST_CASE("The higher Message IDs win", "[sa][rfc6311-9]") {
  // RFC 6311 §9: the member knows 2 and 3, the peer has seen up to 4 and has sent up to 7.
  const MessageIdSync request{77, MessageId{8}, MessageId{3}};
  const auto answer = answer_message_id_sync(request, {MessageId{8}, MessageId{5}});
  REQUIRE(answer);
  CHECK(answer->nonce == 77);
  CHECK(answer->next_received == MessageId{8});  // M2: what the member will send next
  CHECK(answer->next_sent == MessageId{8});      // P2: what the peer will send next
  const auto agreed = accept_message_id_sync(request, *answer);
  REQUIRE(agreed);
  CHECK(agreed->next_request == MessageId{8});
  CHECK(agreed->next_expected == MessageId{8});
}

TEST_CASE("A replayed synchronisation is dropped, an answer to another nonce too", "[sa][rfc6311-5.1]") {
  const MessageIdSync request{77, MessageId{4}, MessageId{3}};
  CHECK_FALSE(answer_message_id_sync(request, {MessageId{1}, MessageId{5}}));
  CHECK_FALSE(accept_message_id_sync(request, {78, MessageId{9}, MessageId{9}}));
}
