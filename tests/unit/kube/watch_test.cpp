#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/kube/fake_api.hpp"

using namespace dpctl;
using namespace dpctl::kube;
using namespace dpctl::kube::testing;

namespace {

const Gvk kConfigMap{"", "v1", "ConfigMap"};

Deadline soon() { return Deadline::after(std::chrono::seconds(15)); }

std::string spell(const WatchEvent& event) {
  const std::string name = string_at(event.object, "metadata.name");
  switch (event.kind) {
    case WatchEvent::Kind::added: return "+" + name;
    case WatchEvent::Kind::modified: return "~" + name;
    case WatchEvent::Kind::deleted: return "-" + name;
    case WatchEvent::Kind::bookmark: return "|";
  }
  return "?";
}

/// Watches until an event is told as `last`; the story so far.
std::vector<std::string> story_of(const FakeApi& api, const std::string& last,
                                  Cluster::Options options = {}) {
  auto cluster = api.cluster(std::move(options));
  std::vector<std::string> story;
  const auto watched = cluster.watch(
      kConfigMap, "x", {},
      [&](const WatchEvent& event) {
        story.push_back(spell(event));
        return story.back() != last;
      },
      soon());
  if (!watched) story.push_back(one_line(watched.error()));
  return story;
}

bool is_watch(const FakeApi::Request& r) { return r.target.find("watch=1") != std::string::npos; }
bool from(const FakeApi::Request& r, const std::string& version) {
  return r.target.find("resourceVersion=" + version + "&") != std::string::npos;
}

}  // namespace

TEST_CASE("after 410 the list comes again, and what vanished meanwhile is told as deleted") {
  const FakeApi api([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.number == 0) return false;
    if (!is_watch(r)) {
      if (r.number == 1)
        return c.write(
            json_response(200, config_map_list({config_map("a", "1"), config_map("b", "2")}, "10")));
      return c.write(
          json_response(200, config_map_list({config_map("b", "2"), config_map("c", "11")}, "20")));
    }
    begin_stream(c);
    if (from(r, "10")) {
      send_piece(c, watch_line("ERROR", status_body(410, "Expired", "too old resource version")));
    } else {
      send_piece(c, watch_line("MODIFIED", config_map("b", "21")));
    }
    end_stream(c);
    return true;
  });
  CHECK(story_of(api, "~b") == std::vector<std::string>{"+a", "+b", "|", "+c", "-a", "|", "~b"});
}

TEST_CASE("410 as the status of the watch itself is the same") {
  const FakeApi api([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.number == 0) return false;
    if (!is_watch(r)) return c.write(json_response(200, config_map_list({}, std::to_string(r.number * 10))));
    if (from(r, "10")) return c.write(json_response(410, status_body(410, "Gone", "gone")));
    begin_stream(c);
    send_piece(c, watch_line("ADDED", config_map("a", "99")));
    end_stream(c);
    return true;
  });
  CHECK(story_of(api, "+a") == std::vector<std::string>{"|", "|", "+a"});
}

TEST_CASE("a watch that breaks resumes from the last version it saw, bookmarks included") {
  const FakeApi api([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.number == 0) return false;
    if (!is_watch(r)) return c.write(json_response(200, config_map_list({}, "10")));
    if (from(r, "10")) {
      begin_stream(c);
      send_piece(c, watch_line("ADDED", config_map("a", "11")));
      send_piece(c, watch_line("BOOKMARK", R"({"kind":"ConfigMap","metadata":{"resourceVersion":"15"}})"));
      c.reset();
      return true;
    }
    if (!from(r, "15")) return false;
    begin_stream(c);
    send_piece(c, watch_line("DELETED", config_map("a", "16")));
    end_stream(c);
    return true;
  });
  CHECK(story_of(api, "-a") == std::vector<std::string>{"|", "+a", "|", "-a"});
}

TEST_CASE("events may be cut anywhere, and a line of garbage only costs a new connection") {
  const FakeApi api([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.number == 0) return false;
    if (!is_watch(r)) return c.write(json_response(200, config_map_list({}, "10")));
    begin_stream(c);
    if (from(r, "10")) {
      const std::string line = watch_line("ADDED", config_map("a", "11"));
      for (const char byte : line) send_piece(c, std::string(1, byte));
      send_piece(c, "{\"type\": \"ADDED\", \"object\"\n");
    } else if (from(r, "11")) {
      send_piece(c, watch_line("ADDED", config_map("b", "12")) + watch_line("ADDED", config_map("c", "13")));
    }
    end_stream(c);
    return true;
  });
  CHECK(story_of(api, "+c") == std::vector<std::string>{"|", "+a", "+b", "+c"});
}

TEST_CASE("a watch that has gone silent is taken for dead") {
  const FakeApi api([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.number == 0) return false;
    if (!is_watch(r)) return c.write(json_response(200, config_map_list({}, "10")));
    begin_stream(c);
    if (r.number == 2) {
      // Half-open: nothing comes any more, and nothing ends, until the client goes.
      (void)c.read_some();
      return true;
    }
    send_piece(c, watch_line("ADDED", config_map("a", "11")));
    end_stream(c);
    return true;
  });
  Cluster::Options options;
  options.watch_silence = std::chrono::milliseconds(200);
  CHECK(story_of(api, "+a", options) == std::vector<std::string>{"|", "+a"});
}

TEST_CASE("a server that fails for a while is asked again, and a refusal is final") {
  const FakeApi flaky([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.number == 0) return false;
    if (!is_watch(r)) return c.write(json_response(200, config_map_list({}, "10")));
    if (r.number < 4)
      return c.write(json_response(500, status_body(500, "InternalError", "etcd is electing")));
    begin_stream(c);
    send_piece(c, watch_line("ADDED", config_map("a", "11")));
    end_stream(c);
    return true;
  });
  CHECK(story_of(flaky, "+a") == std::vector<std::string>{"|", "+a"});
  const FakeApi refusing([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.number == 0) return false;
    if (!is_watch(r)) return c.write(json_response(200, config_map_list({}, "10")));
    return c.write(json_response(403, status_body(403, "Forbidden", "cannot watch")));
  });
  auto cluster = refusing.cluster();
  const auto denied = cluster.watch(kConfigMap, "x", {}, [](const WatchEvent&) { return true; }, soon());
  REQUIRE(!denied);
  CHECK(denied.error().code == Code::denied);
  CHECK(denied.error().where->subject == "watch configmaps in x");
}
