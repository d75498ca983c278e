#include <doctest/doctest.h>

#include "lib/chart/insight/stable.hpp"
#include "lib/chart/values.hpp"

using namespace dpctl;
using namespace dpctl::chart;

namespace {

std::shared_ptr<Chart> chart_with(const std::string& body) {
  auto chart =
      load_files({{"Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"}, {"templates/a.yaml", body}});
  REQUIRE(chart);
  return *chart;
}

Value values_of(const std::string& text) { return *read_values(text, "user.yaml"); }

const std::string kSecret =
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations:\n    rolled: {{ now | unixEpoch | "
    "quote "
    "}}\ndata:\n  # a note\n  password: {{ randAlphaNum 20 | b64enc }}\n  user: {{ .Values.user | b64enc "
    "}}\n";
const std::string kDeployment =
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  template:\n    metadata:\n"
    "      annotations:\n        checksum/secret: {{ include \"secret\" . | sha256sum }}\n";

}  // namespace

TEST_CASE("a render in which nothing changed is the previous one, byte for byte") {
  const auto chart = chart_with(kSecret);
  const auto first = render(*chart, values_of("user: a"), {});
  REQUIRE(first);
  const auto again = render(*chart, values_of("user: a"), {});
  CHECK(again->manifest_text() != first->manifest_text());
  const auto stable = render_stable(*chart, values_of("user: a"), {}, first->manifest_text());
  REQUIRE(stable);
  CHECK(stable->manifest_text() == first->manifest_text());
}

TEST_CASE("what changed is new, and what was drawn stays, comments included") {
  const auto chart = chart_with(kSecret);
  const auto first = render(*chart, values_of("user: a"), {});
  const auto stable = render_stable(*chart, values_of("user: b"), {}, first->manifest_text());
  REQUIRE(stable);
  auto expected = first->manifest_text();
  expected.replace(expected.find("user: YQ=="), 10, "user: Yg==");
  CHECK(stable->manifest_text() == expected);
}

TEST_CASE("a certificate and its key stay together, and go together when the names change") {
  const auto chart = chart_with(
      "{{ $ca := genCA .Values.name 365 }}apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n"
      "  tls.crt: {{ $ca.Cert | b64enc }}\n  tls.key: {{ $ca.Key | b64enc }}\n  pass: {{ randAlpha 12 }}\n");
  const auto first = render(*chart, values_of("name: one"), {});
  REQUIRE(first);
  const auto same = render_stable(*chart, values_of("name: one"), {}, first->manifest_text());
  CHECK(same->manifest_text() == first->manifest_text());
  const auto other = render_stable(*chart, values_of("name: two"), {}, first->manifest_text());
  const auto& text = other->manifests.at(0).content;
  const auto line = [](const std::string& in, const std::string& key) {
    const auto at = in.find(key);
    return in.substr(at, in.find('\n', at) - at);
  };
  const auto& before = first->manifests.at(0).content;
  CHECK(line(text, "tls.crt") != line(before, "tls.crt"));
  CHECK(line(text, "tls.key") != line(before, "tls.key"));
  CHECK(line(text, "pass") == line(before, "pass"));
}

TEST_CASE("the digest of a secret stays while the secret does, and moves with its other fields") {
  const auto indented = [&] {
    return "{{ define \"secret\" }}{{ .Values.user }}{{ randAlpha 9 }}{{ end }}" + kSecret + kDeployment;
  }();
  const auto chart = chart_with(indented);
  const auto first = render(*chart, values_of("user: a"), {});
  REQUIRE(first);
  const auto same = render_stable(*chart, values_of("user: a"), {}, first->manifest_text());
  CHECK(same->manifest_text() == first->manifest_text());
  const auto other = render_stable(*chart, values_of("user: b"), {}, first->manifest_text());
  CHECK(other->manifests.at(1).kind == "Deployment");
  CHECK(other->manifests.at(1).content != first->manifests.at(1).content);
}

TEST_CASE("an object that is new is rendered anew, and no previous manifest is a plain render") {
  const auto chart = chart_with(kSecret);
  const auto first = render(*chart, values_of("user: a"), {});
  CHECK(render_stable(*chart, values_of("user: a"), {}, ""));
  const auto stable = render_stable(*chart, values_of("user: a"), {}, "---\nkind: ConfigMap\n");
  REQUIRE(stable);
  CHECK(stable->manifest_text() != first->manifest_text());
}
