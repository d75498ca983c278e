#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/base/file.hpp"
#include "lib/kube/conflict.hpp"
#include "lib/kube/credentials.hpp"
#include "tests/unit/kube/fake_api.hpp"

using namespace dpctl;
using namespace dpctl::kube;
using namespace dpctl::kube::testing;
using net::testing::response;

namespace {

const Gvk kConfigMap{"", "v1", "ConfigMap"};
const ObjectRef kOne{kConfigMap, "x", "one"};

Deadline soon() { return Deadline::after(std::chrono::seconds(10)); }

/// Answers everything but discovery with the same response.
FakeApi::Handler always(std::string text) {
  return [text = std::move(text)](net::testing::Connection& c, const FakeApi::Request& r) {
    return r.number > 0 && c.write(text);
  };
}

Result<Json> get_from(const FakeApi& api) {
  auto cluster = api.cluster();
  return cluster.get(kOne, soon());
}

bool starts(const std::string& text, std::string_view with) { return text.rfind(with, 0) == 0; }

}  // namespace

TEST_CASE("each status has its code, the server's message, and says whether to try again") {
  struct Row {
    int status;
    Code code;
    bool retryable;
  };
  for (const auto& row :
       {Row{401, Code::denied, false}, Row{403, Code::denied, false}, Row{404, Code::not_found, false},
        Row{409, Code::conflict, false}, Row{422, Code::failed, false}, Row{400, Code::failed, false},
        Row{500, Code::failed, true}}) {
    const FakeApi api(
        always(json_response(row.status, status_body(row.status, "Reason", "Operation refused"))));
    const auto answer = get_from(api);
    REQUIRE(!answer);
    CHECK(answer.error().code == row.code);
    CHECK(answer.error().retryable == row.retryable);
    CHECK(answer.error().what == "operation refused");
    REQUIRE(answer.error().where);
    CHECK(answer.error().where->subject == "get configmap/one in x");
  }
}

TEST_CASE("429 is waited out as Retry-After says") {
  const FakeApi api([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.number == 0) return false;
    if (r.number == 1)
      return c.write(
          json_response(429, status_body(429, "TooManyRequests", "slow down"), "Retry-After: 1\r\n"));
    return c.write(json_response(200, config_map("one", "1")));
  });
  const auto start = std::chrono::steady_clock::now();
  const auto answer = get_from(api);
  REQUIRE_MESSAGE(answer, one_line(answer.error()));
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(900));
}

TEST_CASE("an answer that is not JSON says so") {
  const FakeApi html(
      always(response(200, "<html>welcome to the proxy</html>", "Content-Type: text/html\r\n")));
  auto answer = get_from(html);
  REQUIRE(!answer);
  CHECK(answer.error().what == "the server answered text/html, not JSON: <html>welcome to the proxy</html>");
  const FakeApi broken(always(json_response(200, R"({"kind": "ConfigMap", )")));
  answer = get_from(broken);
  REQUIRE(!answer);
  CHECK(answer.error().what == "the server's answer is not JSON");
  CHECK(answer.error().cause != nullptr);
  const FakeApi deep(always(json_response(200, std::string(100'000, '[') + std::string(100'000, ']'))));
  CHECK(!get_from(deep));
  const FakeApi proxy(always(response(502, "<h1>bad\ngateway</h1>", "Content-Type: text/html\r\n")));
  answer = get_from(proxy);
  REQUIRE(!answer);
  CHECK(answer.error().what == "the server answered 502: <h1>bad gateway</h1>");
}

TEST_CASE("a warning of the server is told once") {
  const FakeApi api(always(
      json_response(200, config_map("one", "1"), "Warning: 299 - \"v1 \\\"Thing\\\" is deprecated\"\r\n")));
  std::vector<std::string> warnings;
  Cluster::Options options;
  options.on_warning = [&](std::string_view text) { warnings.emplace_back(text); };
  auto cluster = api.cluster(options);
  REQUIRE(cluster.get(kOne, soon()));
  REQUIRE(cluster.get(kOne, soon()));
  CHECK(warnings == std::vector<std::string>{
                        "the server of metrics.k8s.io/v1beta1 does not answer; its kinds may be missing",
                        "v1 \"Thing\" is deprecated"});
}

TEST_CASE("names that would leave their place in a path are refused") {
  const FakeApi api(nullptr);
  auto cluster = api.cluster();
  for (const char* name : {"", ".", ".."})
    CHECK(cluster.get({kConfigMap, "x", name}, soon()).error().code == Code::usage);
  CHECK(!cluster.get({kConfigMap, "..", "a"}, soon()));
  CHECK(!cluster.get({kConfigMap, "x", "a/../b?c"}, soon()));
  CHECK(api.targets().back() == "/api/v1/namespaces/x/configmaps/a%2F..%2Fb%3Fc");
}

TEST_CASE("a list whose continuation has expired starts again, in one piece") {
  const FakeApi api([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.number == 0) return false;
    if (r.target.find("continue=") != std::string::npos)
      return c.write(json_response(410, status_body(410, "Expired", "too old")));
    if (r.target.find("limit=500") != std::string::npos)
      return c.write(json_response(200, config_map_list({config_map("a", "1")}, "5", "more")));
    return c.write(json_response(200, config_map_list({config_map("a", "1"), config_map("b", "2")}, "6")));
  });
  auto cluster = api.cluster();
  const auto list = cluster.list(kConfigMap, "x", {}, soon());
  REQUIRE_MESSAGE(list, one_line(list.error()));
  CHECK(array_at(*list, "items").size() == 2);
  CHECK(string_at(*list, "metadata.resourceVersion") == "6");
}

