#include "engine/keys/sk_cipher.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <type_traits>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::keys;
using ikevet::test::hex;

static_assert(!std::is_copy_constructible_v<SkCipher>, "a copy would repeat IVs");

namespace {

SkCipher cipher_for(const crypto::EncrInfo& row, const crypto::IntegInfo& integ, std::uint8_t fill = 0x42) {
  const std::size_t integ_key = row.is_aead() ? 0 : integ.key_size;
  auto out = SkCipher::create(row.id, row.key_bits, row.is_aead() ? wire::IntegId::NONE : integ.id,
                              SecretBytes(Bytes(row.key_size(), fill)), SecretBytes(Bytes(integ_key, fill)));
  REQUIRE(out);
  return std::move(*out);
}

SkCipher aes_cbc() { return cipher_for(*crypto::find_encr("aes256"), *crypto::find_integ("sha256")); }
SkCipher aes_gcm() { return cipher_for(*crypto::find_encr("aes256gcm16"), *crypto::find_integ("none")); }

/// An IKE header and the header of an SK payload (SKF with eight octets) around a body of `body_size`.
Bytes prefix_for(std::size_t body_size, std::size_t header_size = kSkHeaderSize) {
  const std::size_t length = 28 + header_size + body_size;
  Writer out;
  out.u64(0x0102030405060708U).u64(0x1112131415161718U);
  out.u8(header_size == kSkfHeaderSize ? 53 : 46).u8(0x20).u8(37).u8(0x08).u32(1).u32(length);
  out.u8(41).u8(0).u16(header_size + body_size);
  if (header_size == kSkfHeaderSize) out.u16(2).u16(3);
  return out.take();
}

Bytes sealed_message(SkCipher& cipher, BytesView inner, RandomSource& random, std::size_t header = kSkHeaderSize) {
  const Bytes prefix = prefix_for(cipher.sealed_size(inner.size()), header);
  return cat(prefix, cipher.seal(prefix, inner, random));
}

/// The message that a sender makes who steps in between the layers.
template <class AlterPadded, class AlterText>
Bytes layered_message(SkCipher& cipher, BytesView inner, RandomSource& random, AlterPadded alter_padded,
                      AlterText alter_text) {
  Bytes padded = cipher.pad(inner);
  alter_padded(padded);
  const Bytes prefix = prefix_for(cipher.body_size(padded.size()));
  auto text = cipher.encrypt(padded, cipher.next_iv(random));
  REQUIRE(text);
  alter_text(*text);
  return cat(prefix, *text, cipher.icv(prefix, *text));
}

const auto kUntouched = [](Bytes&) {};

}  // namespace

