#include "lib/net/certificate.hpp"

#include <doctest/doctest.h>

#include "test_server.hpp"

using namespace dpctl;
using namespace dpctl::net;
using namespace dpctl::net::testing;
using std::chrono::hours;

TEST_CASE("a certificate says what it was made to say") {
  auto request = request_for("web, or \"so\"");
  request.organization = "system:masters";
  request.dns_names = {"web.ns.svc", "*.example"};
  request.ip_addresses = {"10.0.0.1", "2001:db8::1"};
  request.uris = {"spiffe://cluster.local/ns/a/sa/b"};
  const auto pair = test_authority().issue(request).value();
  const auto all =
      parse_certificates("text before\n" + pair.certificate_pem + test_authority().certificate_pem()).value();
  REQUIRE(all.size() == 2);
  const auto& leaf = all[0];
  CHECK(leaf.subject == "CN=web\\, or \\\"so\\\",O=system:masters");
  CHECK(leaf.issuer == "CN=test authority");
  CHECK(leaf.dns_names == request.dns_names);
  CHECK(leaf.ip_addresses == request.ip_addresses);
  CHECK(leaf.uris == request.uris);
  CHECK_FALSE(leaf.is_authority);
  CHECK(leaf.sha256.size() == 64);
  CHECK(leaf.not_before == std::chrono::floor<std::chrono::seconds>(request.not_before));
  CHECK(all[1].is_authority);
  CHECK(all[1].subject == all[1].issuer);
  CHECK(key_matches(pair.certificate_pem, pair.key_pem).value());
  CHECK_FALSE(key_matches(pair.certificate_pem, test_authority().key_pem()).value());
}

TEST_CASE("expiry is asked with a clock of one's own") {
  const auto pair = test_authority().issue(request_for("web")).value();
  const auto leaf = parse_certificates(pair.certificate_pem).value().front();
  const auto now = Certificate::Clock::now();
  CHECK(leaf.valid_at(now));
  CHECK_FALSE(leaf.valid_at(now + hours(2)));
  CHECK_FALSE(leaf.valid_at(now - hours(2)));
  CHECK(leaf.expires_within(hours(2), now));
  CHECK_FALSE(leaf.expires_within(std::chrono::minutes(30), now));
}

TEST_CASE("a chain holds through an intermediate, and not after it expired or under another root") {
  const auto now = Certificate::Clock::now();
  const auto middle = test_authority().issue_intermediate(request_for("middle")).value();
  const auto authority = CertificateAuthority::load(middle.certificate_pem, middle.key_pem).value();
  const auto leaf = authority.issue(request_for("leaf")).value();
  const auto chain = leaf.certificate_pem + middle.certificate_pem;
  CHECK(verify_chain(chain, test_authority().certificate_pem(), now));
  CHECK_FALSE(verify_chain(leaf.certificate_pem, test_authority().certificate_pem(), now));
  const auto late = verify_chain(chain, test_authority().certificate_pem(), now + std::chrono::minutes(90));
  REQUIRE_FALSE(late);
  CHECK(one_line(late.error()).find("expired") != std::string::npos);
  const auto other = CertificateAuthority::create("other", now - hours(1), now + hours(1)).value();
  CHECK_FALSE(verify_chain(chain, other.certificate_pem(), now));
}

TEST_CASE("an authority loads from its own PEM, and only a matching pair of an authority loads") {
  const auto leaf = test_authority().issue(request_for("leaf")).value();
  CHECK(CertificateAuthority::load(test_authority().certificate_pem(), test_authority().key_pem()));
  CHECK_FALSE(CertificateAuthority::load(test_authority().certificate_pem(), leaf.key_pem));
  CHECK_FALSE(CertificateAuthority::load(leaf.certificate_pem, leaf.key_pem));
}

TEST_CASE("what is no certificate is refused") {
  CHECK(parse_certificates("").error().what == "no certificate found");
  CHECK(parse_certificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").error().code ==
        Code::usage);
  auto cut = test_authority().certificate_pem();
  cut.resize(cut.size() / 2);
  CHECK_FALSE(parse_certificates(cut));
  CHECK_FALSE(key_matches(test_authority().certificate_pem(), "no key"));
}
