#include <catch2/catch.hpp>

#include "engine/eap/otp_hash.hpp"
#include "engine/eap/otp_words.hpp"
#include "tests/unit/eap/conversation.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using eap::OtpAccount;
using eap::OtpChallenge;
using eap::OtpHash;

TEST_CASE("OTP: hexadecimal and words", "[eap][rfc2289]") {
  // RFC 2289, appendix C, MD5 and SHA-1.
  struct Vector {
    OtpHash hash;
    const char* pass_phrase;
    const char* seed;
    std::uint32_t count;
    const char* hex;
    const char* words;
  };
  const Vector vectors[] = {
      {OtpHash::Md5, "This is a test.", "TeSt", 0, "9e876134d90499dd", "INCH SEA ANNE LONG AHEM TOUR"},
      {OtpHash::Md5, "This is a test.", "TeSt", 1, "7965e05436f5029f", "EASE OIL FUM CURE AWRY AVIS"},
      {OtpHash::Md5, "This is a test.", "TeSt", 99, "50fe1962c4965880", "BAIL TUFT BITS GANG CHEF THY"},
      {OtpHash::Md5, "AbCdEfGhIjK", "alpha1", 0, "87066dd9644bf206", "FULL PEW DOWN ONCE MORT ARC"},
      {OtpHash::Md5, "AbCdEfGhIjK", "alpha1", 1, "7cd34c1040add14b", "FACT HOOF AT FIST SITE KENT"},
      {OtpHash::Md5, "AbCdEfGhIjK", "alpha1", 99, "5aa37a81f212146c", "BODE HOP JAKE STOW JUT RAP"},
      {OtpHash::Md5, "OTP's are good", "correct", 0, "f205753943de4cf9", "ULAN NEW ARMY FUSE SUIT EYED"},
      {OtpHash::Md5, "OTP's are good", "correct", 1, "ddcdac956f234937", "SKIM CULT LOB SLAM POE HOWL"},
      {OtpHash::Md5, "OTP's are good", "correct", 99, "b203e28fa525be47", "LONG IVY JULY AJAR BOND LEE"},
      {OtpHash::Sha1, "This is a test.", "TeSt", 0, "bb9e6ae1979d8ff4", "MILT VARY MAST OK SEES WENT"},
      {OtpHash::Sha1, "This is a test.", "TeSt", 1, "63d936639734385b", "CART OTTO HIVE ODE VAT NUT"},
      {OtpHash::Sha1, "This is a test.", "TeSt", 99, "87fec7768b73ccf9", "GAFF WAIT SKID GIG SKY EYED"},
      {OtpHash::Sha1, "AbCdEfGhIjK", "alpha1", 0, "ad85f658ebe383c9", "LEST OR HEEL SCOT ROB SUIT"},
      {OtpHash::Sha1, "AbCdEfGhIjK", "alpha1", 1, "d07ce229b5cf119b", "RITE TAKE GELD COST TUNE RECK"},
      {OtpHash::Sha1, "AbCdEfGhIjK", "alpha1", 99, "27bc71035aaf3dc6", "MAY STAR TIN LYON VEDA STAN"},
      {OtpHash::Sha1, "OTP's are good", "correct", 0, "d51f3e99bf8e6f0b", "RUST WELT KICK FELL TAIL FRAU"},
      {OtpHash::Sha1, "OTP's are good", "correct", 1, "82aeb52d943774e4", "FLIT DOSE ALSO MEW DRUM DEFY"},
      {OtpHash::Sha1, "OTP's are good", "correct", 99, "4f296a74fe1567ec", "AURA ALOE HURL WING BERG WAIT"},
  };
  for (const Vector& v : vectors) {
    const Bytes password = eap::otp_compute({v.hash, v.count, v.seed}, v.pass_phrase);
    CHECK(to_hex(password) == v.hex);
    CHECK(eap::otp_to_words(password) == v.words);
    CHECK(eap::otp_read(v.words) == password);
    CHECK(eap::otp_read(v.hex) == password);
  }
}

