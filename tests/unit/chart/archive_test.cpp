#include "lib/chart/archive.hpp"

#include <doctest/doctest.h>

#include "lib/data/gzip.hpp"
#include "tar_text.hpp"

using namespace dpctl;
using namespace dpctl::chart;
using test::tar_end;
using test::tar_entry;

namespace {

const std::string kAbout = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

std::string packed(const std::string& entries) {
  return gzip(tar_entry("web/Chart.yaml", kAbout) + entries + tar_end());
}

/// Why the archive is refused; empty when it is not.
std::string refusal(const std::string& bytes, const LoadLimits& limits = {}) {
  const auto chart = load_archive(bytes, "web.tgz", limits);
  return chart ? "" : one_line(chart.error());
}

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an honest archive loads") {
  const auto chart = load_archive(packed(tar_entry("web/templates/a.yaml", "a: 1\n")), "web.tgz");
  REQUIRE(chart);
  CHECK((*chart)->templates[0].data == "a: 1\n");
}

TEST_CASE("paths that lead out of the chart are refused") {
  for (const std::string name : {"web/../../x", "../../x", "../x", "/etc/x", "web//etc/../../../x",
                                 "web/a/../../x", "web\\..\\x", "web/c:/x", "web/."}) {
    CAPTURE(name);
    CHECK(refusal(packed(tar_entry(name, "x"))) != "");
  }
}

TEST_CASE("an archive that was made on Windows has slashes of its own") {
  const auto chart = load_archive(packed(tar_entry("web\\templates\\a.yaml", "a: 1\n")), "web.tgz");
  REQUIRE(chart);
  CHECK((*chart)->templates[0].name == "templates/a.yaml");
}

TEST_CASE("links and devices are refused, wherever they point") {
  for (const char type : {'1', '2', '3', '4', '6'}) {
    CAPTURE(type);
    CHECK(says(refusal(packed(tar_entry("web/templates/a.yaml", "", type, "/etc/passwd"))),
               "is a link or a device"));
  }
  CHECK(says(refusal(packed(tar_entry("web/a", "", '2', "Chart.yaml"))), "is a link or a device"));
}

TEST_CASE("a name that stands twice is refused, however it is written") {
  CHECK(says(refusal(packed(tar_entry("web/Chart.yaml", kAbout))), "holds Chart.yaml twice"));
  CHECK(says(refusal(packed(tar_entry("web/a/b", "1") + tar_entry("web/a/./b", "2"))), "holds a/b twice"));
}

TEST_CASE("what unpacks to more than a chart may have is refused before it is in memory") {
  const auto bomb = packed(tar_entry("web/big", std::string(8U << 20U, '\0')));
  REQUIRE(bomb.size() < 64U << 10U);
  CHECK(says(refusal(bomb, {.file = 1U << 20U}), "is larger than the 1048576 bytes"));
  CHECK(says(refusal(bomb, {.total = 1U << 20U}), "unpacks to more than the 1048576 bytes"));
}

TEST_CASE("too many files are refused") {
  std::string entries;
  for (int i = 0; i < 30; ++i) entries += tar_entry(fmt::format("web/f{}", i), "");
  CHECK(says(refusal(packed(entries), {.files = 20}), "holds more than the 20 files"));
}

TEST_CASE("archives within archives share one budget") {
  std::string nested;
  for (int i = 0; i < 6; ++i) {
    const auto name = fmt::format("sub{}", i);
    nested +=
        tar_entry("web/charts/" + name + ".tgz",
                  gzip(tar_entry(name + "/Chart.yaml", fmt::format("name: {}\nversion: 1.0.0\n", name)) +
                       tar_entry(name + "/big", std::string(300'000, 'x')) + tar_end()));
  }
  const auto bytes = packed(nested);
  CHECK(refusal(bytes) == "");
  CHECK(says(refusal(bytes, {.total = 1'000'000}), "unpacks to more than the 1000000 bytes"));
}

TEST_CASE("a chart within a chart within a chart ends at a depth") {
  std::string inner = packed("");
  for (int i = 0; i < 20; ++i) inner = packed(tar_entry("web/charts/web.tgz", inner));
  CHECK(says(refusal(inner), "charts are nested more than 16 deep"));
}

TEST_CASE("an archive that is cut short is refused, wherever it was cut") {
  std::string noise;
  for (unsigned i = 0, x = 1; i < 5000; ++i)
    noise += static_cast<char>((x = x * 1103515245U + 12345U) >> 16U);
  const auto whole = packed(tar_entry("web/noise", noise));
  REQUIRE(refusal(whole) == "");
  for (std::size_t size = 0; size + 8 < whole.size(); size += 97) {
    CAPTURE(size);
    CHECK(refusal(whole.substr(0, size)) != "");
  }
  CHECK(refusal(gzip(tar_entry("web/Chart.yaml", kAbout) + tar_entry("web/a", "x", '0', "", 100'000))) != "");
}

TEST_CASE("what is no gzip is named") {
  CHECK(says(refusal("hello"), "does not appear to be a gzipped archive"));
  CHECK(says(refusal(""), "does not appear to be a gzipped archive"));
}
