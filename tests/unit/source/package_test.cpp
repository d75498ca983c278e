#include "lib/source/package.hpp"

#include <doctest/doctest.h>

#include "lib/base/file.hpp"
#include "lib/data/gzip.hpp"
#include "tests/unit/chart/tar_text.hpp"

using namespace dpctl;
using test::tar_end;
using test::tar_entry;

namespace {

std::string chart_named(const std::string& name, const std::string& entries) {
  return gzip(tar_entry("web/Chart.yaml", "apiVersion: v2\nname: " + name + "\nversion: 1.0.0\n") + entries +
              tar_end());
}

}  // namespace

TEST_CASE("a chart unpacks into a folder of its name") {
  const TempDir into;
  const auto folder =
      source::unpack(chart_named("web", tar_entry("web/templates/a.yaml", "a: 1\n")), "web.tgz", into.path());
  REQUIRE(folder);
  CHECK(*folder == into.path() / "web");
  CHECK(*read_file(*folder / "templates/a.yaml") == "a: 1\n");
}

TEST_CASE("a name of a chart that is a path is refused and nothing is written") {
  for (const auto* name : {"..", ".", "a/b", "../x", "/x"}) {
    const TempDir into;
    CAPTURE(name);
    CHECK_FALSE(source::unpack(chart_named(name, ""), "web.tgz", into.path()));
    CHECK(std::filesystem::is_empty(into.path()));
  }
}

TEST_CASE("a link that lies in the target already leads nowhere") {
  const TempDir into, elsewhere;
  std::filesystem::create_directories(into.path() / "web");
  std::filesystem::create_directory_symlink(elsewhere.path(), into.path() / "web" / "templates");
  const auto folder =
      source::unpack(chart_named("web", tar_entry("web/templates/a.yaml", "a: 1\n")), "web.tgz", into.path());
  REQUIRE_FALSE(folder);
  CHECK(folder.error().what.find("would be written outside") != std::string::npos);
  CHECK(std::filesystem::is_empty(elsewhere.path()));
}

TEST_CASE("a package loads as the chart that it was made of") {
  const auto chart =
      chart::load_archive(chart_named("web", tar_entry("web/" + std::string(90, 'd') + "/x", "x")), "x");
  REQUIRE(chart);
  (*chart)->files.push_back({std::string(150, 'e') + "/y", "y"});  // needs a PAX header
  const auto bytes = source::package(**chart);
  REQUIRE(bytes);
  const auto again = chart::load_archive(*bytes, "again");
  REQUIRE(again);
  CHECK((*again)->files.size() == 2);
  CHECK((*again)->files[1].name == std::string(150, 'e') + "/y");
}
