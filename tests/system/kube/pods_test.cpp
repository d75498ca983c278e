#include <doctest/doctest.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "lib/kube/readiness.hpp"
#include "support.hpp"

using namespace dpctl;
using namespace dpctl::kube;
using namespace dpctl::kube::system_test;

namespace {

class Recorded final : public EventSink {
 public:
  void emit(const Event& event) override {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
  }
  [[nodiscard]] std::vector<Event> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }

 private:
  std::mutex mutex_;
  std::vector<Event> events_;
};

Result<void> wait_for(Cluster& server, const Json& object, const WaitOptions& options, int seconds,
                      EventSink& events) {
  const ObjectRef ref = ref_of(object);
  return wait_ready(server, std::span(&ref, 1), options, within(seconds), {}, events);
}

/// A running pod in which commands can be run.
void start(Cluster& server, const Json& pod) {
  REQUIRE(server.apply(pod, {}, within(10)));
  NoEvents events;
  const auto ready = wait_for(server, pod, {}, 60, events);
  REQUIRE_MESSAGE(ready, one_line(ready.error()));
}

}  // namespace

TEST_CASE("exec runs a command, feeds its input, and brings output, errors and exit code") {
  auto server = cluster();
  const Namespace ns(server, "exec");
  start(server, pod(ns.name(), "box", "sleep 600"));
  const auto run = [&](std::vector<std::string> command, std::string_view input) {
    return server.exec(ns.name(), "box", "main", command, input, within(20));
  };

  const auto talk = run({"/bin/sh", "-c", "echo out; echo err >&2; exit 7"}, "");
  REQUIRE_MESSAGE(talk, one_line(talk.error()));
  CHECK(talk->out == "out\n");
  CHECK(talk->err == "err\n");
  CHECK(talk->exit_code == 7);

  const auto echo = run({"/bin/cat"}, "line one\nline two\n");
  REQUIRE_MESSAGE(echo, one_line(echo.error()));
  CHECK(echo->out == "line one\nline two\n");
  CHECK(echo->exit_code == 0);

  const std::string much(3U << 20U, 'x');
  const auto count = run({"/bin/sh", "-c", "wc -c"}, much);
  REQUIRE_MESSAGE(count, one_line(count.error()));
  CHECK(count->out.find(std::to_string(much.size())) != std::string::npos);

  const auto missing = run({"/no/such/program"}, "");
  REQUIRE((!missing || missing->exit_code != 0));

  const auto nowhere =
      server.exec(ns.name(), "no-such-pod", "main", std::vector<std::string>{"true"}, "", within(10));
  REQUIRE(!nowhere);
  MESSAGE(one_line(nowhere.error()));
  CHECK(nowhere.error().code == Code::not_found);
  CHECK(nowhere.error().what == "pods \"no-such-pod\" not found");
}