TEST_CASE("a list without items is empty, and a document that is no list is refused") {
  const FakeApi none(always(json_response(200, R"({"kind":"ConfigMapList","metadata":{},"items":null})")));
  auto cluster = none.cluster();
  const auto list = cluster.list(kConfigMap, "", {}, soon());
  REQUIRE_MESSAGE(list, one_line(list.error()));
  CHECK(array_at(*list, "items").empty());
  CHECK(starts(none.targets().back(), "/api/v1/configmaps?"));
  const FakeApi text(always(json_response(200, R"("a list, surely")")));
  auto other = text.cluster();
  CHECK(!other.list(kConfigMap, "", {}, soon()));
}

TEST_CASE("an apply conflict names every manager and field, and they can be read back") {
  const FakeApi api(always(json_response(
      409,
      R"({"kind":"Status","reason":"Conflict","message":"Apply failed with 2 conflicts","details":{"causes":[
    {"reason":"FieldManagerConflict","message":"conflict with \"kubectl\" using apps/v1","field":".spec.replicas"},
    {"reason":"FieldManagerConflict","message":"conflict with \"hpa\" with subresource \"scale\" using autoscaling/v1","field":".spec.x"}]},"code":409})")));
  auto cluster = api.cluster();
  const auto answer = cluster.apply(Json::parse(config_map("one", "1")), {}, soon());
  REQUIRE(!answer);
  CHECK(answer.error().hints ==
        std::vector<std::string>{"manager \"kubectl\" owns .spec.replicas", "manager \"hpa\" owns .spec.x"});
  CHECK(conflicts_of(answer.error()) ==
        std::vector<FieldConflict>{{"kubectl", ".spec.replicas"}, {"hpa", ".spec.x"}});
}

TEST_CASE("many objects keep their order, also when some cannot be sent") {
  const FakeApi api([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.number == 0) return false;
    const auto name = r.target.substr(r.target.rfind('/') + 1, 1);
    return c.write(json_response(200, config_map(name, "1")));
  });
  auto cluster = api.cluster();
  std::vector<Json> objects{Json::parse(config_map("a", "1")),
                            Json::parse(R"({"apiVersion":"no/v1","kind":"Such","metadata":{"name":"b"}})"),
                            Json::parse(config_map("c", "1")),
                            Json::parse(R"({"apiVersion":"v1","kind":"ConfigMap"})")};
  std::size_t done = 0;
  const auto answers = cluster.apply_all(objects, {}, soon(), {}, [&](std::size_t) { ++done; });
  REQUIRE(answers.size() == 4);
  CHECK(done == 4);
  CHECK(string_at(*answers[0], "metadata.name") == "a");
  CHECK(answers[1].error().what == "the server has no kind Such in no/v1");
  CHECK(answers[1].error().where->subject == "apply such.no/b");
  CHECK(string_at(*answers[2], "metadata.name") == "c");
  CHECK(answers[3].error().what == "a ConfigMap without a name");
}

