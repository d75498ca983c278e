#include "lib/image/elf.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "lib/base/file.hpp"

using namespace dpctl;
using namespace dpctl::image;

namespace {

std::vector<std::string> names(const Closure& closure) {
  std::vector<std::string> out;
  for (const auto& library : closure.libraries) out.push_back(library.name);
  return out;
}

bool has(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

TEST_CASE(
    "the closure of a real program holds its libraries, theirs, and the dynamic loader at the place the "
    "kernel looks") {
  const std::filesystem::path programs[] = {"/bin/ls"};
  const auto closure = library_closure(programs);
  REQUIRE(closure);
  CHECK(has(names(*closure), "libc.so.6"));
  CHECK(has(names(*closure), "libselinux.so.1"));
  CHECK(has(names(*closure), "libpcre2-8.so.0"));  // needed by libselinux alone
  const auto info = parse_elf(*read_file("/bin/ls"), "/bin/ls");
  REQUIRE(info);
  const auto loader = std::find_if(closure->libraries.begin(), closure->libraries.end(),
                                   [&](const auto& library) { return library.target == info->interpreter; });
  CHECK(loader != closure->libraries.end());
  for (const auto& library : closure->libraries) CHECK(std::filesystem::is_regular_file(library.source));
}

TEST_CASE("the closure of this test program agrees with what the loader mapped into it") {
  const std::filesystem::path programs[] = {"/proc/self/exe"};
  const auto closure = library_closure(programs);
  REQUIRE(closure);
  const auto maps = *read_file("/proc/self/maps");
  for (const auto& library : closure->libraries) {
    CAPTURE(library.source);
    CHECK(maps.find(library.source.string()) != std::string::npos);
  }
}

TEST_CASE("a library that a program opens by name comes along with what it needs") {
  const std::filesystem::path programs[] = {"/bin/ls"};
  const std::string opened[] = {"libcurl.so.4"};
  const auto closure = library_closure(programs, opened);
  REQUIRE(closure);
  CHECK(has(names(*closure), "libcurl.so.4"));
  CHECK(has(names(*closure), "libssl.so.3"));
}

TEST_CASE("a script is not a program: the error says so") {
  TempDir folder;
  REQUIRE(write_file(folder.path() / "run.sh", "#!/bin/sh\necho\n", 0755));
  const std::filesystem::path programs[] = {folder.path() / "run.sh"};
  const auto closure = library_closure(programs);
  REQUIRE_FALSE(closure);
  CHECK(closure.error().code == Code::usage);
  CHECK(one_line(closure.error()).find("run.sh is not an ELF program") != std::string::npos);
}

TEST_CASE("a missing shared library is named together with the file that needs it") {
  TempDir folder;
  auto bytes = *read_file("/bin/ls");
  const auto at = bytes.find("libselinux.so.1");
  REQUIRE(at != std::string::npos);
  bytes.replace(at, 15, "libabsentx.so.1");
  REQUIRE(write_file(folder.path() / "broken", bytes, 0755));
  const std::filesystem::path programs[] = {folder.path() / "broken"};
  const auto closure = library_closure(programs);
  REQUIRE_FALSE(closure);
  CHECK(closure.error().code == Code::not_found);
  CHECK(closure.error().what.find("broken needs the shared library libabsentx.so.1") != std::string::npos);
}

TEST_CASE("programs of two architectures do not fit into one image") {
  TempDir folder;
  auto bytes = *read_file("/bin/ls");
  const std::string_view other =
      bytes[18] == 62 ? std::string_view("\xb7\0", 2) : std::string_view("\x3e\0", 2);
  bytes.replace(18, 2, other);  // e_machine
  bytes.replace(bytes.find("/lib"), 4, "/LIB");
  REQUIRE(write_file(folder.path() / "foreign", bytes, 0755));
  const std::filesystem::path programs[] = {"/bin/ls", folder.path() / "foreign"};
  const auto closure = library_closure(programs);
  REQUIRE_FALSE(closure);
  CHECK(closure.error().what.find("the other programs of the image are for") != std::string::npos);
}

TEST_CASE("a file that is cut at any place is an error, never a crash") {
  const auto whole = *read_file("/bin/ls");
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    const auto info = parse_elf(std::string_view(whole).substr(0, size), "cut");
    if (!info) CHECK_FALSE(info.error().what.empty());
  }
}

TEST_CASE("bytes turned over in the headers are an error or a harmless answer, never a crash") {
  const auto whole = read_file("/bin/ls")->substr(0, 8192);
  for (std::size_t i = 0; i < 1024; ++i) {
    auto bytes = whole;
    bytes[i] = static_cast<char>(~bytes[i]);
    const auto info = parse_elf(bytes, "turned");
    if (!info) CHECK_FALSE(info.error().what.empty());
  }
}
