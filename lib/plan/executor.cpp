#include "lib/plan/executor.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <future>
#include <set>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::plan {
namespace {

// Kahn's order by `needs`, stable in the order given; steps that are not part of this run do not count as
// needs.
Result<std::vector<Step*>> in_order(const Steps& steps, Goal goal) {
  std::set<std::string_view> names, done;
  for (const auto& step : steps) names.insert(step->name());
  std::vector<Step*> order;
  while (order.size() < steps.size()) {
    const auto ready = std::find_if(steps.begin(), steps.end(), [&](const auto& step) {
      if (done.contains(step->name())) return false;
      const auto needs = step->needs();
      return std::all_of(needs.begin(), needs.end(),
                         [&](auto need) { return done.contains(need) || !names.contains(need); });
    });
    if (ready == steps.end()) return fail(Code::failed, "the steps need each other in a circle");
    done.insert((*ready)->name());
    order.push_back(ready->get());
  }
  if (goal == Goal::absent) std::reverse(order.begin(), order.end());
  return order;
}

void emit(Context& context, Event::Kind kind, std::string_view step, std::string text) {
  context.events.emit({.kind = kind, .id = std::string(step), .text = std::move(text)});
}

std::string summary(const StepPlan& plan) {
  std::size_t count[4] = {};
  for (const auto& change : plan.changes) ++count[static_cast<std::size_t>(change.verb)];
  std::string text;
  const auto add = [&](std::size_t n, std::string_view word) {
    if (n > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", n, word);
  };
  add(count[0], "created");
  add(count[1], "configured");
  add(count[2], "removed");
  add(count[3], "run");
  add(plan.unchanged, "unchanged");
  return text.empty() ? "nothing to do" : text;
}

Failure failed_step(Context& context, std::string_view step, std::string_view doing, Error cause) {
  std::string line;
  for (const auto part : split(cause.what, '\n'))
    line += fmt::format("{}{}", line.empty() ? "" : " ", trim(part));
  emit(context, Event::Kind::failed, step, line);
  return fail(cause.code, "step {} {}", step, doing).because(std::move(cause));
}

}  // namespace

std::size_t Plan::changes() const {
  std::size_t count = 0;
  for (const auto& step : steps) count += step.changes.size();
  return count;
}

std::string Plan::digest() const {
  Sha256 hash;
  const auto add = [&hash](std::string_view text) {
    hash.update(text);
    hash.update(std::string_view("\0", 1));
  };
  for (const auto& step : steps) {
    add(step.step);
    for (const auto& change : step.changes) {
      add(name_of(change.verb));
      add(change.ns);
      add(change.object);
      add(change.fence);
      if (change.body) add(dump_json(*change.body));
      for (const auto& field : change.fields) add(field.path + "\n" + field.before + "\n" + field.after);
    }
  }
  return "sha256:" + hash.finish_hex();
}

Result<Plan> make_plan(Context& context, const Steps& steps, Goal goal) {
  DPCTL_TRY(const auto order, in_order(steps, goal));
  std::vector<std::future<Result<StepPlan>>> plans;
  plans.reserve(order.size());
  for (Step* step : order)
    plans.push_back(
        std::async(std::launch::async, [step, &context, goal] { return step->plan(context, goal); }));
  Plan plan{.goal = goal, .steps = {}};
  std::optional<Error> first;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    auto part = plans[i].get();
    if (part)
      plan.steps.push_back(*std::move(part));
    else if (!first)
      first = failed_step(context, order[i]->name(), "cannot be planned", std::move(part).error()).take();
  }
  if (first) return fail(*std::move(first));
  return plan;
}

Result<Plan> run(Context& context, const Steps& steps, Goal goal) {
  DPCTL_TRY(const auto order, in_order(steps, goal));
  Plan done{.goal = goal, .steps = {}};
  context.acting = true;
  for (Step* step : order) {
    emit(context, Event::Kind::started, step->name(), "");
    auto part = step->plan(context, goal);
    if (!part) return failed_step(context, step->name(), "cannot be planned", std::move(part).error());
    if (!part->empty())
      if (auto applied = step->apply(context, *part, goal); !applied) {
        auto failure = failed_step(context, step->name(), "failed", std::move(applied).error());
        if (done.changes() > 0)
          return std::move(failure).hint("{} earlier steps are done; the same command continues from here",
                                         done.steps.size());
        return failure;
      }
    emit(context, Event::Kind::done, step->name(), summary(*part));
    done.steps.push_back(*std::move(part));
  }
  return done;
}

Result<std::vector<std::pair<std::string, std::vector<Finding>>>> verify(Context& context,
                                                                         const Steps& steps) {
  std::vector<std::future<Result<std::vector<Finding>>>> checks;
  checks.reserve(steps.size());
  for (const auto& step : steps)
    checks.push_back(std::async(std::launch::async, [&step, &context] { return step->verify(context); }));
  std::vector<std::pair<std::string, std::vector<Finding>>> findings;
  std::optional<Error> first;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    auto found = checks[i].get();
    if (found)
      findings.emplace_back(steps[i]->name(), *std::move(found));
    else if (!first)
      first = std::move(found).error();
  }
  if (first) return fail(*std::move(first));
  return findings;
}

}  // namespace dpctl::plan
