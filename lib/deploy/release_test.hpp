#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/chart/release.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::deploy {

/// Which test hooks are run, by name; all when both are empty.
struct TestFilter {
  std::vector<std::string> only{}, without{};
};

/// What became of the tests.
struct TestRun {
  chart::Release release;  ///< with when each hook ran, and how it ended
  std::string output{};    ///< what the tests wrote, when it was asked for
  std::optional<Error> failure{};
};

/// Runs the newest revision's test hooks, one after the other by weight, as `helm test` does, and notes the
/// runs in its record. The first one that fails ends it (`failure`, with its cause). Blocks.
Result<TestRun> test_release(plan::Context&, const std::string& name, const TestFilter&, bool output);

}  // namespace dpctl::deploy