TEST_CASE("a refused token is renewed once, for one request and for many") {
  const TempDir dir;
  const auto file = dir.path() / "token";
  REQUIRE(write_file(file, "old\n"));
  const FakeApi api([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.number == 0) return false;
    if (r.text.find("Bearer new") == std::string::npos)
      return c.write(json_response(401, status_body(401, "Unauthorized", "Unauthorized")));
    return c.write(json_response(200, config_map("one", "1")));
  });
  Connection connection = api.connection();
  connection.credentials = token_file_credentials(file, "");
  Cluster cluster(connection, {});
  const auto old = cluster.get(kOne, soon());
  REQUIRE(!old);
  CHECK(old.error().code == Code::denied);
  REQUIRE(write_file(file, "new\n"));
  CHECK(cluster.get(kOne, soon()));

  REQUIRE(write_file(file, "old\n"));
  connection.credentials = token_file_credentials(file, "");
  Cluster many(connection, {});
  REQUIRE(many.resources(soon()));
  REQUIRE(write_file(file, "new\n"));
  const std::vector<ObjectRef> refs{kOne, kOne, kOne};
  for (const auto& answer : many.get_all(refs, soon())) CHECK(answer);
}

TEST_CASE("discovery falls back to one request per group version, and a server that is down stops nothing") {
  const FakeApi api([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.target == "/api") return c.write(json_response(200, R"({"kind":"APIVersions","versions":["v1"]})"));
    if (r.target == "/apis") {
      return c.write(json_response(
          200,
          R"({"kind":"APIGroupList","groups":[{"name":"apps","versions":[{"groupVersion":"apps/v1"}],"preferredVersion":{"groupVersion":"apps/v1"}},
        {"name":"down","versions":[{"groupVersion":"down/v1"}],"preferredVersion":{"groupVersion":"down/v1"}}]})"));
    }
    if (r.target == "/api/v1") {
      return c.write(json_response(
          200,
          R"({"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","kind":"Pod","namespaced":true,"shortNames":["po"]},{"name":"pods/log","kind":"Pod","namespaced":true}]})"));
    }
    if (r.target == "/apis/apps/v1") {
      return c.write(json_response(
          200,
          R"({"kind":"APIResourceList","groupVersion":"apps/v1","resources":[{"name":"deployments","kind":"Deployment","namespaced":true}]})"));
    }
    return c.write(json_response(503, status_body(503, "ServiceUnavailable", "down")));
  });
  auto cluster = api.cluster();
  const auto types = cluster.resources(soon());
  REQUIRE_MESSAGE(types, one_line(types.error()));
  CHECK(types->size() == 2);
  CHECK(cluster.resource_named("po", soon())->gvk.kind == "Pod");
}

TEST_CASE("the discovery cache is asked first, kept private, and renewed when a kind is missing") {
  const TempDir dir;
  Cluster::Options options;
  options.cache_dir = dir.path();
  const FakeApi api([](net::testing::Connection& c, const FakeApi::Request& r) {
    if (r.target == "/apis")
      return c.write(json_response(200, R"({"kind":"APIGroupDiscoveryList","items":[]})"));
    return false;
  });
  {
    auto first = api.cluster(options);
    REQUIRE(first.resource_for(kConfigMap, soon()));
  }
  CHECK(api.targets().size() == 2);
  auto second = api.cluster(options);
  REQUIRE(second.resource_for(kConfigMap, soon()));
  CHECK(api.targets().size() == 2);
  const auto missing = second.resource_for({"new.group", "v1", "Thing"}, soon());
  REQUIRE(!missing);
  CHECK(missing.error().code == Code::not_found);
  CHECK(api.targets().size() == 4);
  CHECK(second.resource_for(kConfigMap, soon()));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
    if (entry.is_regular_file())
      CHECK((entry.status().permissions() & std::filesystem::perms::others_read) ==
            std::filesystem::perms::none);
  }
  second.forget_discovery();
  REQUIRE(second.resource_for(kConfigMap, soon()));
  CHECK(api.targets().size() == 6);
}

TEST_CASE("a cache file that is garbage is ignored") {
  const TempDir dir;
  Cluster::Options options;
  options.cache_dir = dir.path();
  const FakeApi api(nullptr);
  {
    REQUIRE(api.cluster(options).resources(soon()));
  }
  // metrics.k8s.io is stale in the fake's answer, and what is incomplete is not kept.
  CHECK(std::filesystem::is_empty(dir.path()));
  std::string host = api.connection().server.substr(7);
  host[host.find(':')] = '_';
  REQUIRE(write_file(dir.path() / "discovery" / host / "served.json", "{\"format\": 1, \"types\": [[[["));
  CHECK(api.cluster(options).resource_for(kConfigMap, soon()));
}
