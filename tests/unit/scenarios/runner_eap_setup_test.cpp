// The members `eap_peer` and `eap_server` of `auth`: read from JSON, made into what an engine asks, and what is said
// about those of no use.
#include <catch2/catch.hpp>

#include "scenarios/format/loader.hpp"
#include "scenarios/runner/auth_setup.hpp"
#include "scenarios/runner/eap_setup.hpp"
#include "scenarios/runner/proposal_strings.hpp"
#include "tests/support/paths.hpp"
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet;
using namespace ikevet::scenarios;
using Catch::Matchers::Contains;

namespace {

FileReference file(const std::string& name) {
  return {(test::source_dir() / "scenarios/targets/eap" / name).string(), "s.json: /config/auth/" + name};
}

const std::string kBefore = R"({"id": "x", "title": "A scenario of the test", "description": "d",
  "covers": ["rfc7296-2.5-critical-unknown"], "harness": "initiator",
  "config": {"auth": )";
const std::string kAfter = R"(}, "steps": [{"establish": {}, "proves": "rfc7296-2.5-critical-unknown"}]})";

AuthOverrides read(const TempFolder& folder, const std::string& auth) {
  return load_scenario(folder.write("x.json", kBefore + auth + kAfter), two_requirements()).config.auth;
}

template <class F>
std::string complaint(const F& f) {
  try {
    f();
  } catch (const SetupError& error) {
    return error.what();
  }
  return "";
}

EapServerOverrides server() {
  EapServerOverrides out;
  out.users = {{"alice", "password", {}, false, false}};
  out.methods = {"MSCHAPv2"};
  return out;
}

EapPeerOverrides alice() {
  EapPeerOverrides out;
  out.identity = "alice";
  out.passwords = {"password"};
  out.methods = {"MSCHAPv2"};
  return out;
}

/// The two talk to their end; whether both are content.
bool agree(const EapPeerOverrides& peer, const EapServerOverrides& server) {
  const auto provider = make_eap(peer, server);
  SeededRandom random(1);
  const Instant now{std::chrono::hours(24) * 365 * 56};  // 2026
  const eap::Surroundings at{random, now};
  wire::IDi id;
  id.id_type = wire::IdType::ID_FQDN;
  id.data = to_bytes(as_bytes("harness.test"));
  const auto user = provider->peer(id, at);
  const auto asking = provider->authenticator(id, at);
  Bytes packet;
  for (int round = 0; round < 40; ++round) {
    const auto asked = asking->handle(packet);
    const auto octets = std::visit([](const auto& end) { return end.packet; }, asked);
    if (std::holds_alternative<eap::Failure>(asked)) return false;
    const auto answered = user->handle(octets);
    if (std::holds_alternative<eap::Success>(asked)) return std::holds_alternative<eap::Success>(answered);
    const auto* reply = std::get_if<eap::Reply>(&answered);
    if (!reply) return false;
    packet = reply->packet;
  }
  return false;
}

}  // namespace

TEST_CASE("eap: every member is read", "[runner][eap]") {
  const TempFolder folder;
  const auto auth = read(folder, R"({"method": "eap", "eap_only": true,
    "eap_peer": {"identity": "anonymous", "user": "alice", "passwords": ["one", "two"], "new_password": "three",
      "one_time_passwords": ["a"], "methods": ["TTLS", "MD5_Challenge"], "inner": "eap", "inner_methods": ["GTC"],
      "expected_name": "eap.dut.test", "certificate": "own.pem", "private_key": "own.key", "ca": "ca.pem"},
    "eap_server": {"users": [{"name": "bob", "password": "p", "one_time_passwords": ["a", "b"], "disabled": true,
      "expired": true}], "methods": ["OTP"], "inner_methods": ["MSCHAPv2"], "ask_identity": true,
      "notification": "hello", "attempts": 3}})");
  CHECK(auth.eap_only == true);
  REQUIRE(auth.eap_peer);
  const EapPeerOverrides& peer = *auth.eap_peer;
  CHECK(peer.identity == "anonymous");
  CHECK(peer.user == "alice");
  CHECK(peer.passwords == std::vector<std::string>{"one", "two"});
  CHECK(peer.new_password == "three");
  CHECK(peer.one_time_list == std::vector<std::string>{"a"});
  CHECK(peer.methods == std::vector<std::string>{"TTLS", "MD5_Challenge"});
  CHECK(peer.inner == "eap");
  CHECK(peer.inner_methods == std::vector<std::string>{"GTC"});
  CHECK(peer.tls.expected_name == "eap.dut.test");
  CHECK(peer.tls.certificate->path == (folder.path() / "own.pem").string());
  CHECK_THAT(peer.tls.private_key->place, Contains("x.json: /config/auth/eap_peer/private_key"));
  CHECK(peer.tls.ca->path == (folder.path() / "ca.pem").string());
  REQUIRE(auth.eap_server);
  CHECK(auth.eap_server->users == std::vector{EapUser{"bob", "p", {"a", "b"}, true, true}});
  CHECK(auth.eap_server->inner_methods == std::vector<std::string>{"MSCHAPv2"});
  CHECK(auth.eap_server->ask_identity);
  CHECK(auth.eap_server->notification == "hello");
  CHECK(auth.eap_server->attempts == 3);
}

