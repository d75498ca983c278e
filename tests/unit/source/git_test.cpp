#include "lib/source/git.hpp"

#include <doctest/doctest.h>

using namespace dpctl;
using source::parse_git;

TEST_CASE("an address of a git repository has a ref and a path") {
  struct Case {
    const char *text, *url, *ref, *path;
  };
  for (const auto& [text, url, ref, path] : {
           Case{"git+https://h/o/r.git@v1//charts/web", "https://h/o/r.git", "v1", "charts/web"},
           Case{"git+https://h/r", "https://h/r", "", ""},
           Case{"git+ssh://git@h:22/o/r.git@feature/x//a", "ssh://git@h:22/o/r.git", "feature/x", "a"},
           Case{"git+https://me:pw@h/r//a/./b/", "https://me:pw@h/r", "", "a/b"},
           Case{"git+file:///srv/r.git@main", "file:///srv/r.git", "main", ""},
       }) {
    CAPTURE(text);
    const auto address = parse_git(text);
    REQUIRE(address);
    CHECK(address->url == url);
    CHECK(address->ref == ref);
    CHECK(address->path == path);
  }
}

TEST_CASE("an address that leads elsewhere is refused") {
  for (const auto* text :
       {"git+https://h/r//../x", "git+https://h/r//a/../../x", "git+ext::sh -c x", "git+https://h",
        "git+foo://h/r", "git+https://h/r@//a", "git+https://h/r@a:b", "git+https://h/r@+x"}) {
    CAPTURE(text);
    const auto address = parse_git(text);
    REQUIRE_FALSE(address);
    CHECK(address.error().code == Code::usage);
  }
}
