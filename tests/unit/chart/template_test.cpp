#include <doctest/doctest.h>
#include <fmt/format.h>

#include "lib/chart/render.hpp"
#include "lib/chart/value/text.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

using namespace dpctl;
using namespace dpctl::chart;

namespace {

Result<Rendered> render_files(std::vector<File> templates, const std::string& values = "",
                              const RenderOptions& options = {}) {
  std::vector<File> files{{"Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"},
                          {"values.yaml", values}};
  for (auto& file : templates) files.push_back({"templates/" + file.name, file.data});
  auto chart = load_files(std::move(files));
  if (!chart) return fail(std::move(chart).error());
  return render(**chart, Value::map(), options);
}

std::string output(const std::string& body, const std::string& values = "") {
  const auto rendered = render_files({{"a.yaml", "x: " + body}}, values);
  return rendered ? rendered->manifests.at(0).content : one_line(rendered.error());
}

}  // namespace

TEST_CASE("a number of a values file is a float64 and prints as Go prints one") {
  CHECK(output("{{ .Values.a }}", "a: 1000000") == "x: 1e+06");
  CHECK(output("{{ int .Values.a }}", "a: 1000000") == "x: 1000000");
}

TEST_CASE("comparing a float64 with an integer literal fails the render at its place") {
  const auto rendered = render_files({{"a.yaml", "x: {{ eq .Values.a 5 }}"}}, "a: 5");
  REQUIRE_FALSE(rendered);
  CHECK(rendered.error().what.find("incompatible types for comparison") != std::string::npos);
  REQUIRE(rendered.error().where);
  CHECK(rendered.error().where->line == 1);
}

TEST_CASE("a field of a missing value is an error, in parentheses it is empty") {
  CHECK(output("{{ .Values.a.b }}").find("nil pointer evaluating interface {}.b") != std::string::npos);
  CHECK(output("'{{ (.Values.a).b }}'") == "x: ''");
}

TEST_CASE("what set changes is seen by the templates that run later, which are those with smaller names") {
  const auto rendered = render_files(
      {{"z.yaml", "{{ $_ := set .Values \"k\" \"changed\" }}"}, {"a.yaml", "x: {{ .Values.k }}"}}, "k: old");
  REQUIRE(rendered);
  CHECK(rendered->manifests.at(0).content == "x: changed");
}

TEST_CASE("a define inside tpl is seen by that text and vanishes with it") {
  CHECK(output("{{ tpl \"{{ define \\\"t\\\" }}T{{ end }}{{ include \\\"t\\\" . }}\" . }}") == "x: T");
  CHECK(output("{{ tpl \"{{ define \\\"t\\\" }}T{{ end }}\" . }}{{ include \"t\" . }}").find("no template") !=
        std::string::npos);
}

TEST_CASE("recursion without end is refused, not a crash") {
  const auto text = output("{{ define \"loop\" }}{{ include \"loop\" . }}{{ end }}{{ include \"loop\" . }}");
  CHECK(text.find("nested reference name") != std::string::npos);
  CHECK(output("{{ define \"loop\" }}{{ template \"loop\" . }}{{ end }}{{ template \"loop\" . }}")
            .find("nested too deeply") != std::string::npos);
}

TEST_CASE("a list as deep as a loop makes it is taken apart without our stack") {
  CHECK(output("{{ $x := list }}{{ range until 200000 }}{{ $x = list $x }}{{ end }}{{ len $x }}") == "x: 1");
}

// Values are counted by reference, so one that holds itself is never freed (value.hpp).
#if defined(__SANITIZE_ADDRESS__)
using LeaksOnPurpose = __lsan::ScopedDisabler;
#else
struct LeaksOnPurpose {
  LeaksOnPurpose() {}
};
#endif

TEST_CASE("a map that holds itself can be neither copied nor written") {
  const LeaksOnPurpose nobody_frees_it;
  const std::string self = "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}";
  CHECK(output(self + "{{ deepCopy $d }}").find("holds itself") != std::string::npos);
  CHECK(output(self + "'{{ toJson $d }}'") == "x: ''");
}

TEST_CASE("a small value whose text would be endless is refused") {
  const std::string twice = "{{ $x := list 1 }}{{ range until 60 }}{{ $x = list $x $x }}{{ end }}";
  CHECK(output(twice + "{{ deepCopy (list (dict \"a\" $x)) | len }}").find("too large") != std::string::npos);
}

