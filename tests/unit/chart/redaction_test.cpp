#include <doctest/doctest.h>

#include "lib/base/encoding.hpp"
#include "lib/chart/redaction.hpp"
#include "lib/chart/insight/masked.hpp"
#include "lib/chart/value/text.hpp"

using namespace dpctl;
using namespace dpctl::chart;

namespace {

const std::vector<SecretValue> kOne{{.path = "db.password", .source = "env:DB", .text = "hunter2-\"quoted\""}};

/// The text without its secrets, which must not be found in it, and back.
std::string redacted(const std::string& text, const std::vector<SecretValue>& secrets = kOne) {
  auto out = redact(text, secrets);
  CHECK(out.find(secrets[0].text) == std::string::npos);
  CHECK(restore(out, secrets) == text);
  return out;
}

}  // namespace

TEST_CASE("a secret is replaced wherever it stands, and comes back") {
  CHECK(redacted("a: " + kOne[0].text + "\n") == "a: dpctl.secret(db.password)\n");
  redacted("dsn: postgres://u:" + kOne[0].text + "@h/db");
  redacted(R"(json: {"p": "hunter2-\"quoted\""})");
  CHECK(redacted("nothing of it") == "nothing of it");
}

TEST_CASE("a secret is found in base64, in a longer text, and in base64 of base64") {
  const auto inner = base64_encode("user:" + kOne[0].text);
  const auto outer = base64_encode(R"({"auths":{"r":{"auth":")" + inner + "\"}}}");
  const auto out = redacted("data:\n  p: " + base64_encode(kOne[0].text) + "\n  config: " + outer + "\n");
  CHECK(out.find(base64_encode(kOne[0].text)) == std::string::npos);
  CHECK(out.find("dpctl.secret.base64(") != std::string::npos);
}

TEST_CASE("a secret of several lines is found indented, too") {
  const std::vector<SecretValue> key{
      {.path = "key", .source = "file:key", .text = "-----BEGIN KEY-----\nMIIBOgIBAAJBAK\n-----END KEY-----"}};
  const auto out = redacted("key: |\n  -----BEGIN KEY-----\n  MIIBOgIBAAJBAK\n  -----END KEY-----\n", key);
  CHECK(out.find("MIIB") == std::string::npos);
}

TEST_CASE("a secret that changed since comes back as it is now") {
  auto later = kOne;
  later[0].text = "rotated";
  CHECK(restore(redact("p: " + base64_encode("x" + kOne[0].text), kOne), later) == "p: " + base64_encode("xrotated"));
}

TEST_CASE("a mark of which nothing is known is an error") {
  const auto restored = restore("a: dpctl.secret(other)", kOne);
  REQUIRE_FALSE(restored);
  CHECK(restored.error().what.find("other") != std::string::npos);
}

TEST_CASE("marks among values are found, filled and kept apart") {
  const auto values = from_yaml("db: {password: {$secret: env:DB}, name: x}\nother: {$secret: 'secretRef:s/k'}", "v");
  auto secrets = marked_secrets(*values);
  REQUIRE(secrets.size() == 2);
  CHECK(secrets[0].path == "db.password");
  CHECK(secrets[1].source == "secretRef:s/k");
  secrets[0].text = "one";
  secrets[1].text = "two";
  CHECK(to_json(with_secrets(*values, secrets)) == R"({"db":{"name":"x","password":"one"},"other":"two"})");
  CHECK(to_json(with_placeholders(*values)) == R"({"db":{"name":"x","password":"env:DB"},"other":"secretRef:s/k"})");
  CHECK(marked_secrets(*values).size() == 2);  // the values themselves stay marked
}

TEST_CASE("what Secrets hold is masked, and nothing else changes") {
  const std::string map = "---\n# Source: c/templates/a.yaml\nkind: ConfigMap\ndata: {Secret: 'x'}\n";
  const auto masked = mask_secrets(map + "---\n# Source: c/templates/s.yaml\napiVersion: v1\nkind: Secret\ndata:\n  p: aHVudGVyMg==\n" + map);
  CHECK(masked == map + "---\n# Source: c/templates/s.yaml\napiVersion: v1\ndata:\n  p: '***'\nkind: Secret\n" + map);
}
