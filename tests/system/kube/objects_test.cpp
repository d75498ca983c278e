#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "lib/base/file.hpp"
#include "lib/kube/conflict.hpp"
#include "support.hpp"

using namespace dpctl;
using namespace dpctl::kube;
using namespace dpctl::kube::system_test;

TEST_CASE("the server says its version") {
  auto server = cluster();
  const auto version = server.version(within(10));
  REQUIRE_MESSAGE(version, one_line(version.error()));
  CHECK(string_at(*version, "gitVersion").rfind("v1.", 0) == 0);
}

TEST_CASE("discovery knows kinds by every name that a person types") {
  auto server = cluster();
  for (const char* word : {"deploy", "deployments", "deployments.apps", "deployment.v1.apps", "Deployment"}) {
    const auto type = server.resource_named(word, within(10));
    REQUIRE_MESSAGE(type, word);
    CHECK(type->gvk == Gvk{"apps", "v1", "Deployment"});
    CHECK(type->plural == "deployments");
    CHECK(type->namespaced);
  }
  const auto node = server.resource_for({"", "v1", "Node"}, within(10));
  REQUIRE(node);
  CHECK(!node->namespaced);
  const auto unknown = server.resource_named("deploymnts", within(10));
  REQUIRE(!unknown);
  CHECK(unknown.error().code == Code::not_found);
  CHECK(unknown.error().hints.front().find("deployments") != std::string::npos);
}

TEST_CASE("the discovery cache serves a second client without asking the server") {
  const TempDir dir;
  std::size_t asked = 0;
  Cluster::Options options;
  options.cache_dir = dir.path();
  options.trace = [&](std::string_view line) {
    asked += line.find("/apis") != std::string_view::npos ? 1 : 0;
  };
  {
    auto first = cluster(options);
    REQUIRE(first.resources(within(10)));
  }
  const std::size_t after_first = asked;
  CHECK(after_first > 0);
  auto second = cluster(options);
  REQUIRE(second.resource_named("sts", within(10)));
  CHECK(asked == after_first);
}

TEST_CASE("server-side apply creates, changes, and leaves alone what is the same") {
  auto server = cluster();
  const Namespace ns(server, "apply");
  const auto created = server.apply(config_map(ns.name(), "x", "1"), {}, within(10));
  REQUIRE_MESSAGE(created, one_line(created.error()));
  const auto same = server.apply(config_map(ns.name(), "x", "1"), {}, within(10));
  REQUIRE(same);
  CHECK(string_at(*same, "metadata.resourceVersion") == string_at(*created, "metadata.resourceVersion"));
  const auto changed = server.apply(config_map(ns.name(), "x", "2"), {}, within(10));
  REQUIRE(changed);
  CHECK(string_at(*changed, "metadata.resourceVersion") != string_at(*created, "metadata.resourceVersion"));
  CHECK(string_at(*changed, "data.value") == "2");
  // What an apply answered can be applied again: managedFields are left out.
  CHECK(server.apply(*changed, {}, within(10)));
}

TEST_CASE("a dry run answers with what would be, and writes nothing") {
  auto server = cluster();
  const Namespace ns(server, "dry");
  ApplyOptions dry;
  dry.dry_run = true;
  const auto would = server.apply(config_map(ns.name(), "x", "1"), dry, within(10));
  REQUIRE(would);
  CHECK(string_at(*would, "data.value") == "1");
  const auto missing = server.get(ref_of(*would), within(10));
  REQUIRE(!missing);
  CHECK(missing.error().code == Code::not_found);
  REQUIRE(missing.error().where);
  CHECK(missing.error().where->subject == "get configmap/x in " + ns.name());
}

TEST_CASE("a conflict between managers names the manager and the field, and force settles it") {
  auto server = cluster();
  const Namespace ns(server, "conflict");
  ApplyOptions other;
  other.field_manager = "somebody-else";
  REQUIRE(server.apply(config_map(ns.name(), "x", "theirs"), other, within(10)));
  const auto refused = server.apply(config_map(ns.name(), "x", "ours"), {}, within(10));
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::conflict);
  const auto conflicts = conflicts_of(refused.error());
  REQUIRE(conflicts.size() == 1);
  CHECK(conflicts[0] == FieldConflict{"somebody-else", ".data.value"});
  ApplyOptions force;
  force.force_conflicts = true;
  const auto forced = server.apply(config_map(ns.name(), "x", "ours"), force, within(10));
  REQUIRE(forced);
  CHECK(string_at(*forced, "data.value") == "ours");
}

