// Project Wycheproof's vectors for ML-KEM, read where they lie beside the project. All of them.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "engine/crypto/ml_kem.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::crypto;
using nlohmann::json;

namespace {

Bytes octets(const json& test, const char* name) { return test::hex(test.at(name).get<std::string>()); }

template <class Run>
void each_test(const std::string& file, std::size_t at_least, Run run) {
  const auto text = test::read_shared("vectors/wycheproof/" + file);
  if (!text) {
    WARN("SKIPPED: no ../shared/vectors/wycheproof/" + file);
    return;
  }
  std::size_t used = 0;
  const json all = json::parse(*text);
  for (const json& group : all.at("testGroups")) {
    for (const json& one : group.at("tests")) {
      INFO(file << " tcId " << one.at("tcId"));
      run(one);
      ++used;
    }
  }
  CHECK(used >= at_least);
}

void check_all(const std::string& bits, const ml_kem::Parameters& p) {
  each_test("mlkem_" + bits + "_keygen_seed_test.json", 100, [&](const json& test) {
    const ml_kem::Keys keys = ml_kem::generate(p, octets(test, "seed"));
    CHECK(to_hex(keys.ek) == test.at("ek").get<std::string>());
    CHECK(keys.dk.reveal_hex() == test.at("dk").get<std::string>());
  });
  each_test("mlkem_" + bits + "_encaps_test.json", 240, [&](const json& test) {
    const auto made = ml_kem::encapsulate(p, octets(test, "ek"), octets(test, "m"));
    REQUIRE(made.has_value() == (test.at("result") == "valid"));
    if (!made) return;
    CHECK(to_hex(made->ciphertext) == test.at("c").get<std::string>());
    CHECK(made->shared.reveal_hex() == test.at("K").get<std::string>());
  });
  each_test("mlkem_" + bits + "_test.json", 180, [&](const json& test) {
    const Bytes seed = octets(test, "seed");
    if (seed.size() != ml_kem::kSeedSize) {
      CHECK(test.at("result") == "invalid");
      CHECK_THROWS_AS(ml_kem::generate(p, seed), std::invalid_argument);
      return;
    }
    const ml_kem::Keys keys = ml_kem::generate(p, seed);
    const auto shared = ml_kem::decapsulate(p, keys.dk.view(), octets(test, "c"));
    REQUIRE(shared.has_value() == (test.at("result") == "valid"));
    if (shared) CHECK(shared->reveal_hex() == test.at("K").get<std::string>());
  });
}

}  // namespace

TEST_CASE("Wycheproof: ML-KEM-512", "[crypto][wycheproof][ml-kem]") { check_all("512", ml_kem::k512); }
TEST_CASE("Wycheproof: ML-KEM-768", "[crypto][wycheproof][ml-kem]") { check_all("768", ml_kem::k768); }
TEST_CASE("Wycheproof: ML-KEM-1024", "[crypto][wycheproof][ml-kem]") { check_all("1024", ml_kem::k1024); }
