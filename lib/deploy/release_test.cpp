#include "lib/deploy/release_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "lib/deploy/hooks.hpp"
#include "lib/deploy/release_state.hpp"
#include "lib/deploy/secrets.hpp"

namespace dpctl::deploy {
namespace {

bool has(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool chosen(const TestFilter& filter, const chart::Hook& hook) {
  return !has(filter.without, hook.name) && (filter.only.empty() || has(filter.only, hook.name));
}

}  // namespace

Result<TestRun> test_release(plan::Context& context, const std::string& name, const TestFilter& filter,
                             bool output) {
  auto records = store_of(context);
  auto found = records.get(name, 0, context.deadline, context.stop);
  if (!found && found.error().code == Code::not_found)
    return fail(Code::not_found, "release {} is not installed", name);
  if (!found) return fail(std::move(found).error());
  DPCTL_TRY(auto newest, restored(context, *std::move(found)));
  TestRun run{.release = std::move(newest)};
  // Hooks that are not run keep what the record says of their last run.
  auto& hooks = run.release.hooks;
  const auto others = std::stable_partition(hooks.begin(), hooks.end(),
                                            [&](const chart::Hook& hook) { return chosen(filter, hook); });
  const std::vector<chart::Hook> skipped(std::make_move_iterator(others),
                                         std::make_move_iterator(hooks.end()));
  hooks.erase(others, hooks.end());
  const HookRun how{.step = "test", .output = output ? &run.output : nullptr, .all_output = output};
  if (auto outcome = run_hooks(context, how, run.release, "test"); !outcome)
    run.failure = std::move(outcome).error();
  hooks.insert(hooks.end(), skipped.begin(), skipped.end());
  // The deadline may be what failed: the record gets a moment of its own.
  DPCTL_CHECK(records.update(run.release, Deadline::after(std::chrono::seconds(10)), {}));
  return run;
}

}  // namespace dpctl::deploy