TEST_CASE("SK payload: RFC 7634 Appendix B, opened and made", "[keys][rfc7634]") {
  const Bytes message =
      hex("c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029"
          "1011121314151617610394701f8d017f7c129248896b71bfe25236efd7cdc67066906315b2");
  const auto cipher = SkCipher::create(
      wire::EncrId::ENCR_CHACHA20_POLY1305, 0, wire::IntegId::NONE,
      SecretBytes(hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3")), SecretBytes());
  REQUIRE(cipher);
  const auto opened = cipher->open(message, 28);
  REQUIRE(opened);
  CHECK(to_hex(opened->plaintext) == "0000000c000040010000000a");
  CHECK(to_hex(opened->iv) == "1011121314151617");
  CHECK(opened->pad_length == 0);
  CHECK(opened->padding.empty());

  const BytesView prefix = BytesView(message).first(32);
  const auto text = cipher->encrypt(cipher->pad(opened->plaintext), opened->iv);
  REQUIRE(text);
  CHECK(cat(prefix, *text, cipher->icv(prefix, *text)) == message);
}

TEST_CASE("every suite opens what it sealed, in SK and in SKF", "[keys][rfc7296-3.14][rfc7383-2.5]") {
  SeededRandom random(1);
  for (const crypto::EncrInfo& row : crypto::encr_table()) {
    for (const crypto::IntegInfo& integ : crypto::integ_table()) {
      if (row.is_aead() != (integ.id == wire::IntegId::NONE)) continue;
      SkCipher cipher = cipher_for(row, integ);
      INFO(row.name << " " << integ.name);
      for (const std::size_t header : {kSkHeaderSize, kSkfHeaderSize}) {
        for (const std::size_t size :
             {std::size_t{0}, std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{333}}) {
          const Bytes inner = random.bytes(size);
          const Bytes message = sealed_message(cipher, inner, random, header);
          CHECK(message.size() == 28 + header + cipher.sealed_size(size));
          const auto opened = cipher.open(message, 28, header);
          REQUIRE(opened);
          CHECK(opened->plaintext == inner);
          // RFC 7296 §3.14: the least padding that fills the block.
          CHECK(opened->pad_length == (cipher.block_size() - (size + 1) % cipher.block_size()) % cipher.block_size());
        }
      }
    }
  }
}

TEST_CASE("an octet altered anywhere in the message is noticed", "[keys][rfc7296-3.14][rfc5282-5.1]") {
  SeededRandom random(2);
  for (const auto make : {aes_cbc, aes_gcm}) {
    SkCipher cipher = make();
    Bytes message = sealed_message(cipher, hex("0000000800000000"), random);
    for (std::size_t i = 0; i < message.size(); ++i) {
      if (i == 30 || i == 31) continue;  // Payload Length: another one cuts the payload elsewhere
      message[i] ^= 0x01;
      const auto opened = cipher.open(message, 28);
      REQUIRE_FALSE(opened);
      CHECK(opened.error() == wire::OpenFailure::BadIntegrity);
      message[i] ^= 0x01;
    }
    CHECK(cipher.open(message, 28));
  }
}

TEST_CASE("SKF: fragment numbers are authenticated", "[keys][rfc7383-2.5]") {
  SeededRandom random(3);
  SkCipher cipher = aes_gcm();
  Bytes message = sealed_message(cipher, hex("00112233"), random, kSkfHeaderSize);
  message[33] ^= 3;  // Fragment Number
  CHECK(cipher.open(message, 28, kSkfHeaderSize).error() == wire::OpenFailure::BadIntegrity);
}

TEST_CASE("a message cut anywhere is too short", "[keys]") {
  SeededRandom random(4);
  SkCipher cipher = aes_cbc();
  const Bytes message = sealed_message(cipher, hex("00112233"), random);
  for (std::size_t size = 0; size < message.size(); ++size) {
    CHECK(cipher.open(BytesView(message).first(size), 28).error() == wire::OpenFailure::TooShort);
  }
  // Lengths that leave no room for IV, a block and ICV, in a message that has the octets.
  for (const std::uint8_t length : {std::uint8_t{0}, std::uint8_t{3}, std::uint8_t{4}, std::uint8_t{36}}) {
    Bytes lying = message;
    lying[31] = length;
    CHECK(cipher.open(lying, 28).error() == wire::OpenFailure::TooShort);
  }
  CHECK(cipher.open(message, message.size()).error() == wire::OpenFailure::TooShort);
  CHECK(cipher.open(message, message.size() + 1).error() == wire::OpenFailure::TooShort);
}

TEST_CASE("Pad Length: any that fits is accepted, one beyond the payload is not", "[keys][rfc7296-3.14]") {
  SeededRandom random(5);
  SkCipher cipher = aes_cbc();
  const Bytes generous = layered_message(
      cipher, hex("00112233"), random,
      [](Bytes& padded) {  // two more blocks than needed, filled with something
        padded.resize(48, 0x5c);
        padded.back() = 43;
      },
      kUntouched);
  const auto opened = cipher.open(generous, 28);
  REQUIRE(opened);
  CHECK(to_hex(opened->plaintext) == "00112233");
  CHECK(opened->padding.size() == 43);

  const auto all = cipher.open(
      layered_message(cipher, hex("00112233"), random, [](Bytes& padded) { padded.back() = 15; }, kUntouched), 28);
  REQUIRE(all);
  CHECK(all->plaintext.empty());
  const Bytes beyond =
      layered_message(cipher, hex("00112233"), random, [](Bytes& padded) { padded.back() = 16; }, kUntouched);
  CHECK(cipher.open(beyond, 28).error() == wire::OpenFailure::BadPadding);
}

TEST_CASE("a sender who alters the ciphertext keeps its integrity, in every mode", "[keys]") {
  SeededRandom random(6);
  for (const crypto::EncrInfo& row : crypto::encr_table()) {
    if (row.mode == crypto::EncrMode::Cbc || row.mode == crypto::EncrMode::Null) continue;
    INFO(row.name);
    SkCipher cipher = cipher_for(row, *crypto::find_integ("sha256"));
    // These modes add a key stream: a bit of the ciphertext is the same bit of the plaintext.
    const Bytes message = layered_message(cipher, hex("00112233"), random, kUntouched,
                                          [&](Bytes& text) { text[cipher.iv_size()] ^= 0xff; });
    const auto opened = cipher.open(message, 28);
    REQUIRE(opened);
    CHECK(to_hex(opened->plaintext) == "ff112233");
  }
  SkCipher cbc = aes_cbc();
  CHECK(cbc.open(layered_message(cbc, hex("00112233"), random, kUntouched, [](Bytes& text) { text[0] ^= 0xff; }), 28)
            ->plaintext == hex("ff112233"));
  // A ciphertext that is not whole blocks: the receiver finds the ICV right and the blocks wrong.
  Bytes padded = cbc.pad(hex("00112233"));
  const Bytes prefix = prefix_for(cbc.body_size(padded.size()) - 1);
  Bytes text = *cbc.encrypt(padded, cbc.next_iv(random));
  text.pop_back();
  CHECK(cbc.open(cat(prefix, text, cbc.icv(prefix, text)), 28).error() == wire::OpenFailure::TooShort);
}

TEST_CASE("step by step gives the octets that seal gives", "[keys]") {
  for (const char* name : {"aes128", "aes256gcm16", "aes128ccm8", "chacha20poly1305", "aes192ctr", "3des"}) {
    INFO(name);
    SkCipher cipher = cipher_for(*crypto::find_encr(name), *crypto::find_integ("sha1"));
    SkCipher twin = cipher_for(*crypto::find_encr(name), *crypto::find_integ("sha1"));
    SeededRandom random(7);
    SeededRandom same(7);
    const Bytes inner = hex("000102030405060708090a0b0c0d0e0f10");
    CHECK(sealed_message(cipher, inner, random) == layered_message(twin, inner, same, kUntouched, kUntouched));
  }
}

TEST_CASE("what cannot be encrypted is refused", "[keys]") {
  SkCipher cipher = aes_cbc();
  CHECK_FALSE(cipher.encrypt(Bytes(15), Bytes(16)));
  CHECK_FALSE(cipher.encrypt(Bytes(16), Bytes(8)));
  CHECK(aes_gcm().icv(prefix_for(0), Bytes(7)) == Bytes(16));
  const SecretBytes key(std::size_t{32});
  CHECK_FALSE(SkCipher::create(wire::EncrId::ENCR_AES_CBC, 128, wire::IntegId::AUTH_HMAC_SHA2_256_128, key, key));
  CHECK_FALSE(SkCipher::create(wire::EncrId::ENCR_IDEA, 128, wire::IntegId::AUTH_HMAC_SHA2_256_128, key, key));
  CHECK_FALSE(SkCipher::create(wire::EncrId::ENCR_AES_CBC, 256, wire::IntegId::AUTH_HMAC_SHA1_96, key, key));
}

TEST_CASE("IVs: unpredictable for CBC, counted for the others, never repeated", "[keys][rfc7296-3.14][rfc5282-3.1]") {
  SeededRandom random(8);
  SkCipher gcm = aes_gcm();
  std::set<std::string> seen;
  std::uint64_t last = 0;
  for (int i = 0; i < 300; ++i) {
    const Bytes iv = gcm.next_iv(random);
    CHECK(seen.insert(to_hex(iv)).second);
    const std::uint64_t value = Reader(iv).u64("IV");
    if (i > 0) CHECK(value == last + 1);
    last = value;
  }
  SeededRandom a(9);
  SeededRandom b(9);
  SkCipher cbc = aes_cbc();
  CHECK(cbc.next_iv(a) == b.bytes(16));
  CHECK(cbc.next_iv(a) == b.bytes(16));
}

TEST_CASE("inner_capacity is the inverse of sealed_size", "[keys][rfc7383-2.5]") {
  for (const auto make : {aes_cbc, aes_gcm}) {
    SkCipher cipher = make();
    for (std::size_t size = 0; size < 600; ++size) {
      const std::size_t inner = cipher.inner_capacity(size);
      if (inner > 0) {
        CHECK(cipher.sealed_size(inner) <= size);
        CHECK(cipher.sealed_size(inner + 1) > size);
      } else {
        CHECK(cipher.sealed_size(1) > size);
      }
    }
  }
}
