#include "lib/plan/executor.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace dpctl;
using namespace dpctl::plan;

namespace {

/// A step that notes what was asked of it.
class NotingStep final : public Step {
 public:
  NotingStep(std::string name, std::vector<std::string_view> needs, std::vector<std::string>& notes,
             bool changes = true, bool fails = false)
      : name_(std::move(name)), needs_(std::move(needs)), notes_(notes), changes_(changes), fails_(fails) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::vector<std::string_view> needs() const override { return needs_; }
  Result<StepPlan> plan(Context&, Goal) override {
    StepPlan plan{.step = name_};
    if (changes_) plan.changes.push_back({.object = "configmap/" + name_});
    return plan;
  }
  Result<void> apply(Context&, const StepPlan&, Goal) override {
    notes_.push_back(name_);
    if (fails_) return fail(Code::unhealthy, "it broke");
    return {};
  }
  Result<std::vector<Finding>> verify(Context&) override {
    return std::vector<Finding>{{Finding::Level::ok, name_}};
  }

 private:
  std::string name_;
  std::vector<std::string_view> needs_;
  std::vector<std::string>& notes_;
  bool changes_, fails_;
};

struct World {
  Environment environment{};
  kube::Cluster cluster{
      kube::Connection{.server = "http://127.0.0.1:1", .context = {}, .credentials = nullptr}, {}};
  NoEvents events;
  Context context{environment, cluster, {}, events, Deadline::never(), {}};
};

template <class... S>
Steps steps_of(std::unique_ptr<S>... step) {
  Steps steps;
  (steps.push_back(std::move(step)), ...);
  return steps;
}

}  // namespace

TEST_CASE("steps run after what they need, and the other way round on the way down") {
  World world;
  std::vector<std::string> notes;
  const auto steps =
      steps_of(std::make_unique<NotingStep>("deploy", std::vector<std::string_view>{"migrate"}, notes),
               std::make_unique<NotingStep>("migrate", std::vector<std::string_view>{"prepare"}, notes),
               std::make_unique<NotingStep>("prepare", std::vector<std::string_view>{}, notes));
  REQUIRE(run(world.context, steps, Goal::present));
  CHECK(notes == std::vector<std::string>{"prepare", "migrate", "deploy"});
  notes.clear();
  REQUIRE(run(world.context, steps, Goal::absent));
  CHECK(notes == std::vector<std::string>{"deploy", "migrate", "prepare"});
}

TEST_CASE("a step with nothing to do is not applied") {
  World world;
  std::vector<std::string> notes;
  const auto steps =
      steps_of(std::make_unique<NotingStep>("prepare", std::vector<std::string_view>{}, notes, false));
  const auto done = run(world.context, steps, Goal::present);
  REQUIRE(done);
  CHECK(notes.empty());
  CHECK(done->changes() == 0);
}

TEST_CASE("a failing step ends the run, names itself and says that the earlier ones are done") {
  World world;
  std::vector<std::string> notes;
  const auto steps = steps_of(
      std::make_unique<NotingStep>("prepare", std::vector<std::string_view>{}, notes),
      std::make_unique<NotingStep>("deploy", std::vector<std::string_view>{"prepare"}, notes, true, true),
      std::make_unique<NotingStep>("verify", std::vector<std::string_view>{"deploy"}, notes));
  const auto done = run(world.context, steps, Goal::present);
  REQUIRE(!done);
  CHECK(done.error().code == Code::unhealthy);
  CHECK(one_line(done.error()) == "step deploy failed: it broke");
  CHECK(done.error().hints ==
        std::vector<std::string>{"1 earlier steps are done; the same command continues from here"});
  CHECK(notes == std::vector<std::string>{"prepare", "deploy"});
}

TEST_CASE("steps that need each other are refused") {
  World world;
  std::vector<std::string> notes;
  const auto steps = steps_of(std::make_unique<NotingStep>("a", std::vector<std::string_view>{"b"}, notes),
                              std::make_unique<NotingStep>("b", std::vector<std::string_view>{"a"}, notes));
  CHECK(!make_plan(world.context, steps, Goal::present));
}

TEST_CASE("the digest of a plan changes with what it would do, and only then") {
  Plan plan{.steps = {StepPlan{.step = "deploy", .changes = {Change{.object = "configmap/x"}}}}};
  const Plan same = plan;
  CHECK(plan.digest() == same.digest());
  plan.steps[0].changes[0].fence = "17";
  CHECK(plan.digest() != same.digest());
}
