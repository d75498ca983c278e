#include <doctest/doctest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "lib/kube/apply_set.hpp"
#include "lib/kube/lease.hpp"
#include "support.hpp"

using namespace dpctl;
using namespace dpctl::kube;
using namespace dpctl::kube::system_test;

namespace {

const Gvk kConfigMap{"", "v1", "ConfigMap"};

}  // namespace

TEST_CASE("a watch tells what is there, what comes, changes and goes") {
  auto server = cluster();
  const Namespace ns(server, "watch");
  REQUIRE(server.apply(config_map(ns.name(), "a", "1"), {}, within(10)));
  std::vector<std::string> story;
  std::atomic<bool> listed = false;
  std::jthread writer([&] {
    while (!listed) std::this_thread::yield();
    auto other = cluster();
    (void)other.apply(config_map(ns.name(), "b", "1"), {}, within(10));
    (void)other.apply(config_map(ns.name(), "b", "2"), {}, within(10));
    (void)other.remove({kConfigMap, ns.name(), "a"}, Cluster::Propagation::background, within(10));
  });
  const auto watched = server.watch(
      kConfigMap, ns.name(), {.field_selector = "metadata.name!=kube-root-ca.crt"},
      [&](const WatchEvent& event) {
        const std::string name = string_at(event.object, "metadata.name");
        switch (event.kind) {
          case WatchEvent::Kind::added: story.push_back("+" + name); break;
          case WatchEvent::Kind::modified: story.push_back("~" + name); break;
          case WatchEvent::Kind::deleted: story.push_back("-" + name); break;
          case WatchEvent::Kind::bookmark: listed = true; break;
        }
        return event.kind != WatchEvent::Kind::deleted;
      },
      within(30));
  REQUIRE_MESSAGE(watched, one_line(watched.error()));
  CHECK(story == std::vector<std::string>{"+a", "+b", "~b", "-a"});
}

TEST_CASE("a watch ends with timed_out at its deadline, and with interrupted at a stop") {
  auto server = cluster();
  const auto late = server.watch(
      kConfigMap, "default", {}, [](const WatchEvent&) { return true; },
      Deadline::after(std::chrono::milliseconds(300)));
  REQUIRE(!late);
  CHECK(late.error().code == Code::timed_out);
  StopSource stop;
  const auto stopped = server.watch(
      kConfigMap, "default", {},
      [&](const WatchEvent&) {
        stop.request_stop();
        return true;
      },
      within(20), stop.get_token());
  REQUIRE(!stopped);
  CHECK(stopped.error().code == Code::interrupted);
}

TEST_CASE("who is not allowed is told so, with the verb and the object") {
  ConnectionOptions options = connection_options();
  options.as = "nobody-in-particular";
  auto connection = connect(options);
  REQUIRE(connection);
  Cluster server(*std::move(connection), {});
  const auto denied = server.list(kConfigMap, "default", {}, within(10));
  REQUIRE(!denied);
  MESSAGE(one_line(denied.error()));
  CHECK(denied.error().code == Code::denied);
  CHECK(denied.error().what.find("nobody-in-particular") != std::string::npos);
  CHECK(!denied.error().hints.empty());
}

TEST_CASE("a server that is not there is one clear error") {
  ConnectionOptions options = connection_options();
  options.server = "https://10.99.0.1:6";
  auto connection = connect(options);
  REQUIRE(connection);
  connection->http.retries = 0;
  Cluster server(*std::move(connection), {});
  const auto nobody = server.version(within(5));
  REQUIRE(!nobody);
  MESSAGE(one_line(nobody.error()));
  CHECK(one_line(nobody.error()).find("10.99.0.1:6") != std::string::npos);
}

TEST_CASE("a lease has one holder at a time, and its fence grows") {
  auto server = cluster();
  const Namespace ns(server, "lease");
  const auto options = [&](const char* holder) {
    return LeaseOptions{ns.name(), "environment", holder, std::chrono::seconds(3)};
  };
  auto first = LeaseLock::acquire(server, options("first"), within(10));
  REQUIRE_MESSAGE(first, one_line(first.error()));
  const auto second = LeaseLock::acquire(server, options("second"), within(1));
  REQUIRE(!second);
  MESSAGE(one_line(second.error()));
  CHECK(second.error().code == Code::conflict);
  CHECK(second.error().what.find("held by first") != std::string::npos);
  // It is renewed for longer than it would last.
  const auto still = LeaseLock::acquire(server, options("second"), within(5));
  REQUIRE(!still);
  CHECK((*first)->held());
  CHECK(!(*first)->former());
  const auto fence = (*first)->fence();
  (*first)->leave_word("revision 3");
  REQUIRE((*first)->release(within(5)));
  auto third = LeaseLock::acquire(server, options("third"), within(5));
  REQUIRE(third);
  CHECK((*third)->fence() > fence);
  REQUIRE((*third)->former());
  CHECK((*third)->former()->holder.empty());
  CHECK((*third)->former()->word == "revision 3");
  const auto look = look_at_lease(server, ns.name(), "environment", within(5));
  REQUIRE(look);
  REQUIRE(look->lease);
  CHECK(holder_of(*look->lease).holder == "third");
}

TEST_CASE("the lease of a dead holder is taken, and a holder that lost its lease learns it") {
  auto server = cluster();
  const Namespace ns(server, "steal");
  // As a killed process leaves it: a holder, and nobody who renews.
  Json lease = parse(R"({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"},
      "spec": {"holderIdentity": "dead", "leaseDurationSeconds": 2, "leaseTransitions": 4, "renewTime": "2026-01-01T00:00:00.000000Z"}})");
  lease["metadata"]["namespace"] = ns.name();
  REQUIRE(server.create(lease, within(10)));
  auto lock = LeaseLock::acquire(server, {ns.name(), "l", "heir", std::chrono::seconds(3)}, within(10));
  REQUIRE_MESSAGE(lock, one_line(lock.error()));
  CHECK((*lock)->fence() == 5);
  REQUIRE((*lock)->former());
  CHECK((*lock)->former()->holder == "dead");

  const ObjectRef ref{{"coordination.k8s.io", "v1", "Lease"}, ns.name(), "l"};
  REQUIRE(server.patch(ref, parse(R"({"spec": {"holderIdentity": "usurper"}})"),
                       "application/merge-patch+json", within(5)));
  const Deadline learned = within(8);
  while ((*lock)->held() && !learned.passed()) std::this_thread::yield();
  CHECK(!(*lock)->held());
}

TEST_CASE("what is no longer in an apply set is found and pruned") {
  auto server = cluster();
  const Namespace ns(server, "set");
  const ApplySet set({{"", "v1", "ConfigMap"}, ns.name(), "set"});
  std::vector<Json> objects{config_map(ns.name(), "a", "1"), config_map(ns.name(), "b", "1")};
  std::vector<ObjectRef> refs;
  for (auto& object : objects) {
    set.adopt(object);
    refs.push_back(ref_of(object));
  }
  const auto none = set.members(server, within(10));
  REQUIRE(none);
  CHECK(none->empty());
  REQUIRE(server.apply(set.parent_object(refs), {}, within(10)));
  for (const auto& answer : server.apply_all(objects, {}, within(10))) REQUIRE(answer);
  const auto members = set.members(server, within(10));
  REQUIRE_MESSAGE(members, one_line(members.error()));
  CHECK(members->size() == 2);
  const auto prune = ApplySet::to_prune(*members, std::span(refs).first(1));
  REQUIRE(prune.size() == 1);
  CHECK(prune[0].name == "b");
}