TEST_CASE("a command that writes too much is stopped") {
  auto server = cluster();
  const Namespace ns(server, "flood");
  start(server, pod(ns.name(), "box", "sleep 600"));
  const auto flood = server.exec(
      ns.name(), "box", "main",
      std::vector<std::string>{"/bin/sh", "-c", "while true; do echo xxxxxxxxxxxxxxxxxxxxxxxx; done"}, "",
      within(20), {}, 100'000);
  REQUIRE(!flood);
  CHECK(flood.error().what.find("more than 100000 bytes") != std::string::npos);
}

TEST_CASE("logs come whole, from their tail, and as they are written") {
  auto server = cluster();
  const Namespace ns(server, "logs");
  start(server,
        pod(ns.name(), "box", "for i in 1 2 3; do echo line $i; done; sleep 2; echo last; sleep 600"));
  std::string text;
  const auto add = [&](std::string_view piece) { text += piece; };
  Cluster::LogOptions tail;
  tail.tail_lines = 1;
  Cluster::LogOptions follow;
  follow.follow = true;
  StopSource enough;
  const auto followed = server.logs(
      ns.name(), "box", follow,
      [&](std::string_view piece) {
        text += piece;
        if (text.find("last\n") != std::string::npos) enough.request_stop();
      },
      within(30), enough.get_token());
  REQUIRE(!followed);
  CHECK(followed.error().code == Code::interrupted);
  CHECK(text == "line 1\nline 2\nline 3\nlast\n");
  text.clear();
  REQUIRE(server.logs(ns.name(), "box", tail, add, within(10)));
  CHECK(text == "last\n");
  const auto missing = server.logs(ns.name(), "nobody", {}, add, within(10));
  REQUIRE(!missing);
  CHECK(missing.error().code == Code::not_found);
}

TEST_CASE("the container of a pod with several is chosen as kubectl chooses it") {
  auto server = cluster();
  const Namespace ns(server, "two");
  Json object = pod(ns.name(), "box", "echo from main; sleep 600");
  Json second = object["spec"]["containers"][0];
  second["name"] = "second";
  second["args"][0] = "echo from second; sleep 600";
  object["spec"]["containers"].push_back(second);
  object["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"] = "second";
  start(server, object);
  std::string text;
  const Deadline deadline = within(10);
  while (text.empty() && !deadline.passed()) {
    const auto read =
        server.logs(ns.name(), "box", {}, [&](std::string_view piece) { text += piece; }, deadline);
    REQUIRE_MESSAGE(read, one_line(read.error()));
  }
  CHECK(text == "from second\n");
}

TEST_CASE("waiting for a good Deployment ends when it is available, and tells the way there") {
  auto server = cluster();
  const Namespace ns(server, "good");
  const Json good = deployment(ns.name(), "good", kBusybox, "sleep 600");
  const Json config = config_map(ns.name(), "config", "1");
  REQUIRE(server.apply(good, {}, within(10)));
  REQUIRE(server.apply(config, {}, within(10)));
  Recorded events;
  const std::vector<ObjectRef> refs{ref_of(good), ref_of(config)};
  const auto start = std::chrono::steady_clock::now();
  const auto ready = wait_ready(server, refs, {.event_parent = "deploy"}, within(60), {}, events);
  REQUIRE_MESSAGE(ready, one_line(ready.error()));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  MESSAGE(fmt::format("ready after {:.0f} ms", took.count()));
  bool waited = false;
  bool done = false;
  for (const auto& event : events.events()) {
    CHECK(event.parent == "deploy");
    if (event.id != "deploy/deployment.apps/good") continue;
    waited = waited || event.kind == Event::Kind::waiting;
    done = done || event.kind == Event::Kind::done;
  }
  CHECK(waited);
  CHECK(done);
}

TEST_CASE("an image that does not exist ends the wait with pod, container and event") {
  auto server = cluster();
  const Namespace ns(server, "image");
  const Json bad = deployment(ns.name(), "bad", "10.99.0.1:5000/lab/no-such-image:9", "true");
  REQUIRE(server.apply(bad, {}, within(10)));
  NoEvents events;
  const auto ready = wait_for(server, bad, {.patience = std::chrono::seconds(2)}, 60, events);
  REQUIRE(!ready);
  MESSAGE(one_line(ready.error()));
  CHECK(ready.error().code == Code::unhealthy);
  const std::string chain = one_line(ready.error());
  CHECK(chain.find("deployment.apps/bad") != std::string::npos);
  CHECK(chain.find("pod bad-") != std::string::npos);
  CHECK(chain.find("container main") != std::string::npos);
  CHECK(chain.find("no-such-image") != std::string::npos);
  CHECK(chain.find("not found") != std::string::npos);
}

TEST_CASE("a crash loop ends the wait with the exit code and the last log lines") {
  auto server = cluster();
  const Namespace ns(server, "crash");
  Json bad = deployment(ns.name(), "bad", kBusybox, "echo cannot reach the store; exit 3");
  // Without a probe a container counts as ready while it runs, however short that is.
  bad["spec"]["minReadySeconds"] = 30;
  REQUIRE(server.apply(bad, {}, within(10)));
  NoEvents events;
  const auto ready = wait_for(server, bad, {.patience = std::chrono::seconds(2)}, 60, events);
  REQUIRE(!ready);
  MESSAGE(one_line(ready.error()));
  CHECK(ready.error().code == Code::unhealthy);
  const std::string chain = one_line(ready.error());
  CHECK(chain.find("CrashLoopBackOff") != std::string::npos);
  CHECK(chain.find("exit code 3") != std::string::npos);
  CHECK(chain.find("last log lines: cannot reach the store") != std::string::npos);
}

TEST_CASE("a pod that fits no node, and a quota that is used up, are named") {
  auto server = cluster();
  const Namespace ns(server, "nofit");
  Json big = deployment(ns.name(), "big", kBusybox, "sleep 600");
  big["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "5000";
  REQUIRE(server.apply(big, {}, within(10)));
  NoEvents events;
  const auto unfit = wait_for(server, big, {.patience = std::chrono::seconds(1)}, 60, events);
  REQUIRE(!unfit);
  MESSAGE(one_line(unfit.error()));
  CHECK(unfit.error().code == Code::unhealthy);
  CHECK(one_line(unfit.error()).find("Insufficient cpu") != std::string::npos);

  REQUIRE(server.apply(
      parse(R"({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": ")" +
            ns.name() + R"("}, "spec": {"hard": {"pods": "0"}}})"),
      {}, within(10)));
  const ObjectRef quota{{"", "v1", "ResourceQuota"}, ns.name(), "q"};
  const Deadline counted = within(20);
  while (find(*server.get(quota, counted), "status.hard.pods") == nullptr && !counted.passed()) {
  }
  const Json none = deployment(ns.name(), "none", kBusybox, "sleep 600");
  REQUIRE(server.apply(none, {}, within(10)));
  const auto refused = wait_for(server, none, {}, 4, events);
  REQUIRE(!refused);
  MESSAGE(one_line(refused.error()));
  CHECK(refused.error().code == Code::timed_out);
  CHECK(one_line(refused.error()).find("exceeded quota") != std::string::npos);
}

