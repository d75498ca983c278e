#include "lib/image/layer.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>

#include <vector>

#include "lib/data/gzip.hpp"

using namespace dpctl;
using namespace dpctl::image;

namespace {

struct Seen {
  std::string path, link, content;
  unsigned mode;
  long uid, time;
};

/// Reads with libarchive: somebody else's reader.
std::vector<Seen> read_tar(const std::string& bytes) {
  std::vector<Seen> seen;
  archive* reader = archive_read_new();
  archive_read_support_format_tar(reader);
  archive_read_support_filter_gzip(reader);
  REQUIRE(archive_read_open_memory(reader, bytes.data(), bytes.size()) == ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
    if (!content.empty())
      REQUIRE(archive_read_data(reader, content.data(), content.size()) ==
              static_cast<la_ssize_t>(content.size()));
    const char* link = archive_entry_symlink(entry);
    seen.push_back({archive_entry_pathname(entry), link == nullptr ? "" : link, content,
                    static_cast<unsigned>(archive_entry_perm(entry)),
                    static_cast<long>(archive_entry_uid(entry)),
                    static_cast<long>(archive_entry_mtime(entry))});
  }
  archive_read_free(reader);
  return seen;
}

}  // namespace

TEST_CASE("a tree becomes a tar with parents first, root as owner, time zero") {
  Tree tree;
  REQUIRE(tree.add("/usr/local/bin/x", {.mode = 0755, .content = "program"}));
  REQUIRE(tree.add("/etc/passwd", {.content = "root"}));
  REQUIRE(tree.add("/tmp", {.kind = Entry::Kind::directory, .mode = 01777}));
  REQUIRE(tree.add("/bin", {.kind = Entry::Kind::link, .mode = 0777, .content = "usr/bin"}));
  const auto seen = read_tar(tree.tar());
  std::vector<std::string> paths;
  for (const auto& entry : seen) {
    paths.push_back(entry.path);
    CHECK(entry.uid == 0);
    CHECK(entry.time == 0);
  }
  CHECK(paths == std::vector<std::string>{"bin", "etc/", "etc/passwd", "tmp/", "usr/", "usr/local/",
                                          "usr/local/bin/", "usr/local/bin/x"});
  CHECK(seen[0].link == "usr/bin");
  CHECK(seen[3].mode == 01777);
  CHECK(seen[7].content == "program");
  CHECK(seen[7].mode == 0755);
}

TEST_CASE("paths and links longer than ustar has room for survive in PAX headers") {
  Tree tree;
  const std::string deep =
      "/" + std::string(90, 'a') + "/" + std::string(90, 'b') + "/" + std::string(200, 'c');
  REQUIRE(tree.add(deep, {.content = "deep"}));
  REQUIRE(tree.add("/link", {.kind = Entry::Kind::link, .mode = 0777, .content = deep}));
  const auto seen = read_tar(tree.tar());
  CHECK(seen[2].path == deep.substr(1));
  CHECK(seen[2].content == "deep");
  CHECK(seen[3].link == deep);
}

TEST_CASE("the order of adding does not change the bytes") {
  Tree a;
  Tree b;
  REQUIRE(a.add("/x/1", {.content = "1"}));
  REQUIRE(a.add("/x/2", {.content = "2"}));
  REQUIRE(b.add("/x/2", {.content = "2"}));
  REQUIRE(b.add("/x/1", {.content = "1"}));
  CHECK(a.tar() == b.tar());
  CHECK(gzip(a.tar()) == gzip(b.tar()));
}

TEST_CASE("gzip is read back by another reader and names no system") {
  std::string content;
  for (int i = 0; i < 200'000; ++i) content += static_cast<char>(i * 7919 % 251);
  Tree tree;
  REQUIRE(tree.add("/f", {.content = content}));
  const auto packed = gzip(tree.tar());
  CHECK(read_tar(packed)[0].content == content);
  CHECK(packed.substr(4, 4) == std::string(4, '\0'));   // MTIME
  CHECK(static_cast<unsigned char>(packed[9]) == 255);  // OS
}

TEST_CASE("paths that climb, repeat or contradict each other are refused") {
  Tree tree;
  CHECK_FALSE(tree.add("etc/passwd", {}));
  CHECK_FALSE(tree.add("/etc/../passwd", {}));
  CHECK_FALSE(tree.add("/etc//passwd", {}));
  CHECK_FALSE(tree.add("/", {}));
  REQUIRE(tree.add("/a", {.content = "1"}));
  CHECK(tree.add("/a", {.content = "1"}));
  CHECK_FALSE(tree.add("/a", {.content = "2"}));
  CHECK_FALSE(tree.add("/a/b", {}));
}