TEST_CASE("OTP: what people type", "[eap][rfc2289-6]") {
  const Bytes wanted = octets("9e876134d90499dd");
  CHECK(eap::otp_read("inch sea anne long ahem tour") == wanted);
  CHECK(eap::otp_read("word:INCH  SEA ANNE L0NG AHEM T0UR ") == wanted);  // zero for O
  CHECK(eap::otp_read("hex:9E87 6134 D904 99DD") == wanted);
  CHECK_FALSE(eap::otp_read("INCH SEA ANNE LONG AHEM TOW"));  // the checksum
  CHECK_FALSE(eap::otp_read("INCH SEA ANNE LONG AHEM"));
  CHECK_FALSE(eap::otp_read("INCH SEA ANNE LONG AHEM TOUR A"));
  CHECK_FALSE(eap::otp_read("INCH SEA ANNE LONG AHEM XYZZY"));
  CHECK_FALSE(eap::otp_read(""));
}

TEST_CASE("OTP: challenges", "[eap][rfc2289-6]") {
  const auto found = OtpChallenge::find("Your challenge: OTP-SHA1 487 Dog2 ext");
  REQUIRE(found);
  CHECK(found->hash == OtpHash::Sha1);
  CHECK(found->sequence == 487);
  CHECK(found->seed == "dog2");
  CHECK_FALSE(OtpChallenge::find("Password:"));
  CHECK_FALSE(OtpChallenge::find("otp-md4 487 dog2"));
  CHECK_FALSE(OtpChallenge::find("otp-md5 -1 dog2"));
  CHECK_FALSE(OtpChallenge::find("otp-md5 4000000000 dog2"));  // would be hashed for minutes
  CHECK_FALSE(OtpChallenge::find("otp-md5 487 a-dog"));
  CHECK_FALSE(OtpChallenge::find("otp-md5 487"));
}

TEST_CASE("OTP: a chain gets a user in, a step lower each time", "[eap][rfc3748-5.5][rfc2289-7]") {
  AuthenticatorConfig a = server(EapType::OTP);
  a.users->add("alice",
               {{}, false, false, OtpAccount::from_pass_phrase(OtpHash::Md5, "This is a test.", "TeSt", 99), {}});
  PeerConfig p = alice(EapType::OTP, {"This is a test."});
  p.otp_words = GENERATE(true, false);

  Talk first(p, a);
  first.run();
  CHECK(text(first.said[0].data) == "otp-md5 99 TeSt ext");
  CHECK(text(first.said[1].data) == (p.otp_words ? "BAIL TUFT BITS GANG CHEF THY" : "hex:50fe1962c4965880"));
  CHECK(first.both(Status::Success));

  Talk second(p, a);
  second.run();
  CHECK(text(second.said[0].data) == "otp-md5 98 TeSt ext");
  CHECK(second.both(Status::Success));

  // The password that was used is of no use any more.
  Talk replayed(p, a);
  const Eap asked = *replayed.authenticator->start().send;
  CHECK(
      replayed.authenticator->handle({EapCode::Response, asked.identifier, EapType::OTP, first.said[1].data}).status ==
      Status::Failure);
}

TEST_CASE("OTP: a list of passwords, each good once", "[eap]") {
  AuthenticatorConfig a = server(EapType::OTP);
  a.users->add("alice", {{}, false, false, {}, {"123456", "654321"}});
  PeerConfig p = alice(EapType::OTP);
  p.one_time_list = {"123456", "654321"};
  CHECK(Talk(p, a).run().both(Status::Success));
  CHECK(Talk(p, a).run().both(Status::Failure));  // the first one again
  a.attempts = 2;
  Talk third(p, a);
  CHECK(third.run().both(Status::Success));       // and then the second
  CHECK(Talk(p, a).run().both(Status::Failure));  // none is left
}

TEST_CASE("OTP: a wrong pass phrase, and a user whom nobody knows", "[eap]") {
  AuthenticatorConfig a = server(EapType::OTP);
  a.users->add("alice", {{}, false, false, OtpAccount::from_pass_phrase(OtpHash::Sha1, "right", "s1", 5), {}});
  a.attempts = 2;
  CHECK(Talk(alice(EapType::OTP, {"wrong"}), a).run().both(Status::Failure));
  CHECK(Talk(alice(EapType::OTP, {"wrong", "right"}), a).run().both(Status::Success));
  Talk unknown(alice(EapType::OTP, {"right"}), a, "mallory");
  unknown.run();
  CHECK(text(unknown.said[0].data).starts_with("otp-md5 "));  // looks like any other
  CHECK(unknown.both(Status::Failure));
}
