#include <doctest/doctest.h>

#include "lib/chart/insight/explain.hpp"
#include "lib/chart/insight/selection.hpp"
#include "lib/chart/insight/usage.hpp"
#include "lib/chart/render.hpp"
#include "lib/chart/values.hpp"

using namespace dpctl;
using namespace dpctl::chart;

namespace {

std::string unused(std::vector<File> files, const std::string& user) {
  files.push_back({"Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"});
  const auto chart = load_files(std::move(files));
  REQUIRE(chart);
  const auto found = unused_values(**chart, *read_values(user, "user.yaml"));
  REQUIRE(found);
  std::string text;
  for (const auto& value : *found) text += value.path + "(" + value.suggestion + ");";
  return text;
}

std::string unused(const std::string& body, const std::string& defaults, const std::string& user) {
  return unused({{"values.yaml", defaults}, {"templates/a.yaml", body}}, user);
}

}  // namespace

TEST_CASE("a misspelled value is named with the nearest that is read") {
  CHECK(unused("x: {{ .Values.replicaCount }}", "replicaCount: 1", "replicaCout: 3") ==
        "replicaCout(did you mean replicaCount?);");
  CHECK(unused("x: {{ .Values.image.tag }}", "image: {tag: a}", "image: {tga: b}") ==
        "image.tga(did you mean image.tag?);");
}

TEST_CASE("a value that the chart names itself is never unused") {
  CHECK(unused("x: 1", "spare: 1", "spare: 2").empty());
}

TEST_CASE("a map that is used as a whole is read to its leaves") {
  CHECK(
      unused("x: {{ toYaml .Values.resources }}", "resources: {}", "resources: {limits: {cpu: 1}}").empty());
  CHECK(unused("{{ with .Values.a }}x: {{ .b }}{{ end }}", "", "a: {b: 1, c: 2}").empty());
  CHECK(unused("{{ range $k, $v := .Values }}# {{ $k }}\n{{ end }}", "", "any: 1").empty());
  CHECK(unused("{{ $v := .Values }}x: {{ $v.any }}", "", "any: 1").empty());
  CHECK(unused("x: {{ index .Values \"a\" .Release.Name }}", "", "a: {any: 1}").empty());
}

TEST_CASE("keys that functions name are read") {
  CHECK(unused("x: {{ index .Values \"a-b\" \"c\" }}", "", "a-b: {c: 1, other: 2}") == "a-b.other();");
  CHECK(unused("x: {{ ((.Values.a).b).c }}", "", "a: {b: {c: 1}}").empty());
  CHECK(unused("x: {{ hasKey .Values \"k\" }}", "", "k: 1").empty());
}

TEST_CASE("texts that tpl runs are read too") {
  CHECK(unused("x: {{ tpl .Values.t . }}", "t: '{{ .Values.mine }}'", "mine: 1").empty());
  CHECK(unused("x: {{ tpl (printf \"{{ .Values.%s }}\" .Release.Name) . }}", "", "mine: 1").empty());
}

TEST_CASE("a subchart's values are looked at in the subchart, and helpers read for every chart") {
  const std::vector<File> files{
      {"values.yaml", ""},
      {"templates/a.yaml", "x: {{ include \"h\" . }}"},
      {"templates/_h.tpl", "{{ define \"h\" }}{{ .Values.helped }}{{ end }}"},
      {"charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"},
      {"charts/db/values.yaml", "port: 1\n"},
      {"charts/db/templates/b.yaml", "y: {{ .Values.port }}{{ .Values.global.zone }}"}};
  CHECK(unused(files, "db: {port: 2, helped: 1}\nhelped: 1\nglobal: {zone: a}").empty());
  CHECK(unused(files, "db: {prot: 2}") == "db.prot(did you mean db.port?);");
  CHECK(unused(files, "port: 2") == "port(did you mean db.port?);");
}

TEST_CASE("show-only matches by folder, star and set, and each pattern must match") {
  CHECK(path_matches("templates/*.yaml", "templates/a.yaml"));
  CHECK_FALSE(path_matches("templates/*.yaml", "templates/sub/a.yaml"));
  CHECK(path_matches("templates/[^b]?.yaml", "templates/ax.yaml"));
  CHECK_FALSE(path_matches("templates/[^a]?.yaml", "templates/ax.yaml"));
  CHECK(path_matches("*a*b", "xaxxab"));
  CHECK_FALSE(path_matches("[", "["));
  const std::string text =
      "---\n# Source: web/templates/a.yaml\na: 1\n---\n# Source: web/templates/b.yaml\nb: 1\n";
  const std::vector<std::string> both{"templates/b.yaml", "templates/*"};
  CHECK(*show_only(text, both) ==
        "---\n# Source: web/templates/b.yaml\nb: 1\n---\n# Source: web/templates/a.yaml\na: 1\n"
        "---\n# Source: web/templates/b.yaml\nb: 1\n");
  const std::vector<std::string> one_missing{"templates/a.yaml", "templates/c.yaml"};
  const auto missing = show_only(text, one_missing);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().what == "could not find template templates/c.yaml in chart");
}

TEST_CASE("the name of a release is one that Helm accepts, and may be a template") {
  CHECK(check_release_name("a-b.c"));
  CHECK_FALSE(check_release_name("A"));
  CHECK_FALSE(check_release_name(std::string(54, 'a')));
  CHECK(*name_from_template("x-{{ lower \"ABC\" }}") == "x-abc");
  CHECK_FALSE(name_from_template("{{"));
}

TEST_CASE("explain finds random, clock and cluster with their places, and leaves literal tpl alone") {
  const auto chart =
      load_files({{"Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"},
                  {"templates/a.yaml",
                   "x: {{ randAlpha 5 }}\n{{ if lookup \"v1\" \"Secret\" \"\" \"\" }}{{ end }}\n"
                   "{{ tpl \"a\" . }}{{ tpl .Values.t . }}"}});
  REQUIRE(chart);
  const auto found = explain(**chart, Value::map());
  REQUIRE(found);
  REQUIRE(found->size() == 3);
  CHECK((*found)[0].place == "web/templates/a.yaml:1:7");
  CHECK((*found)[0].function == "randAlpha");
  CHECK((*found)[1].function == "lookup");
  CHECK((*found)[2].function == "tpl");
}

TEST_CASE("an error of a template has its line and the trail of the value") {
  const auto chart = load_files({{"Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"},
                                 {"values.yaml", "# note\na:\n  c: 1\n"},
                                 {"templates/a.yaml", "k: v\nx: {{ .Values.a.b.c }}\n"}});
  REQUIRE(chart);
  const auto rendered = render(**chart, Value::map(), {});
  REQUIRE_FALSE(rendered);
  REQUIRE(rendered.error().where);
  CHECK(rendered.error().where->source_line == "x: {{ .Values.a.b.c }}");
  REQUIRE(rendered.error().hints.size() == 1);
  CHECK(rendered.error().hints[0] == ".Values.a is a map, set at values.yaml:2, .Values.a.b is missing");
}
