#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/chart/release.hpp"
#include "lib/chart/value/text.hpp"

using namespace dpctl;
using namespace dpctl::chart;

namespace {
Release sample() {
  Release release;
  release.name = "web";
  release.ns = "shop";
  release.version = 3;
  release.status = "deployed";
  release.first_deployed = "2024-01-02T03:04:05Z";
  release.manifest = "---\n# Source: web/templates/a.yaml\nkind: ConfigMap\n";
  release.config = map_of({{"replicas", Value::int64(2)}});
  release.labels = {{"team", "a"}};
  release.hooks = {{.name = "job",
                    .kind = "Job",
                    .path = "web/templates/j.yaml",
                    .manifest = "kind: Job",
                    .events = {"pre-install"},
                    .weight = 2}};
  release.chart = *load_files({{"Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0"},
                               {"values.yaml", "a: 1"},
                               {"templates/a.yaml", "x"}});
  return release;
}
}  // namespace

TEST_CASE("a release survives the way through its Secret") {
  const auto secret = to_secret(sample(), 1700000000);
  REQUIRE(secret);
  CHECK(string_at(*secret, "metadata.name") == "sh.helm.release.v1.web.v3");
  CHECK(string_at(*secret, "type") == "helm.sh/release.v1");
  CHECK(secret->at("metadata").at("labels").at("createdAt") == "1700000000");
  const auto release = from_secret(*secret);
  REQUIRE(release);
  CHECK(release->version == 3);
  CHECK(release->manifest == sample().manifest);
  CHECK(release->labels.at("team") == "a");
  CHECK(to_json(release->config) == R"({"replicas":2})");
  REQUIRE(release->hooks.size() == 1);
  CHECK(release->hooks[0].weight == 2);
  REQUIRE(release->chart);
  CHECK(release->chart->templates[0].data == "x");
  CHECK(to_json(release->chart->values) == R"({"a":1})");
}

TEST_CASE("a damaged record is an error, not a crash") {
  CHECK_FALSE(decode_release("not base64 !"));
  CHECK_FALSE(decode_release(base64_encode("\x1f\x8b cut short")));
  CHECK_FALSE(decode_release(base64_encode("{\"name\":")));
}

TEST_CASE("a record that is plain JSON is read too") {
  const auto release =
      decode_release(base64_encode(R"({"name":"x","version":1,"info":{"status":"failed","deleted":""}})"));
  REQUIRE(release);
  CHECK(release->status == "failed");
}
