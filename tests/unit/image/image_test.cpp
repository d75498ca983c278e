#include "lib/image/image.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>
#include <zlib.h>

#include <map>
#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/base/file.hpp"
#include "lib/data/json.hpp"
#include "lib/image/service_image.hpp"

using namespace dpctl;
using namespace dpctl::image;

namespace {

Recipe list_files() {
  Recipe recipe;
  recipe.binaries = {"/bin/ls"};
  recipe.files = {{.source = "/etc/hostname", .target = "/etc/lab/name"}};
  recipe.entrypoint = {"/usr/local/bin/ls", "-l"};
  recipe.environment = {{"LANG", "C"}};
  recipe.labels = {{"org.opencontainers.image.title", "ls"}};
  recipe.ports = {8080};
  return recipe;
}

/// path → content, through libarchive.
std::map<std::string, std::string> files_of(const std::string& bytes) {
  std::map<std::string, std::string> files;
  archive* reader = archive_read_new();
  archive_read_support_format_tar(reader);
  archive_read_support_filter_gzip(reader);
  REQUIRE(archive_read_open_memory(reader, bytes.data(), bytes.size()) == ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
    if (!content.empty()) REQUIRE(archive_read_data(reader, content.data(), content.size()) > 0);
    files[archive_entry_pathname(entry)] = std::move(content);
  }
  archive_read_free(reader);
  return files;
}

}  // namespace

TEST_CASE("the same input gives the same digest") {
  const auto first = build(list_files());
  const auto second = build(list_files());
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->digest() == second->digest());
  CHECK(first->digest() == "sha256:" + sha256_hex(first->manifest.bytes));
}

TEST_CASE("an image has libraries in its first layer and programs in its second") {
  const auto image = build(list_files());
  REQUIRE(image);
  REQUIRE(image->layers.size() == 2);
  const auto programs = files_of(image->layers[1].bytes);
  CHECK(programs.contains("usr/local/bin/ls"));
  CHECK(programs.at("etc/lab/name") == *read_file("/etc/hostname"));
  CHECK(programs.at("etc/passwd").find("nonroot:x:65532:65532") != std::string::npos);
  CHECK(programs.contains("tmp/"));
  bool has_libc = false;
  for (const auto& [path, content] : files_of(image->layers[0].bytes))
    has_libc = has_libc || path.ends_with("/libc.so.6");
  CHECK(has_libc);
}

TEST_CASE("the configuration says what runs, as whom, and the digests of the layers before compression") {
  const auto image = build(list_files());
  REQUIRE(image);
  const auto config = parse_json(image->config.bytes, "config");
  REQUIRE(config);
  CHECK(string_at(*config, "os") == "linux");
  CHECK(string_at(*config, "config.User") == "65532:65532");
  CHECK(string_at(*config, "config.Entrypoint.0") == "/usr/local/bin/ls");
  CHECK(find(object_at(*config, "config.ExposedPorts"), "8080/tcp") != nullptr);
  CHECK((*config)["config"]["Labels"]["org.opencontainers.image.title"] == "ls");
  REQUIRE(array_at(*config, "rootfs.diff_ids").size() == 2);
  std::string tar(image->layers[1].bytes.size() * 40 + 1'000'000, '\0');
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(image->layers[1].bytes.data()));
  stream.avail_in = static_cast<uInt>(image->layers[1].bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(tar.data());
  stream.avail_out = static_cast<uInt>(tar.size());
  REQUIRE(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  tar.resize(stream.total_out);
  inflateEnd(&stream);
  CHECK(string_at(*config, "rootfs.diff_ids.1") == "sha256:" + sha256_hex(tar));
}

TEST_CASE("two services of one build share the layer of libraries when they need the same ones") {
  auto one = list_files();
  auto other = list_files();
  other.files.clear();
  other.entrypoint = {"/usr/local/bin/ls"};
  const auto first = build(one);
  const auto second = build(other);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->layers[0].digest == second->layers[0].digest);
  CHECK(first->layers[1].digest != second->layers[1].digest);
}

TEST_CASE("an archive is an OCI image layout whose blobs are named by their digests") {
  TempDir folder;
  const auto image = build(list_files());
  REQUIRE(image);
  REQUIRE(write_archive(*image, "registry.test/lab/ls:1", folder.path() / "ls.tar"));
  const auto files = files_of(*read_file(folder.path() / "ls.tar"));
  CHECK(files.at("oci-layout") == R"({"imageLayoutVersion":"1.0.0"})");
  const auto index = parse_json(files.at("index.json"), "index.json");
  REQUIRE(index);
  CHECK(string_at(*index, "manifests.0.digest") == image->digest());
  CHECK((*index)["manifests"][0]["annotations"]["io.containerd.image.name"] == "registry.test/lab/ls:1");
  CHECK((*index)["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"] == "1");
  std::size_t blobs = 0;
  for (const auto& [path, content] : files) {
    if (!path.starts_with("blobs/sha256/")) continue;
    CHECK(path == "blobs/sha256/" + sha256_hex(content));
    ++blobs;
  }
  CHECK(blobs == 4);
}

TEST_CASE("a folder is placed with all that is in it, links kept") {
  TempDir folder;
  REQUIRE(write_file(folder.path() / "data/a/one", "1"));
  REQUIRE(write_file(folder.path() / "data/two", "2"));
  std::filesystem::create_symlink("two", folder.path() / "data/three");
  Recipe recipe;
  recipe.files = {{.source = folder.path() / "data", .target = "/srv"}};
  const auto image = build(recipe);
  REQUIRE(image);
  REQUIRE(image->layers.size() == 1);
  const auto files = files_of(image->layers[0].bytes);
  CHECK(files.at("srv/a/one") == "1");
  CHECK(files.at("srv/two") == "2");
  CHECK(files.contains("srv/three"));
}

TEST_CASE("a recipe of nothing and a file that is not there are refused") {
  CHECK(build({}).error().code == Code::usage);
  Recipe recipe;
  recipe.files = {{.source = "/nowhere/at/all", .target = "/x"}};
  const auto image = build(recipe);
  REQUIRE_FALSE(image);
  CHECK(image.error().code == Code::not_found);
  CHECK(image.error().what.find("/nowhere/at/all") != std::string::npos);
}

TEST_CASE("a service's recipe runs the program as nonroot under its own name") {
  const auto recipe = recipe_for_service("/build/normalization-service", "1.2.3");
  CHECK(recipe.entrypoint == std::vector<std::string>{"/usr/local/bin/normalization-service"});
  CHECK(recipe.user == "65532:65532");
  CHECK(recipe.labels.at("org.opencontainers.image.version") == "1.2.3");
  CHECK(recipe.ports == std::vector<int>{8080, 9090});
}
