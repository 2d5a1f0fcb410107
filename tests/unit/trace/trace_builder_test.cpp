#include <catch2/catch.hpp>
#include <set>

#include "engine/trace/trace.hpp"

using namespace ikevet;
using trace::Party;
using trace::Protection;
using wire::ExchangeType;

namespace {

const Endpoint kHarness{IpAddress::v4({192, 0, 2, 1}), 500};
const Endpoint kDut{IpAddress::v4({192, 0, 2, 2}), 500};

/// "Opens" a payload whose body is its plaintext, once it was told the SPIs.
class FakeOpener final : public wire::SkOpener {
 public:
  Result<wire::OpenedSk, wire::OpenFailure> open(const wire::IkeHeader& header, BytesView message,
                                                 std::size_t sk_offset, wire::PayloadType type) const override {
    if (!known.contains(header.spis)) return tl::unexpected(wire::OpenFailure::NoKeys);
    const std::size_t head = type == wire::PayloadType::SKF ? 8 : 4;
    const BytesView body = message.subspan(sk_offset + head);
    if (body.empty()) return tl::unexpected(wire::OpenFailure::TooShort);
    if (body.back() != 0x1c) return tl::unexpected(wire::OpenFailure::BadIntegrity);
    return wire::OpenedSk{{}, to_bytes(body.first(body.size() - 1)), {}, 0, {}};
  }
  std::set<IkeSpis> known;
};

constexpr IkeSpis kSpis{IkeSpi{0xaaaa}, IkeSpi{0xbbbb}};

wire::Message message(ExchangeType exchange, std::uint32_t id, bool response, IkeSpis spis = kSpis) {
  wire::Message out;
  out.header.spis = spis;
  out.header.exchange = exchange;
  out.header.message_id = MessageId{id};
  out.header.flags = response ? wire::kFlagResponse : wire::kFlagInitiator;
  return out;
}

wire::Payload closed(const std::vector<wire::Payload>& inner, std::uint8_t icv = 0x1c) {
  Bytes body = wire::serialise_chain(inner);
  body.push_back(icv);
  return {wire::Encrypted{wire::first_type(inner), body}, false, 0};
}

wire::Payload nonce(std::uint8_t octet) { return {wire::Nonce{Bytes(16, octet)}, false, 0}; }

struct Bench {
  FakeOpener opener;
  trace::TraceBuilder builder{&opener};
  std::size_t frame = 0;

  std::size_t add(Party from, const wire::Message& m) {
    const bool ours = from == Party::Harness;
    Datagram datagram{ours ? kHarness : kDut, ours ? kDut : kHarness, m.octets()};
    return builder.add(trace::Packet{++frame, Instant{std::chrono::seconds(frame)}, from, datagram, {}}).value();
  }
  const trace::MessageRecord& at(std::size_t i) const { return builder.trace().messages[i]; }
};

}  // namespace

TEST_CASE("a message with SK is opened, or says why not", "[trace][rfc7296-3.14]") {
  Bench b;
  b.opener.known.insert(kSpis);
  wire::Message m = message(ExchangeType::INFORMATIONAL, 2, false);
  m.payloads = {{wire::Notify::of(wire::NotifyType::INITIAL_CONTACT), false, 0}, closed({nonce(1), nonce(2)})};
  const auto& opened = b.at(b.add(Party::Dut, m));
  CHECK(opened.protection == Protection::Opened);
  CHECK(opened.inner.size() == 2);
  CHECK(&opened.payloads() == &opened.inner);

  m.payloads = {closed({nonce(1)}, 0x00)};
  CHECK(b.at(b.add(Party::Dut, m)).protection == Protection::BadIntegrity);
  m.payloads = {{wire::Encrypted{wire::PayloadType::None, {}}, false, 0}};
  CHECK(b.at(b.add(Party::Dut, m)).protection == Protection::TooShort);
  m.payloads = {nonce(1)};
  CHECK(b.at(b.add(Party::Dut, m)).protection == Protection::Clear);
}

TEST_CASE("faults inside SK are kept with their place in the plaintext", "[trace]") {
  Bench b;
  b.opener.known.insert(kSpis);
  wire::Message m = message(ExchangeType::INFORMATIONAL, 2, false);
  m.payloads = {closed({nonce(1)})};
  Bytes& body = std::get<wire::Encrypted>(m.payloads[0].body).body;
  body[3] = 3;  // a Payload Length below the generic header's own
  const auto& record = b.at(b.add(Party::Dut, m));
  CHECK(record.protection == Protection::Opened);
  REQUIRE(record.inner_faults.size() == 1);
  CHECK(record.inner_faults[0].field == "Payload Length");
  CHECK(record.inner_faults[0].offset == 2);
}

TEST_CASE("keys that come later open what came before", "[trace]") {
  Bench b;
  wire::Message m = message(ExchangeType::IKE_AUTH, 1, false);
  m.payloads = {closed({nonce(1)})};
  const std::size_t i = b.add(Party::Dut, m);
  CHECK(b.at(i).protection == Protection::NoKeys);
  b.opener.known.insert(kSpis);
  b.builder.reopen();
  CHECK(b.at(i).protection == Protection::Opened);
}

