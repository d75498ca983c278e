#pragma once

#include <cstddef>
#include <future>

namespace dpctl {

/// Calls each(0) … each(count - 1): the odd ones on a thread of their own, when there are `worth_it` or more.
/// The calls must not depend on each other. Blocks until all have returned.
template <class Each>
void on_two_threads(std::size_t count, std::size_t worth_it, const Each& each) {
  const auto every = [&](std::size_t first, std::size_t step) {
    for (auto i = first; i < count; i += step) each(i);
  };
  if (count < worth_it) return every(0, 1);
  auto odd = std::async(std::launch::async, every, 1, 2);
  every(0, 2);
  odd.get();
}

}  // namespace dpctl
