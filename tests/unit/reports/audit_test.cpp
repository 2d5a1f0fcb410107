#include "reports/audit/audit.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "scenarios/format/problem.hpp"
#include "tests/support/dialogue.hpp"
#include "tests/support/paths.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/sample.hpp"

using namespace ikevet;
using namespace ikevet::reports;
using scenarios::AuditBaseline;
using scenarios::AuditGrade;
using scenarios::AuditKind;
using test::Dialogue;
using trace::Party;
using wire::ExchangeType;
using wire::NotifyType;
using Found = AuditFinding::Result;

namespace {

RunReport report_of(std::vector<const Dialogue*> dialogues, const char* target = "acme") {
  RunReport out;
  out.info.target = target;
  out.info.started = "2026-11-25T10:00:00Z";
  for (const Dialogue* d : dialogues) {
    out.played.emplace_back();
    out.played.back().scenario.id = "s" + std::to_string(out.played.size());
    out.played.back().run.trace = d->trace();
  }
  return out;
}

BehaviourCheck check(const RunReport& report, std::string_view id) {
  for (BehaviourCheck& one : behaviour_of(report))
    if (one.id == id) return one;
  FAIL("no such check");
  return {};
}

AuditBaseline baseline(std::vector<scenarios::AuditRule> rules) {
  AuditBaseline out;
  out.id = "x";
  out.document = "DOC";
  out.rules = std::move(rules);
  return out;
}

scenarios::AuditRule rule(AuditKind kind, std::vector<std::uint16_t> algorithms, AuditGrade grade,
                          std::vector<std::uint16_t> key_lengths = {}) {
  return {{}, kind, std::move(algorithms), std::move(key_lengths), grade, "SAYS", "§1", {}, {}};
}

const AuditFinding* finding(const Audit& audit, std::string_view subject) {
  for (const AuditFinding& one : audit.baselines.at(0).findings)
    if (one.subject == subject) return &one;
  return nullptr;
}

constexpr std::uint16_t kGcm16 = 20, kCbc = 12;

}  // namespace

TEST_CASE("what the device offered, accepted and negotiated", "[reports][audit]") {
  Dialogue answers(Party::Harness), asks(Party::Dut);
  answers.establish();
  asks.establish();
  const AlgorithmsSeen responder = algorithms_seen(report_of({&answers}));
  const AlgorithmKey gcm{wire::ProtocolId::IKE, AuditKind::Encr, kGcm16, 256};
  const AlgorithmKey cbc{wire::ProtocolId::IKE, AuditKind::Encr, kCbc, 256};
  REQUIRE(responder.contains(gcm));
  CHECK(responder.at(gcm).of(Use::Accepted).count == 1);
  CHECK(responder.at(gcm).of(Use::Negotiated).count == 1);
  CHECK(responder.at(gcm).of(Use::Accepted).places.at(0).frames == std::vector<std::size_t>{2});
  CHECK_FALSE(responder.contains(cbc));  // offered by us alone
  const AlgorithmsSeen initiator = algorithms_seen(report_of({&asks}));
  CHECK(initiator.at(cbc).of(Use::Offered).count == 1);
  CHECK(initiator.at(cbc).of(Use::Negotiated).count == 0);
  CHECK(initiator.at(gcm).of(Use::Negotiated).count == 1);
}

TEST_CASE("a set-up that never came up negotiated nothing", "[reports][audit]") {
  Dialogue d(Party::Harness);
  d.ike_sa_init();
  const AlgorithmsSeen seen = algorithms_seen(report_of({&d}));
  const AlgorithmKey gcm{wire::ProtocolId::IKE, AuditKind::Encr, kGcm16, 256};
  CHECK(seen.at(gcm).of(Use::Accepted).count == 1);
  CHECK(seen.at(gcm).of(Use::Negotiated).count == 0);
}

