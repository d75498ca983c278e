#include "lib/base/beside.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace dpctl;

TEST_CASE("help comes from another thread, which ends or never begins") {
  const auto caller = std::this_thread::get_id();
  std::atomic<bool> begun{false};
  Helped first([&] {
    CHECK(std::this_thread::get_id() != caller);
    begun = true;
    begun.notify_all();
  });
  begun.wait(false);
  first.finish();
  first.finish();

  std::promise<void> go_on;
  std::atomic<int> calls{0};
  Helped busy([&, until = go_on.get_future().share()] {
    ++calls;
    until.wait();
  });
  while (calls == 0) std::this_thread::yield();
  {
    Helped late([&] { ++calls; });
    late.finish();
    const Helped never_asked([&] { ++calls; });
  }
  CHECK(calls == 1);
  go_on.set_value();
  busy.finish();
}

TEST_CASE("an error of the help is told when it is finished") {
  std::atomic<bool> begun{false};
  Helped other([&] {
    begun = true;
    throw std::runtime_error("no");
  });
  while (!begun) std::this_thread::yield();
  CHECK_THROWS_WITH(other.finish(), "no");
}

TEST_CASE("callers on many threads share the helper") {
  std::vector<std::thread> callers;
  std::atomic<std::size_t> sum{0};
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round)
        on_two_threads(20, 2, [&](std::size_t index) { sum += index; });
    });
  for (auto& caller : callers) caller.join();
  CHECK(sum == std::size_t{4} * 200 * 190);
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
