#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cli/output/error_text.hpp"
#include "cli/output/printer.hpp"
#include "cli/output/progress.hpp"
#include "cli/output/text.hpp"

using namespace dpctl;
using namespace dpctl::cli;

TEST_CASE("a table has columns three blanks apart and no trailing blanks") {
  const View view{.columns = {"NAME", "READY"}, .rows = {{"a-long-name", "1/1"}, {"b", ""}}};
  CHECK(render_table(view) == "NAME          READY\na-long-name   1/1\nb\n");
}

TEST_CASE("wide letters take two columns and combining ones none") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("中文") == 4);
  CHECK(display_width("e\u0301") == 1);
}

TEST_CASE("text from a server cannot move the cursor") {
  CHECK(safe_text("a\x1b[2Jb\rc\n") == "a\\x1b[2Jb\\x0dc\n");
}

TEST_CASE("an error shows what, where with a caret, why, and what to do") {
  Error cause{.code = Code::failed, .what = "connection refused", .hints = {"start the server"}};
  const Error error{.code = Code::usage,
                    .what = "unknown key x",
                    .where = Place{.subject = "f.yaml", .line = 3, .column = 2, .source_line = " x: 1"},
                    .hints = {"remove it"},
                    .cause = std::make_shared<const Error>(cause)};
  CHECK(error_text(error, {}) ==
        "error: f.yaml:3:2: unknown key x\n"
        "  3 |  x: 1\n"
        "    |  ^\n"
        "  because connection refused\n"
        "  hint: remove it\n"
        "  hint: start the server\n");
}

TEST_CASE("an error as a document has all fields, null over absent") {
  const Error error{.code = Code::not_found, .what = "no x"};
  CHECK(Json::parse(error_document(error, "json")) == Json{{"error",
                                                            {{"code", "not-found"},
                                                             {"message", "no x"},
                                                             {"where", nullptr},
                                                             {"causes", Json::array()},
                                                             {"hints", Json::array()},
                                                             {"retryable", false}}}});
}

TEST_CASE("plain progress writes one line per change and does not repeat itself") {
  std::string out;
  {
    const auto sink = make_progress("plain", [&out](std::string_view text) { out += text; }, {}, "up");
    sink->emit({.kind = Event::Kind::started, .id = "deploy"});
    for (int i = 0; i < 3; ++i)
      sink->emit({.kind = Event::Kind::waiting, .id = "deploy", .text = "0/2 ready"});
    sink->emit({.kind = Event::Kind::done, .id = "deploy", .text = "2 created"});
  }
  CHECK(out == "deploy: started\ndeploy: waiting, 0/2 ready\ndeploy: done, 2 created\n");
}

TEST_CASE("quiet progress still shows warnings") {
  std::string out;
  const auto sink = make_progress("none", [&out](std::string_view text) { out += text; }, {}, "up");
  sink->emit({.kind = Event::Kind::started, .id = "deploy"});
  sink->emit({.kind = Event::Kind::warning, .text = "old API"});
  CHECK(out == "warning: old API\n");
}

TEST_CASE("JSON progress begins with the version of the format") {
  std::string out;
  make_progress(
      "json", [&out](std::string_view text) { out += text; }, {}, "up")
      ->emit({.kind = Event::Kind::done, .id = "x", .text = "ok"});
  CHECK(out ==
        "{\"command\":\"up\",\"format\":\"dpctl/events/v1\",\"type\":\"version\"}\n"
        "{\"id\":\"x\",\"parent\":null,\"text\":\"ok\",\"type\":\"done\"}\n");
}
