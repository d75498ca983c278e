#include "lib/plan/environment.hpp"

#include <doctest/doctest.h>

#include "lib/base/strings.hpp"

using namespace dpctl;
using namespace dpctl::plan;

namespace {

constexpr std::string_view kHead = "apiVersion: dpctl/v1\nkind: Environment\n";

Result<Environment> decode(std::string_view body) {
  return decode_environment(std::string(kHead) + std::string(body), "dpctl.yaml");
}

}  // namespace

TEST_CASE("what the file does not say has its default") {
  const auto env = decode("");
  REQUIRE(env);
  CHECK(env->ns == "data-processing");
  CHECK(env->release.name == "data-processing-pipeline");
  CHECK(env->release.chart == "builtin:pipeline");
  CHECK(env->infra_enabled);
}

TEST_CASE("an unknown key is refused at its place with the nearest known one") {
  const auto env = decode("stores:\n  kafka:\n    bootstrp: x\n");
  REQUIRE(!env);
  CHECK(env.error().code == Code::usage);
  CHECK(one_line(env.error()) == "dpctl.yaml:5:5: unknown key stores.kafka.bootstrp");
  CHECK(env.error().hints.front() == "did you mean bootstrap?");
}

TEST_CASE("all problems are reported at once, the first one first") {
  const auto env = decode("mesh: {enabled: maybe}\nnamespase: x\n");
  REQUIRE(!env);
  CHECK(env.error().what == "mesh.enabled must be a boolean, not string");
  CHECK(join(env.error().hints, "\n").find("unknown key namespase") != std::string::npos);
}

TEST_CASE("a service outside the four is unknown") {
  const auto env = decode("services:\n  normalisation: {replicas: 2}\n");
  REQUIRE(!env);
  CHECK(env.error().hints.front() == "did you mean normalization?");
}

TEST_CASE("a secret is never a value") {
  const auto env = decode("stores:\n  clickhouse:\n    passwordFrom: hunter2\n");
  REQUIRE(!env);
  CHECK(env.error().what == "stores.clickhouse.passwordFrom does not say where the secret comes from");
  CHECK(one_line(env.error()).find("hunter2") == std::string::npos);
}

TEST_CASE("the three sources of a secret are understood") {
  const auto env = decode(
      "stores:\n  clickhouse: {passwordFrom: {env: PW}}\n  postgres: {dsnFrom: {file: dsn.txt}}\n"
      "  redis: {passwordFrom: {secretRef: {name: redis, key: password}}}\n");
  REQUIRE(env);
  CHECK(env->clickhouse.password.kind == SecretSource::Kind::env);
  CHECK(env->postgres.dsn.name == "dsn.txt");
  CHECK(env->redis.password.key == "password");
}

TEST_CASE("nested settings of a release become dotted paths") {
  const auto env = decode(
      "release:\n  set:\n    services.normalization.image.tag: v1.2.3\n    global: {environment: "
      "production}\n");
  REQUIRE(env);
  CHECK(env->release.set.at("services.normalization.image.tag") == "\"v1.2.3\"");
  CHECK(env->release.set.at("global.environment") == "\"production\"");
}

TEST_CASE("another kind of file is not an environment") {
  const auto env = decode_environment("apiVersion: v1\nkind: Pod\n", "pod.yaml");
  REQUIRE(!env);
  CHECK(env.error().what == "apiVersion is v1, not dpctl/v1");
}
