#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/kube/apply_set.hpp"
#include "lib/kube/discovery.hpp"
#include "lib/kube/time.hpp"
#include "tests/unit/kube/fake_api.hpp"

using namespace dpctl;
using namespace dpctl::kube;

TEST_CASE("references spell themselves as kubectl does") {
  CHECK(to_string(ObjectRef{{"apps", "v1", "Deployment"}, "x", "web"}) == "deployment.apps/web");
  CHECK(to_string(ref_of(Json::parse(R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}})"))) ==
        "configmap/x");
  CHECK(gvk_from("apps/v1", "D").api_version() == "apps/v1");
  CHECK(gvk_from("v1", "D").api_version() == "v1");
}

TEST_CASE("times are read with fraction and offset, and nothing else is a time") {
  const auto base = parse_time("2026-01-02T03:04:05Z");
  REQUIRE(base);
  CHECK(format_time(*base) == "2026-01-02T03:04:05Z");
  CHECK(parse_time("2026-01-02T05:04:05+02:00") == base);
  CHECK(parse_time("9999-12-31T23:59:59Z") == WallTime::max());
  CHECK(format_micro_time(*parse_time("2026-01-02T03:04:05.123456789Z")) == "2026-01-02T03:04:05.123456Z");
  for (const char* wrong : {"", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-02T03:04:05",
                            "2026-01-02T25:00:00Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zx",
                            "2026-01-02T03:04:05+99:00"}) {
    CAPTURE(wrong);
    CHECK(!parse_time(wrong));
  }
}

TEST_CASE("a word finds its resource type by plural, singular, kind, short name, group and version") {
  Served served;
  REQUIRE(read_aggregated(Json::parse(testing::aggregated_core()), served));
  REQUIRE(read_aggregated(Json::parse(testing::aggregated_groups()), served));
  for (const char* word :
       {"deploy", "Deployment", "deployments", "deployments.apps", "deployment.v1.apps", "DEPLOY"}) {
    CAPTURE(word);
    const auto* type = find_named(served.types, word);
    REQUIRE(type != nullptr);
    CHECK(type->gvk.kind == "Deployment");
  }
  CHECK(find_named(served.types, "configmaps.v1") != nullptr);
  CHECK(find_named(served.types, "deployments.v2.apps") == nullptr);
  CHECK(find_named(served.types, "") == nullptr);
  CHECK(served.stale == std::vector<std::string>{"metrics.k8s.io/v1beta1"});
}

TEST_CASE("an apply set has the id of the specification") {
  // sha256("my-set.my-ns.Secret.") as base64url, from the reference implementation in kubectl
  // (pkg/cmd/apply/applyset.go).
  const ApplySet set({{"", "v1", "Secret"}, "my-ns", "my-set"});
  CHECK(set.id().rfind("applyset-", 0) == 0);
  CHECK(set.id().size() == 9 + 43 + 3);
  Json object = Json::parse(R"({"metadata":{"name":"a"}})");
  set.adopt(object);
  CHECK(object["metadata"]["labels"]["applyset.kubernetes.io/part-of"] == set.id());
  const std::vector<ObjectRef> members{{{"apps", "v1", "Deployment"}, "my-ns", "a"},
                                       {{"", "v1", "ConfigMap"}, "other", "b"}};
  const Json parent = set.parent_object(members);
  CHECK(parent["metadata"]["annotations"]["applyset.kubernetes.io/contains-group-kinds"] ==
        "ConfigMap,Deployment.apps");
  CHECK(parent["metadata"]["annotations"]["applyset.kubernetes.io/additional-namespaces"] == "other");
}

TEST_CASE("pruning keeps what is wanted, whatever its version") {
  const std::vector<ObjectRef> before{{{"apps", "v1", "Deployment"}, "x", "a"},
                                      {{"apps", "v1", "Deployment"}, "x", "b"}};
  const std::vector<ObjectRef> wanted{{{"apps", "v1beta1", "Deployment"}, "x", "a"}};
  const auto prune = ApplySet::to_prune(before, wanted);
  REQUIRE(prune.size() == 1);
  CHECK(prune[0].name == "b");
}
