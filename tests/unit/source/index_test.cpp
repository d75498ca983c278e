#include "lib/source/index.hpp"

#include <doctest/doctest.h>

using namespace dpctl;
using namespace dpctl::source;

namespace {

const Index kIndex = *Index::parse(R"(apiVersion: v1
entries:
  web:
  - {name: web, version: 1.0.0, urls: [a]}
  - {name: web, version: 1.10.0, urls: [b]}
  - {name: web, version: 1.2.0+build, urls: [c]}
  - {name: web, version: 2.0.0-rc.1, urls: [d]}
  - {name: web, version: latest, urls: [e]}
  - {version: 9.0.0}
  - 7
  early:
  - {name: early, version: 0.1.0-alpha}
)",
                                   "index.yaml");

std::string chosen(const std::string& wanted, bool devel = false) {
  const auto entry = kIndex.choose("web", wanted, devel);
  return entry ? (*entry)->version : entry.error().what;
}

}  // namespace

TEST_CASE("versions stand newest first, and rows that are no charts are left out") {
  const auto& versions = kIndex.charts().at("web");
  REQUIRE(versions.size() == 4);
  CHECK(versions[0].version == "2.0.0-rc.1");
  CHECK(versions[1].version == "1.10.0");
  CHECK(versions[2].version == "1.2.0+build");
  CHECK(versions[3].version == "1.0.0");
}

TEST_CASE("the newest release is chosen, a version by its name, a range by its newest") {
  CHECK(chosen("") == "1.10.0");
  CHECK(chosen("", true) == "2.0.0-rc.1");
  CHECK(chosen("2.0.0-rc.1") == "2.0.0-rc.1");
  CHECK(chosen("~1.2") == "1.2.0+build");
  CHECK(chosen("<1.2") == "1.0.0");
  CHECK(chosen(">1-0") == "2.0.0-rc.1");
  CHECK(chosen("3") == "no chart version found for web-3");
  CHECK_FALSE(kIndex.choose("nope", "", false));
  CHECK_FALSE(kIndex.choose("early", "", false));
  CHECK(kIndex.choose("early", "", true));
}

TEST_CASE("what is no index is refused with its name") {
  for (const auto* text : {"", "[]", "<html>", "entries: {}", "apiVersion: ''"}) {
    CAPTURE(text);
    const auto index = Index::parse(text, "https://example.org/index.yaml");
    REQUIRE_FALSE(index);
    CHECK(index.error().what.find("https://example.org/index.yaml") != std::string::npos);
  }
  CHECK(Index::parse(R"({"apiVersion": "v1"})", "json"));
}

TEST_CASE("an index that is merged keeps its other versions") {
  const auto text = write_index(
      {}, "", "apiVersion: v1\nentries: {web: [{name: web, version: 1.0.0}, {name: web, version: 2.0.0}]}",
      "2026-01-02T03:04:05Z", false);
  REQUIRE(text);
  CHECK(*text ==
        "apiVersion: v1\nentries:\n  web:\n  - name: web\n    version: 2.0.0\n  - name: web\n    version: "
        "1.0.0\n"
        "generated: \"2026-01-02T03:04:05Z\"\n");
}