TEST_CASE("what a chart builds counts as what it writes does") {
  const auto rendered =
      render_files({{"a.yaml", "{{ range until 100 }}{{ $x := repeat 2000000 \"a\" }}{{ end }}"}}, "",
                   {.limits = {.output = 10'000'000}});
  REQUIRE_FALSE(rendered);
  CHECK(rendered.error().what.find("more than its bound") != std::string::npos);
}

TEST_CASE("a loop without end ends at the bound of steps") {
  const auto rendered = render_files({{"a.yaml", "{{ range 9223372036854775807 }}{{ end }}"}}, "",
                                     {.limits = {.steps = 100'000}});
  REQUIRE_FALSE(rendered);
  CHECK(rendered.error().what.find("more steps than its bound") != std::string::npos);
}

TEST_CASE("has looks through the API versions as through any list") {
  CHECK(output("{{ has \"apps/v1\" .Capabilities.APIVersions }}") == "x: true");
}

TEST_CASE("nothing given to include is nothing, so its fields are empty") {
  CHECK(output("'{{ define \"t\" }}{{ .a.b }}{{ end }}{{ include \"t\" nil }}'") == "x: ''");
}

TEST_CASE("manifests stand in the order of installation and hooks apart") {
  const auto rendered = render_files(
      {{"a.yaml", "kind: Deployment\nmetadata: {name: d}\n---\nkind: Service\nmetadata: {name: s}\n"},
       {"b.yaml",
        "kind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: \"pre-install,pre-upgrade\", "
        "helm.sh/hook-weight: \"-5\"}}\n"}});
  REQUIRE(rendered);
  REQUIRE(rendered->manifests.size() == 2);
  CHECK(rendered->manifests[0].kind == "Service");
  REQUIRE(rendered->hooks.size() == 1);
  CHECK(rendered->hooks[0].events == std::vector<std::string>{"pre-install", "pre-upgrade"});
  CHECK(rendered->hooks[0].weight == -5);
}

TEST_CASE("a version that a person gave is normalised, one that a server told is not") {
  chart::Capabilities given, served;
  REQUIRE(given.set_version("1.33.4-gke.1"));
  CHECK(given.text() == "v1.33.4");
  CHECK(given.version == "v1.33.4-gke.1");
  served.set_served_version("v1.33.4-gke.1", "1", "33+");
  CHECK(served.text() == "v1.33.4-gke.1");
  CHECK(served.minor == "33+");
}

namespace {

/// Enough files for the helper to take part; each calls another one by its path, before or after that one is
/// executed, and a define that comes last.
std::vector<File> many_files(std::size_t count) {
  std::vector<File> files;
  for (std::size_t i = 0; i < count; ++i) {
    const auto other = fmt::format("web/templates/f{:03}.yaml", (i * 7 + 3) % count);
    const auto body = fmt::format(
        "n{}: '{{{{ include \"last\" . }}}}'\n{{{{- if not .only }}}}\n"
        "other: {{{{ include \"{}\" (dict \"only\" true) | trim | quote }}}}\n{{{{- end }}}}\n# ",
        i, other);
    files.push_back({fmt::format("f{:03}.yaml", i), body + std::string(600, '-') + "\n"});
  }
  files.push_back({"a.yaml", "{{ define \"last\" }}here{{ end }}"});
  return files;
}

}  // namespace

TEST_CASE("of many files each is read in time, whoever parses it") {
  constexpr std::size_t kCount = 300;
  for (int round = 0; round < 10; ++round) {
    const auto rendered = render_files(many_files(kCount));
    REQUIRE(rendered);
    REQUIRE(rendered->manifests.size() == kCount);
    CHECK(rendered->manifests[5].content.starts_with("n5: 'here'\nother: \"n38: 'here'\\n#"));
  }
}

TEST_CASE("of many broken files the one that Helm parses first is told, also when one that runs fails") {
  for (int round = 0; round < 10; ++round) {
    auto files = many_files(300);
    for (const std::size_t broken : {20, 150, 280}) files[broken].data += "{{ nosuch }}";
    files[299].data += "{{ fail \"when it runs\" }}";
    const auto rendered = render_files(std::move(files));
    REQUIRE_FALSE(rendered);
    CHECK(rendered.error().what ==
          "parse error at (web/templates/f280.yaml:6): function \"nosuch\" not defined");
  }
}
