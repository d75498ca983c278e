#include "lib/chart/post_render.hpp"

#include <doctest/doctest.h>

#include "lib/chart/render.hpp"

using namespace dpctl;
using namespace dpctl::chart;

namespace {

const std::string kMap = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";

Result<std::string> same(const std::string& documents) { return documents; }

}  // namespace

TEST_CASE("each document travels with the name of its file, and goes back there without it") {
  std::string seen;
  const auto files = post_rendered({{"web/templates/b.yaml", kMap + "---\n# only a comment\n---\n" + kMap},
                                    {"web/templates/a.yaml", kMap},
                                    {"web/templates/_helpers.tpl", "not: rendered"},
                                    {"web/templates/empty.yaml", " \n"}},
                                   [&](const std::string& documents) -> Result<std::string> {
                                     seen = documents;
                                     return documents;
                                   });
  REQUIRE(files);
  REQUIRE(files->size() == 2);
  CHECK(files->at(0).path == "web/templates/a.yaml");
  CHECK(files->at(0).content == kMap);
  CHECK(files->at(1).content == kMap + "---\n" + kMap);
  CHECK(
      seen.starts_with("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations:\n"
                       "    postrenderer.helm.sh/postrender-filename: web/templates/a.yaml\n"));
}

TEST_CASE("annotations and numbers of the document's own stay as they are") {
  const std::string text =
      "apiVersion: v1\ndata:\n  big: 12345678901\n  text: \"007\"\nkind: ConfigMap\nmetadata:\n  "
      "annotations:\n"
      "    team: data\n  name: a\n";
  const auto files = post_rendered({{"a.yaml", text}}, same);
  REQUIRE(files);
  CHECK(files->front().content == text);
}

TEST_CASE("a document that the program made gets a name of its own") {
  const auto files = post_rendered(
      {{"a.yaml", kMap}},
      [](const std::string& documents) -> Result<std::string> { return documents + "---\n" + kMap; });
  REQUIRE(files);
  REQUIRE(files->size() == 2);
  CHECK(files->at(1).path == "generated-by-postrender-1.yaml");
}

TEST_CASE("what is no object, and nothing at all, are refused by name") {
  CHECK(post_rendered({{"a.yaml", "- a\n- list\n"}}, same).error().what ==
        "a document in a.yaml is no object, and a post-renderer takes only objects");
  CHECK(post_rendered({{"a.yaml", "metadata: text\n"}}, same).error().what ==
        "metadata of a document in a.yaml is no map");
  const auto answering = [](std::string text) {
    return post_rendered({{"a.yaml", kMap}}, [&](const std::string&) -> Result<std::string> { return text; });
  };
  CHECK(answering("# nothing\n").error().what == "the post-renderer returned no objects");
  CHECK(answering(kMap + "---\n- a list\n").error().what ==
        "document 2 of the post-renderer's output is no object");
  CHECK(!answering("a: [\n"));
  CHECK(post_rendered(
            {{"a.yaml", kMap}},
            [](const std::string&) -> Result<std::string> { return fail(Code::timed_out, "it hangs"); })
            .error()
            .code == Code::timed_out);
}
