#include "engine/base/tcp_stream.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;

namespace {

const Bytes kMessage{0, 0, 0, 0, 0xab, 0xcd};

Bytes stream(std::initializer_list<Bytes> parts) {
  Bytes out = to_bytes(kTcpStreamPrefix);
  for (const Bytes& part : parts) append(out, part);
  return out;
}

}  // namespace

TEST_CASE("TCP: Length counts itself", "[base][rfc9329-3.1]") {
  CHECK(to_hex(tcp_frame(kMessage)) == "000800000000abcd");
  CHECK_THROWS_AS(tcp_frame(Bytes(kMaxTcpMessage + 1)), std::length_error);
  CHECK(tcp_frame(Bytes(kMaxTcpMessage)).size() == 65535);
}

TEST_CASE("TCP: however the stream is cut, the messages are the same", "[base][rfc9329-3]") {
  const Bytes esp(300, 7);
  const Bytes all = stream({tcp_frame(kMessage), tcp_frame(esp)});
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{7}, all.size()}) {
    TcpStreamReader reader(TcpStreamReader::Prefix::Wanted);
    std::vector<Bytes> got;
    for (std::size_t at = 0; at < all.size(); at += piece) {
      const auto more = reader.feed(BytesView(all).subspan(at, std::min(piece, all.size() - at)));
      got.insert(got.end(), more.begin(), more.end());
    }
    CHECK(got == std::vector<Bytes>{kMessage, esp});
    CHECK(reader.pending() == 0);
    CHECK_FALSE(reader.fault());
  }
}

TEST_CASE("TCP: the originator's stream begins with IKETCP, the other one does not", "[base][rfc9329-4]") {
  TcpStreamReader from_originator(TcpStreamReader::Prefix::Wanted);
  CHECK(from_originator.feed(tcp_frame(kMessage)).empty());
  REQUIRE(from_originator.fault());
  CHECK(from_originator.fault()->field == "Stream Prefix");
  CHECK(from_originator.feed(stream({tcp_frame(kMessage)})).empty());  // nothing mends it

  TcpStreamReader to_originator(TcpStreamReader::Prefix::None);
  CHECK(to_originator.feed(tcp_frame(kMessage)) == std::vector<Bytes>{kMessage});

  TcpStreamReader half(TcpStreamReader::Prefix::Wanted);
  CHECK(half.feed(BytesView(kTcpStreamPrefix).first(3)).empty());
  CHECK_FALSE(half.fault());
}

TEST_CASE("TCP: a Length of 0 or 1 is fatal", "[base][rfc9329-3.1]") {
  const auto length = GENERATE(as<std::uint8_t>{}, 0, 1);
  TcpStreamReader reader(TcpStreamReader::Prefix::Wanted);
  const auto got = reader.feed(stream({tcp_frame(kMessage), Bytes{0, length}, tcp_frame(kMessage)}));
  CHECK(got == std::vector<Bytes>{kMessage});
  REQUIRE(reader.fault());
  CHECK(reader.fault()->field == "Length");
  CHECK(reader.fault()->offset == 14);
}

TEST_CASE("TCP: empty messages and keepalives are nothing", "[base][rfc9329-6.6]") {
  TcpStreamReader reader(TcpStreamReader::Prefix::Wanted);
  CHECK(reader.feed(stream({tcp_frame({}), tcp_frame(Bytes{0xff}), tcp_frame(kMessage)})) ==
        std::vector<Bytes>{kMessage});
}