TEST_CASE("a Job counts as ready when it runs, and with jobs_to_completion when it is complete") {
  auto server = cluster();
  const Namespace ns(server, "job");
  Json job = parse(
      R"({"apiVersion": "batch/v1", "kind": "Job", "metadata": {}, "spec": {"backoffLimit": 0, "template": {}}})");
  job["metadata"]["namespace"] = ns.name();
  job["spec"]["template"]["spec"] = pod(ns.name(), "x", "sleep 1")["spec"];
  job["spec"]["template"]["spec"]["restartPolicy"] = "Never";
  Json bad = job;
  job["metadata"]["name"] = "good";
  bad["metadata"]["name"] = "bad";
  bad["spec"]["template"]["spec"]["containers"][0]["args"][0] = "echo no such table; exit 4";
  REQUIRE(server.apply(job, {}, within(10)));
  REQUIRE(server.apply(bad, {}, within(10)));
  NoEvents events;
  const auto good = wait_for(server, job, {.jobs_to_completion = true}, 60, events);
  REQUIRE_MESSAGE(good, one_line(good.error()));
  const auto object = server.get(ref_of(job), within(10));
  REQUIRE(object);
  CHECK(int_at(*object, "status.succeeded") == 1);
  const auto failed = wait_for(server, bad, {.jobs_to_completion = true}, 60, events);
  REQUIRE(!failed);
  MESSAGE(one_line(failed.error()));
  CHECK(failed.error().code == Code::unhealthy);
  CHECK(one_line(failed.error()).find("BackoffLimitExceeded") != std::string::npos);
}

TEST_CASE("wait_gone ends when the last object has gone") {
  auto server = cluster();
  const Namespace ns(server, "gone");
  std::vector<ObjectRef> refs;
  for (const char* name : {"a", "b"}) {
    start(server, pod(ns.name(), name, "sleep 600"));
    refs.push_back({{"", "v1", "Pod"}, ns.name(), name});
  }
  refs.push_back({{"no.such.group", "v1", "Thing"}, ns.name(), "x"});
  for (const auto& removed : server.remove_all(refs, Cluster::Propagation::background, within(10)))
    REQUIRE_MESSAGE(removed, one_line(removed.error()));
  NoEvents events;
  const auto gone = wait_gone(server, refs, within(40), {}, events);
  REQUIRE_MESSAGE(gone, one_line(gone.error()));
  CHECK(!server.get(refs[0], within(10)));
}

TEST_CASE("a stop ends a wait at once") {
  auto server = cluster();
  const Namespace ns(server, "stop");
  const Json bad = deployment(ns.name(), "bad", "10.99.0.1:5000/lab/no-such-image:9", "true");
  REQUIRE(server.apply(bad, {}, within(10)));
  StopSource stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    stop.request_stop();
  });
  NoEvents events;
  const ObjectRef ref = ref_of(bad);
  const auto start = std::chrono::steady_clock::now();
  const auto ready = wait_ready(server, std::span(&ref, 1), {}, within(60), stop.get_token(), events);
  REQUIRE(!ready);
  CHECK(ready.error().code == Code::interrupted);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
}
