#include "lib/base/file.hpp"

#include <doctest/doctest.h>

using namespace dpctl;

TEST_CASE("a written file reads back, and its folder is made") {
  const TempDir dir;
  REQUIRE(write_file(dir.path() / "a" / "b.txt", "text"));
  CHECK(*read_file(dir.path() / "a" / "b.txt") == "text");
}

TEST_CASE("a missing file is not found, and the error names it") {
  const auto read = read_file("/nonexistent/x");
  REQUIRE(!read);
  CHECK(read.error().code == Code::not_found);
  CHECK(read.error().what == "cannot read /nonexistent/x: No such file or directory");
}

TEST_CASE("a file over the limit is refused") {
  const TempDir dir;
  REQUIRE(write_file(dir.path() / "big", std::string(100, 'x')));
  CHECK(!read_file(dir.path() / "big", 99));
  CHECK(read_file(dir.path() / "big", 100));
}

TEST_CASE("a folder cannot be read as a file") { CHECK(!read_file("/")); }
