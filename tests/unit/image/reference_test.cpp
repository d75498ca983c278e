#include <doctest/doctest.h>

#include <string>

#include "lib/image/image.hpp"

using namespace dpctl;
using namespace dpctl::image;

TEST_CASE("references come apart into registry, repository, tag and digest") {
  const std::string digest = "sha256:" + std::string(64, 'a');
  struct Row {
    std::string text, registry, repository, tag, digest;
  };
  const Row rows[] = {
      {"10.99.0.1:5000/dpctl/normalization-service:dev", "10.99.0.1:5000", "dpctl/normalization-service",
       "dev", ""},
      {"localhost/a:1", "localhost", "a", "1", ""},
      {"localhost:5000/a", "localhost:5000", "a", "latest", ""},
      {"registry.test/a/b.c/d__e/f--g@" + digest, "registry.test", "a/b.c/d__e/f--g", "", digest},
      {"registry.test/a:v1@" + digest, "registry.test", "a", "v1", digest},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto reference = parse_reference(row.text);
    REQUIRE(reference);
    CHECK(reference->registry == row.registry);
    CHECK(reference->repository == row.repository);
    CHECK(reference->tag == row.tag);
    CHECK(reference->digest == row.digest);
  }
}

TEST_CASE("what is not a reference says why and how one is written") {
  for (const char* text :
       {"", "redis", "redis:7", "library/redis", "registry.test/", "registry.test/UPPER",
        "registry.test/a//b", "registry.test/a:bad tag", "registry.test/a@sha256:12",
        "registry.test/a@md5:00", "registry.test/a_.b", "registry.test/../b", "regi stry.test/a"}) {
    CAPTURE(text);
    const auto reference = parse_reference(text);
    REQUIRE_FALSE(reference);
    CHECK(reference.error().code == Code::usage);
    CHECK(reference.error().hints.size() == 1);
  }
}