TEST_CASE("eap: what a member may not be is told with its place and a remedy", "[runner][eap]") {
  const TempFolder folder;
  const auto problems = [&](const std::string& auth) {
    std::string out;
    for (const std::string& line : problems_of([&] { read(folder, auth); })) out += line + "\n";
    return out;
  };
  CHECK_THAT(problems(R"({"eap_peer": {"methods": ["MSCHAP2"]}})"),
             Contains("/config/auth/eap_peer/methods/0") && Contains("MSCHAPv2"));
  CHECK_THAT(problems(R"({"eap_peer": {"identity": "alice"}})"), Contains("methods"));
  CHECK_THAT(problems(R"({"eap_server": {"methods": ["MSCHAPv2"], "user": []}})"), Contains("users"));
  CHECK_THAT(problems(R"({"eap_server": {"methods": ["MSCHAPv2"], "users": [{"password": "x"}]}})"),
             Contains("/config/auth/eap_server/users/0") && Contains("name"));
  CHECK_THAT(problems(R"({"eap_server": {"methods": ["MSCHAPv2"], "attempts": 0}})"),
             Contains("/config/auth/eap_server/attempts"));
}

TEST_CASE("eap: what is configured on the two sides talks", "[runner][eap]") {
  CHECK(agree(alice(), server()));
  EapPeerOverrides mistaken = alice();
  mistaken.passwords = {"another"};
  CHECK_FALSE(agree(mistaken, server()));
  EapServerOverrides closed = server();
  closed.users[0].disabled = true;
  CHECK_FALSE(agree(alice(), closed));

  EapServerOverrides list;
  list.users = {{"alice", "", {"first", "second"}, false, false}};
  list.methods = {"OTP"};
  list.ask_identity = true;  // the IKE identity is not the user's name
  EapPeerOverrides once = alice();
  once.methods = {"OTP"};
  once.one_time_list = {"first"};
  CHECK(agree(once, list));
  once.one_time_list = {"second"};
  CHECK_FALSE(agree(once, list));
}

TEST_CASE("eap: certificates inside TLS come from files", "[runner][eap]") {
  EapServerOverrides asking;
  asking.methods = {"TLS"};
  asking.tls = {file("server.pem"), file("server.key"), file("ca.pem"), {}};
  EapPeerOverrides peer;
  peer.identity = "alice@eap.test";
  peer.methods = {"TLS"};
  peer.tls = {file("client.pem"), file("client.key"), file("ca.pem"), "eap.dut.test"};
  CHECK(agree(peer, asking));
  SECTION("another name was expected") {
    peer.tls.expected_name = "another.test";
    CHECK_FALSE(agree(peer, asking));
  }
  SECTION("of a CA that nobody trusts") {
    peer.tls.certificate = file("stranger.pem");
    peer.tls.private_key = file("stranger.key");
    CHECK_FALSE(agree(peer, asking));
  }
}

TEST_CASE("eap: errors of files and names have the place and a remedy", "[runner][eap]") {
  EapServerOverrides from = server();
  from.tls.certificate = file("none.pem");
  CHECK_THAT(complaint([&] { make_eap({}, from); }),
             Contains("s.json: /config/auth/none.pem") && Contains("the path is relative to the JSON file"));
  from.tls.certificate = file("server.pem");
  from.tls.private_key = file("client.key");
  CHECK_THAT(complaint([&] { make_eap({}, from); }), Contains("s.json: /config/auth/server.pem"));
  from.tls.private_key = file("ca.pem");
  CHECK_THAT(complaint([&] { make_eap({}, from); }), Contains("s.json: /config/auth/server.pem"));
  EapPeerOverrides peer = alice();
  peer.methods = {"SIM"};
  CHECK_THAT(complaint([&] { make_eap(peer, {}); }), Contains("no EAP method \"SIM\"") || Contains("SIM"));
  peer = alice();
  peer.inner = "kerberos";
  CHECK_THAT(complaint([&] { make_eap(peer, {}); }), Contains("known are pap, chap, mschapv2, eap"));
  CHECK(make_eap({}, {}) == nullptr);
}

TEST_CASE("eap: what a scenario says goes before what its target says", "[runner][eap]") {
  AuthOverrides target, scenario;
  target.eap_peer = alice();
  target.eap_server = server();
  scenario.eap_peer = alice();
  scenario.eap_peer->methods = {"GTC"};
  const AuthOverrides both = merged(target, scenario);
  CHECK(both.eap_peer == scenario.eap_peer);
  CHECK(both.eap_server == target.eap_server);
  sa::Config config;
  apply_auth(both, config);
  CHECK(config.credentials.eap != nullptr);
}