TEST_CASE("a baseline's rules are applied, the closest one first", "[reports][audit]") {
  Dialogue d(Party::Harness);
  d.establish();
  const RunReport report = report_of({&d});
  const std::vector<AuditBaseline> one{baseline({rule(AuditKind::Encr, {}, AuditGrade::Forbidden),
                                                 rule(AuditKind::Encr, {kGcm16}, AuditGrade::Required, {256}),
                                                 rule(AuditKind::Encr, {kCbc}, AuditGrade::Required, {128}),
                                                 rule(AuditKind::Prf, {5}, AuditGrade::Discouraged)})};
  const Audit result = audit(report, one);
  REQUIRE(finding(result, "IKE ENCR_AES_GCM_16 256") != nullptr);
  CHECK(finding(result, "IKE ENCR_AES_GCM_16 256")->result == Found::Fine);
  CHECK(finding(result, "IKE ENCR_AES_GCM_16 256")->clause == "DOC §1");
  CHECK(finding(result, "IKE PRF_HMAC_SHA2_256")->result == Found::Warning);
  CHECK(finding(result, "ENCR_AES_CBC 128")->result == Found::NotShown);
  CHECK(finding(result, "IKE CURVE25519") == nullptr);  // the baseline says nothing of groups at all
  CHECK(result.baselines[0].findings.front().result == Found::Warning);
}

TEST_CASE("another length of key is another algorithm", "[reports][audit]") {
  Dialogue d(Party::Harness);
  d.establish();
  const std::vector<AuditBaseline> one{baseline({rule(AuditKind::Encr, {kGcm16}, AuditGrade::Recommended, {128}),
                                                 rule(AuditKind::Ke, {14}, AuditGrade::Allowed)})};
  const Audit result = audit(report_of({&d}), one);
  CHECK(finding(result, "IKE ENCR_AES_GCM_16 256")->result == Found::Unlisted);
  CHECK(finding(result, "IKE CURVE25519")->result == Found::Unlisted);
}

TEST_CASE("a grade that has ended is a warning", "[reports][audit]") {
  Dialogue d(Party::Harness);
  d.establish();
  std::vector<AuditBaseline> one{baseline({rule(AuditKind::Encr, {kGcm16}, AuditGrade::Recommended)})};
  one[0].rules[0].until = "2025";
  CHECK(finding(audit(report_of({&d}), one), "IKE ENCR_AES_GCM_16 256")->result == Found::Warning);
  one[0].rules[0].until = "2026";
  CHECK(finding(audit(report_of({&d}), one), "IKE ENCR_AES_GCM_16 256")->result == Found::Fine);
}

TEST_CASE("forward secrecy: a key exchange in CREATE_CHILD_SA, or none", "[reports][audit]") {
  Dialogue d(Party::Harness);
  d.establish();
  CHECK(check(report_of({&d}), "forward-secrecy").status == CheckStatus::NotSeen);
  d.request(Party::Harness, ExchangeType::CREATE_CHILD_SA, 2,
            {test::child_offer(5), test::key_exchange(), test::nonce(3)});
  d.response(Party::Dut, ExchangeType::CREATE_CHILD_SA, 2,
             {test::child_choice(6), test::key_exchange(), test::nonce(4)});
  CHECK(check(report_of({&d}), "forward-secrecy").status == CheckStatus::Fine);
  d.request(Party::Harness, ExchangeType::CREATE_CHILD_SA, 3, {test::child_offer(7), test::nonce(5)});
  d.response(Party::Dut, ExchangeType::CREATE_CHILD_SA, 3, {test::child_choice(8), test::nonce(6)});
  const BehaviourCheck found = check(report_of({&d}), "forward-secrecy");
  CHECK(found.status == CheckStatus::Warning);
  CHECK(found.where.places.at(0).frames == std::vector<std::size_t>{8});
}

TEST_CASE("nonces and key exchange values that come twice", "[reports][audit]") {
  Dialogue a(Party::Harness), b(Party::Harness);
  a.establish();
  b.spis = {{0x3333333333333333}, {0x4444444444444444}};
  b.establish();  // with the same nonce and key exchange as in `a`
  CHECK(check(report_of({&a}), "nonce-freshness").status == CheckStatus::Fine);
  CHECK(check(report_of({&a, &b}), "nonce-freshness").status == CheckStatus::Wrong);
  CHECK(check(report_of({&a, &b}), "key-freshness").status == CheckStatus::Warning);
  // The built-in device starts from the same seed in each scenario.
  CHECK(check(report_of({&a, &b}, "embedded"), "nonce-freshness").status == CheckStatus::Fine);
  CHECK(check(report_of({&a}), "nonce-length").status == CheckStatus::Fine);
}

