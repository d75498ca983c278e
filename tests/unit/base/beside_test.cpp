#include "lib/base/beside.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace dpctl;

TEST_CASE("work beside the caller runs on another thread and brings its result") {
  const auto caller = std::this_thread::get_id();
  auto other = beside([text = std::string("done"), caller] {
    CHECK(std::this_thread::get_id() != caller);
    return text;
  });
  CHECK(other.get() == "done");
}

TEST_CASE("an error of the work beside is the caller's") {
  auto other = beside([]() -> int { throw std::runtime_error("no"); });
  CHECK_THROWS_WITH(other.get(), "no");
}

TEST_CASE("two threads call each index once") {
  for (const std::size_t worth_it : {std::size_t{2}, std::size_t{1000}}) {
    std::vector<int> calls(500);
    on_two_threads(calls.size(), worth_it, [&](std::size_t i) { ++calls[i]; });
    CHECK(calls == std::vector<int>(500, 1));
  }
}

TEST_CASE("a thread that leaves a cpu may run where it could before, also when there is no other") {
  std::thread([] {
    cpu_set_t before, after;
    REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
    leave_cpu(::sched_getcpu());
    REQUIRE(::sched_getaffinity(0, sizeof after, &after) == 0);
    CHECK(CPU_EQUAL(&after, &before));

    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(::sched_getcpu(), &here);
    REQUIRE(::sched_setaffinity(0, sizeof here, &here) == 0);
    leave_cpu(::sched_getcpu());
    REQUIRE(::sched_getaffinity(0, sizeof after, &after) == 0);
    CHECK(CPU_EQUAL(&after, &here));
  }).join();
}
