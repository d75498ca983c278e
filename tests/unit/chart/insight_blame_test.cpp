#include <doctest/doctest.h>

#include "lib/chart/insight/blame.hpp"

using namespace dpctl;
using namespace dpctl::chart;

namespace {

std::shared_ptr<Chart> sample() {
  auto chart = load_files(
      {{"Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"},
       {"values.yaml",
        "replicas: 1\nimage:\n  name: nginx\n  tag: '1'\nextra: {a: b}\nlive: true\nargs: [x, y]\n"},
       {"templates/a.yaml",
        "{{- if .Values.live }}\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  replicas: {{ "
        ".Values.replicas }}\n"
        "  args: {{ toJson .Values.args }}\n"
        "  {{- include \"body\" . | nindent 2 }}\n  pass: {{ randAlpha 9 }}\n{{- end }}\n"},
       {"templates/_h.tpl",
        "{{ define \"body\" -}}\nimage: {{ .Values.image.name }}:{{ .Values.image.tag }}\n"
        "replicas2: {{ .Values.db.port }}\n{{ end }}"},
       {"charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"},
       {"charts/db/values.yaml", "# note\nport: 5432\n"}});
  REQUIRE(chart);
  return *chart;
}

std::string sources(const std::string& field, const ValueFlags& flags = {}) {
  const auto found = blame(*sample(), flags, {}, field);
  if (!found) return one_line(found.error());
  std::string text = found->fields.at(0).template_;
  for (const auto& cause : found->fields.at(0).causes)
    text +=
        " | " + cause.origin.path + " " + cause.origin.set_by + (cause.decides_presence ? " presence" : "");
  return text;
}

}  // namespace

TEST_CASE("a field is traced to its line and to the default that sets it") {
  CHECK(sources("deployment/d:spec.replicas") ==
        "web/templates/a.yaml:6 | live values.yaml:6 presence | replicas values.yaml:1");
}

TEST_CASE("a field that a helper prints is traced into the helper, to all its values") {
  CHECK(sources("deployment/d:spec.image") ==
        "web/templates/_h.tpl:2 | image.name values.yaml:3 | image.tag values.yaml:4 | live values.yaml:6 "
        "presence");
}

TEST_CASE("flags and files win over defaults in the answer as in the render") {
  const ValueFlags flags{.files = {{"prod.yaml", "image:\n  tag: '2'\n"}}, .set = {"image.name=caddy"}};
  CHECK(sources("deployment/d:spec.image", flags) ==
        "web/templates/_h.tpl:2 | image.name --set image.name=caddy | image.tag prod.yaml:2 | "
        "live values.yaml:6 presence");
}

TEST_CASE("a default of a subchart and an element of a list are found") {
  CHECK(sources("deployment/d:spec.replicas2").find("db.port charts/db/values.yaml:2") != std::string::npos);
  CHECK(sources("deployment/d:spec.args[1]").find("args[1] values.yaml:7") != std::string::npos);
}

TEST_CASE("a field that is drawn by lot is said to be") {
  const auto found = blame(*sample(), {}, {}, "deployment/d:spec.pass");
  REQUIRE(found);
  CHECK(found->fields.at(0).by_lot);
}

TEST_CASE("a field that is not there is an error with the nearest one, and a bound is told") {
  CHECK(sources("deployment/d:spec.replica").find("has no field spec.replica") != std::string::npos);
  CHECK(sources("deployment/x:spec").find("renders no deployment/x") != std::string::npos);
  const auto cut = blame(*sample(), {}, {}, "deployment/d:spec.replicas", {.renders = 2});
  REQUIRE(cut);
  CHECK(cut->cut);
}
