#include "lib/source/oci.hpp"

#include <doctest/doctest.h>

#include "lib/data/gzip.hpp"
#include "tests/unit/chart/tar_text.hpp"
#include "tests/unit/image/http_peer.hpp"

using namespace dpctl;
using namespace dpctl::source;
using test::HttpPeer;

namespace {

Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

std::string chart_bytes() {
  return gzip(test::tar_entry("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n") +
              test::tar_end());
}

/// A registry of one chart that can lie.
struct Liar {
  std::string config = R"({"name":"web","version":"1.0.0","apiVersion":"v2"})";
  std::string chart = chart_bytes();
  std::string config_type = "application/vnd.cncf.helm.config.v1+json";
  std::string served = chart;  ///< what is sent in place of the chart
  std::string tags = R"({"tags":["1.0.0"]})";
  long long claimed_size = -1;
  std::string claimed_manifest{};  ///< Docker-Content-Digest of the manifest, when not its own

  [[nodiscard]] std::string manifest() const {
    return fmt::format(
        R"({{"schemaVersion":2,"config":{{"mediaType":"{}","digest":"{}","size":{}}},"layers":[{{"mediaType":)"
        R"("application/vnd.cncf.helm.chart.content.v1.tar+gzip","digest":"{}","size":{}}}]}})",
        config_type, image::digest_of(config), config.size(), image::digest_of(chart),
        claimed_size < 0 ? static_cast<long long>(chart.size()) : claimed_size);
  }

  HttpPeer::Reply answer(const HttpPeer::Request& request) {
    if (request.path.ends_with("/tags/list")) return {.body = tags};
    if (request.path.find("/manifests/") != std::string::npos)
      return {.headers = {{"Docker-Content-Digest",
                           claimed_manifest.empty() ? image::digest_of(manifest()) : claimed_manifest}},
              .body = manifest()};
    if (request.path.ends_with(image::digest_of(config))) return {.body = config};
    if (request.path.ends_with(image::digest_of(chart))) return {.body = served};
    return {.status = 404};
  }

  Result<RegistryChart> pull(const std::string& tail, const std::string& version = "1.0.0") {
    HttpPeer peer([this](const HttpPeer::Request& request) { return answer(request); });
    return pull_chart("oci://" + peer.host() + "/charts/web" + tail, version, {}, soon(), {});
  }
};

}  // namespace

TEST_CASE("an honest registry gives the chart") {
  Liar registry;
  const auto chart = registry.pull("");
  REQUIRE_MESSAGE(chart, one_line(chart.error()));
  CHECK(chart->bytes == registry.chart);
  CHECK(chart->digest == image::digest_of(registry.manifest()));
}

TEST_CASE("a registry that serves another chart than its manifest names is refused") {
  Liar registry;
  registry.served[registry.served.size() / 2] ^= 1;
  const auto chart = registry.pull("");
  REQUIRE_FALSE(chart);
  CHECK(one_line(chart.error()).find("is not what its digest says") != std::string::npos);
}

TEST_CASE("a registry that serves another manifest than was asked for is refused") {
  Liar registry;
  const auto chart = registry.pull("@" + image::digest_of("another"), "");
  REQUIRE_FALSE(chart);
  CHECK(one_line(chart.error()).find("is not what its digest says") != std::string::npos);
  registry.claimed_manifest = image::digest_of("another");
  CHECK_FALSE(registry.pull(""));
}

TEST_CASE("a registry that sends more than its manifest says is refused") {
  Liar registry;
  registry.claimed_size = 10;
  CHECK_FALSE(registry.pull(""));
  registry.claimed_size = 1LL << 40;
  const auto chart = registry.pull("");
  REQUIRE_FALSE(chart);
  CHECK(one_line(chart.error()).find("impossible size") != std::string::npos);
}

TEST_CASE("an image is no chart") {
  Liar registry;
  registry.config_type = "application/vnd.oci.image.config.v1+json";
  const auto chart = registry.pull("");
  REQUIRE_FALSE(chart);
  CHECK(one_line(chart.error()).find("is no artifact of the type") != std::string::npos);
}

TEST_CASE("tags that are no versions are passed over") {
  Liar registry;
  registry.tags =
      R"({"tags":["latest","v9.0.0","8","sha256-x.sig","0.9.0","1.0.0-rc.1",7,"1.0.0","0.10.0"]})";
  const auto chart = registry.pull("", "");
  REQUIRE_MESSAGE(chart, one_line(chart.error()));
  CHECK(chart->reference.ends_with("/charts/web:1.0.0"));
}

TEST_CASE("a reference that names no chart is refused") {
  for (const auto* text : {"oci://", "oci://host", "oci://host.example/", "oci://h.example/UP/x:1.0.0",
                           "oci://h.example/x@sha256:short"}) {
    CAPTURE(text);
    const auto chart = pull_chart(text, "1.0.0", {}, soon(), {});
    REQUIRE_FALSE(chart);
    CHECK(chart.error().code == Code::usage);
  }
}