TEST_CASE("an unknown field is refused by name") {
  auto server = cluster();
  const Namespace ns(server, "strict");
  Json object = config_map(ns.name(), "x", "1");
  object["dta"] = Json::object();
  const auto refused = server.apply(object, {}, within(10));
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::failed);
  CHECK(one_line(refused.error()).find("dta") != std::string::npos);
}

TEST_CASE("1,200 objects are applied, listed in chunks, and removed, all at once") {
  auto server = cluster();
  const Namespace ns(server, "many");
  std::vector<Json> objects;
  for (int i = 0; i < 1200; ++i) objects.push_back(config_map(ns.name(), fmt::format("cm-{:04}", i), "1"));
  std::size_t done = 0;
  const auto applied = server.apply_all(objects, {}, within(60), {}, [&](std::size_t) { ++done; });
  for (const auto& answer : applied) REQUIRE_MESSAGE(answer, one_line(answer.error()));
  CHECK(done == 1200);

  std::size_t requests = 0;
  Cluster::Options traced;
  traced.trace = [&](std::string_view line) {
    requests += line.find("limit=500") != std::string_view::npos ? 1 : 0;
  };
  auto reader = cluster(traced);
  const auto list = reader.list({"", "v1", "ConfigMap"}, ns.name(),
                                {.field_selector = "metadata.name!=kube-root-ca.crt"}, within(30));
  REQUIRE_MESSAGE(list, one_line(list.error()));
  const Json& items = array_at(*list, "items");
  REQUIRE(items.size() == 1200);
  CHECK(requests >= 3);
  CHECK(string_at(items[0], "kind") == "ConfigMap");
  CHECK(!string_at(*list, "metadata.resourceVersion").empty());
  std::set<std::string> names;
  for (const auto& item : items) names.insert(string_at(item, "metadata.name"));
  CHECK(names.size() == 1200);

  const auto thin = reader.list({"", "v1", "ConfigMap"}, ns.name(), {.metadata_only = true}, within(30));
  REQUIRE(thin);
  CHECK(array_at(*thin, "items").size() == 1201);
  CHECK(find(array_at(*thin, "items")[0], "data") == nullptr);

  std::vector<ObjectRef> refs;
  for (const auto& object : objects) refs.push_back(ref_of(object));
  for (const auto& gone : server.remove_all(refs, Cluster::Propagation::background, within(60))) {
    REQUIRE(gone);
    CHECK(*gone);
  }
  const auto again = server.remove(refs[0], Cluster::Propagation::background, within(10));
  REQUIRE(again);
  CHECK(!*again);
}

TEST_CASE("create, replace and patch keep the rules of resource versions") {
  auto server = cluster();
  const Namespace ns(server, "crud");
  const auto created = server.create(config_map(ns.name(), "x", "1"), within(10));
  REQUIRE_MESSAGE(created, one_line(created.error()));
  const auto twice = server.create(config_map(ns.name(), "x", "1"), within(10));
  REQUIRE(!twice);
  CHECK(twice.error().code == Code::conflict);

  const auto merged = server.patch(ref_of(*created), parse(R"({"data": {"more": "2"}})"),
                                   "application/merge-patch+json", within(10));
  REQUIRE(merged);
  CHECK(string_at(*merged, "data.more") == "2");

  const auto stale = server.replace(*created, within(10));
  REQUIRE(!stale);
  CHECK(stale.error().code == Code::conflict);
  CHECK(server.replace(*merged, within(10)));
}

TEST_CASE("100 ConfigMaps are applied in one wave") {
  auto server = cluster();
  const Namespace ns(server, "wave");
  std::vector<Json> objects;
  for (int i = 0; i < 100; ++i) objects.push_back(config_map(ns.name(), fmt::format("cm-{:03}", i), "1"));
  const auto timed = [&](const char* what, const ApplyOptions& options) {
    auto fresh = cluster();
    const auto start = std::chrono::steady_clock::now();
    const auto answers = fresh.apply_all(objects, options, within(30));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    for (const auto& answer : answers) REQUIRE_MESSAGE(answer, one_line(answer.error()));
    MESSAGE(fmt::format("{}: {:.0f} ms", what, took.count()));
  };
  ApplyOptions dry;
  dry.dry_run = true;
  timed("dry run of 100, cold (connect, discovery, wave)", dry);
  timed("create 100, cold", {});
  for (auto& object : objects) object["data"]["value"] = "2";
  timed("change 100, cold", {});
  timed("apply 100 unchanged, cold", {});
}
