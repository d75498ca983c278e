#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/plan/step.hpp"

namespace dpctl::plan {

/// All steps of a run with what each has to change, in an order that respects `needs` (reversed for
/// Goal::absent).
struct Plan {
  Goal goal = Goal::present;
  std::vector<StepPlan> steps;
  [[nodiscard]] std::size_t changes() const;
  /// SHA-256 over verbs, objects, fields, bodies and fences: the same state of the world gives the same
  /// digest.
  [[nodiscard]] std::string digest() const;
};

using Steps = std::vector<std::unique_ptr<Step>>;

/// Computes the plan. Steps that look at different things look at once; the first error ends it.
Result<Plan> make_plan(Context&, const Steps&, Goal);

/// Plans and applies step after step, with Context::acting (a later step's plan may depend on what an earlier one made), emitting
/// started/done/failed per step. Returns what was done. On failure the error says which step failed and what
/// already happened; running it again continues.
Result<Plan> run(Context&, const Steps&, Goal);

/// The last member of all steps. `findings` in the order of the steps.
Result<std::vector<std::pair<std::string, std::vector<Finding>>>> verify(Context&, const Steps&);

}  // namespace dpctl::plan