TEST_CASE("an initialization vector that comes twice under one key", "[reports][audit]") {
  Dialogue d(Party::Harness);
  d.establish();
  CHECK(check(report_of({&d}), "iv-freshness").status == CheckStatus::Fine);
  d.liveness(Party::Harness, 2);
  const auto same_iv = [&](wire::Message& m) {
    for (wire::Payload& payload : m.payloads)
      if (auto* sk = std::get_if<wire::Encrypted>(&payload.body)) std::fill_n(sk->body.begin(), 8, std::uint8_t{9});
  };
  for (const std::uint32_t id : {3U, 4U}) {
    d.request(Party::Harness, ExchangeType::INFORMATIONAL, id, {});
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, id, {test::nonce(static_cast<std::uint8_t>(id))}, same_iv);
  }
  const BehaviourCheck found = check(report_of({&d}), "iv-freshness");
  CHECK(found.status == CheckStatus::Wrong);
  CHECK(found.where.count == 1);
}

TEST_CASE("cookies, and what an unproved address is sent", "[reports][audit]") {
  Dialogue plain(Party::Harness);
  plain.establish();
  CHECK(check(report_of({&plain}), "cookies").says == "Of 1 IKE_SA_INIT responses none asked for a cookie.");
  CHECK(check(report_of({&plain}), "amplification").status == CheckStatus::Fine);

  Dialogue d(Party::Harness);
  wire::Notify cookie = wire::Notify::of(NotifyType::COOKIE);
  cookie.data = Bytes(20, 7);
  d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {test::ike_offer(), test::key_exchange(), test::nonce(1)});
  d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {cookie}, [](wire::Message& m) { m.header.spis.r = {}; });
  const BehaviourCheck asked = check(report_of({&d}), "cookies");
  CHECK(asked.status == CheckStatus::Fine);
  CHECK(asked.says == "Asked for in 1 of 1 IKE_SA_INIT responses, in 1 scenarios; 20 octets.");
  wire::VendorId big;
  big.data = Bytes(2000, 1);
  // The request that brings the cookie back proves the address: what follows does not count.
  d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0,
            {cookie, test::ike_offer(), test::key_exchange(), test::nonce(1)});
  d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {test::ike_choice(), test::key_exchange(), test::nonce(2), big});
  CHECK(check(report_of({&d}), "amplification").status == CheckStatus::Fine);

  Dialogue loud(Party::Harness);
  loud.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {test::ike_offer(), test::key_exchange(), test::nonce(1)});
  loud.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0,
                {test::ike_choice(), test::key_exchange(), test::nonce(2), big});
  const BehaviourCheck found = check(report_of({&loud}), "amplification");
  CHECK(found.status == CheckStatus::Warning);
  CHECK(found.where.places.at(0).frames == std::vector<std::size_t>{1, 2});
}

TEST_CASE("the shipped baselines are read, cite and grade", "[reports][audit]") {
  const std::vector<AuditBaseline> all = scenarios::load_audit_baselines(test::source_dir() / "scenarios/audit");
  std::vector<std::string> ids;
  for (const AuditBaseline& one : all) ids.push_back(one.id);
  CHECK(ids == std::vector<std::string>{"bsi-tr-02102-3", "cnsa-1.0", "cnsa-2.0", "nist-sp800-77r1", "rfc8221",
                                        "rfc8247", "rfc9395"});
  const RunReport report = test::sample_report();
  const Audit result = audit(report, all);
  for (const BaselineAudit& one : result.baselines)
    for (const AuditFinding& found : one.findings) CHECK(found.clause.starts_with(one.baseline->document));
  const auto json = nlohmann::json::parse(audit_json(report, result));
  CHECK(json.at("baselines").size() == all.size());
  CHECK(audit_markdown(report, result).find("RFC 8247 §2.1") != std::string::npos);
}

TEST_CASE("a baseline with a wrong name says so", "[reports][audit]") {
  const auto file = std::filesystem::temp_directory_path() / "ikevet-audit-test.json";
  reports::write_file(file,
                      R"({"id": "ikevet-audit-test", "title": "t", "document": "D", "edition": "e", "verified": "v",
    "rules": [{"kind": "ENCR", "algorithms": ["ENCR_AES_CBCC"], "grade": "allowed", "says": "MAY", "clause": "1"}]})");
  CHECK_THROWS_WITH(scenarios::load_audit_baseline(file), Catch::Contains("ENCR_AES_CBCC"));
  std::filesystem::remove(file);
}
