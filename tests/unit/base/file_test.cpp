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

TEST_CASE("a folder is read in byte order, and its links count as what they lead to") {
  const TempDir dir;
  using Kind = FolderEntry::Kind;
  REQUIRE(write_file(dir.path() / "b", ""));
  REQUIRE(write_file(dir.path() / "a" / "inside", ""));
  REQUIRE(write_file(dir.path() / "B", ""));
  std::filesystem::create_symlink("a", dir.path() / "link");
  const auto entries = read_folder(dir.path().string());
  REQUIRE(entries);
  REQUIRE(entries->size() == 4);
  const std::pair<const char*, Kind> wanted[]{
      {"B", Kind::file}, {"a", Kind::folder}, {"b", Kind::file}, {"link", Kind::folder}};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK((*entries)[i].name == wanted[i].first);
    CHECK((*entries)[i].kind == wanted[i].second);
  }
}

TEST_CASE("a link that leads nowhere is an error that names it") {
  const TempDir dir;
  std::filesystem::create_symlink("nowhere", dir.path() / "link");
  const auto read = read_folder(dir.path().string());
  REQUIRE(!read);
  CHECK(read.error().what.find("/link: No such file") != std::string::npos);
}