TEST_CASE("the fragment that completes a message has its payloads", "[trace][rfc7383-2.5]") {
  Bench b;
  b.opener.known.insert(kSpis);
  const Bytes inner = wire::serialise_chain(std::vector{nonce(1), nonce(2)});
  const auto fragment = [&](std::uint16_t number, BytesView part) {
    wire::Message m = message(ExchangeType::IKE_AUTH, 1, false);
    const auto first = number == 1 ? wire::PayloadType::Nonce : wire::PayloadType::None;
    m.payloads = {{wire::EncryptedFragment{first, number, 2, cat(part, Bytes{0x1c})}, false, 0}};
    return m;
  };
  const BytesView all(inner);
  const std::size_t second = b.add(Party::Dut, fragment(2, all.subspan(10)));
  const std::size_t first = b.add(Party::Dut, fragment(1, all.first(10)));
  CHECK(b.at(second).protection == Protection::Fragment);
  CHECK(b.at(first).protection == Protection::Opened);
  CHECK(b.at(first).inner.size() == 2);
  CHECK_FALSE(b.at(first).repeats);  // another fragment, not the same message again
}

TEST_CASE("retransmissions and answers are related", "[trace][rfc7296-2.1]") {
  Bench b;
  const wire::Message request = message(ExchangeType::INFORMATIONAL, 5, false);
  const wire::Message response = message(ExchangeType::INFORMATIONAL, 5, true);
  const std::size_t asked = b.add(Party::Dut, request);
  const std::size_t again = b.add(Party::Dut, request);
  const std::size_t answer = b.add(Party::Harness, response);
  const std::size_t third = b.add(Party::Dut, request);
  const std::size_t second_answer = b.add(Party::Harness, response);
  CHECK_FALSE(b.at(asked).repeats);
  CHECK(b.at(again).repeats == asked);
  CHECK(b.at(third).repeats == asked);
  CHECK(b.at(answer).request == again);
  CHECK(b.at(second_answer).request == third);
  CHECK(b.at(second_answer).repeats == answer);

  // Each side counts its own requests (§2.2): the same number from the other one is another request.
  wire::Message theirs = message(ExchangeType::INFORMATIONAL, 5, false);
  CHECK_FALSE(b.at(b.add(Party::Harness, theirs)).repeats);
}

TEST_CASE("IKE_SA_INIT with a cookie is a new request, a plain repetition is not", "[trace][rfc7296-2.6]") {
  Bench b;
  const IkeSpis first_message{IkeSpi{0xaaaa}, IkeSpi{}};
  wire::Message request = message(ExchangeType::IKE_SA_INIT, 0, false, first_message);
  request.payloads = {nonce(1)};
  wire::Message demand = message(ExchangeType::IKE_SA_INIT, 0, true, first_message);
  demand.payloads = {{wire::Notify::of(wire::NotifyType::COOKIE, Bytes(8, 1)), false, 0}};
  wire::Message with_cookie = request;
  with_cookie.payloads.insert(with_cookie.payloads.begin(), demand.payloads[0]);
  wire::Message answer = message(ExchangeType::IKE_SA_INIT, 0, true);
  answer.payloads = {nonce(2)};

  const std::size_t asked = b.add(Party::Dut, request);
  CHECK(b.at(b.add(Party::Dut, request)).repeats == asked);
  CHECK(b.at(b.add(Party::Harness, demand)).request == asked + 1);
  const std::size_t cookie = b.add(Party::Dut, with_cookie);
  CHECK_FALSE(b.at(cookie).repeats);
  const std::size_t answered = b.add(Party::Harness, answer);
  CHECK(b.at(answered).request == cookie);  // the request has zero where the answer has SPIr
  CHECK(b.at(b.add(Party::Dut, with_cookie)).repeats == cookie);
}

TEST_CASE("a message that was damaged beyond recognition is known by the path it takes", "[trace]") {
  trace::TraceBuilder builder(nullptr);
  const Endpoint here{IpAddress::v4({127, 0, 0, 1}), 40001}, there{IpAddress::v4({127, 0, 0, 1}), 15500};
  const auto add = [&](Bytes payload) {
    return builder.add(trace::Packet{1, {}, Party::Harness, Datagram{here, there, std::move(payload)}, {}});
  };
  Bytes garbage(60, 0x77);
  CHECK_FALSE(add(garbage));
  CHECK(add(message(ExchangeType::IKE_SA_INIT, 0, false, {IkeSpi{0x0102030405060708}, IkeSpi{}}).octets()));
  CHECK(add(garbage));
  CHECK(builder.trace().packets.size() == 3);
  CHECK(builder.trace().messages.size() == 2);
}

TEST_CASE("a lost message keeps its place and loses its frame", "[trace]") {
  Bench b;
  const std::size_t i = b.add(Party::Harness, message(ExchangeType::INFORMATIONAL, 5, false));
  b.builder.set_fate(i, trace::Fate::DroppedByScenario, 0);
  CHECK(b.at(i).frame == 0);
  CHECK(b.builder.trace().packets[0].fate == trace::Fate::DroppedByScenario);
}
