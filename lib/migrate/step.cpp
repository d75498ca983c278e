#include "lib/migrate/step.hpp"

#include "lib/net/http_client.hpp"

namespace dpctl::migrate {
namespace {

using plan::Change;
using plan::Context;
using plan::Finding;
using plan::Goal;

constexpr Engine kEngines[] = {Engine::clickhouse, Engine::postgres};

bool wanted(const plan::Environment& environment, Engine engine, std::optional<Engine> only) {
  if (only) return engine == *only;
  return engine == Engine::clickhouse ? environment.migrate_clickhouse : environment.migrate_postgres;
}

Result<std::unique_ptr<Store>> store_for(Context& context, net::HttpClient& http, Engine engine) {
  const auto& environment = context.environment;
  if (engine == Engine::postgres) {
    DPCTL_TRY(auto dsn, plan::resolve(context, environment.postgres.dsn, "connection string of PostgreSQL"));
    if (dsn.empty())
      return fail(Code::usage, "stores.postgres.dsnFrom is missing in {}", environment.file.string())
          .hint("say where the connection string is, or set migrations.postgres: false");
    return postgres_store(std::move(dsn));
  }
  if (environment.clickhouse.url.empty())
    return fail(Code::usage, "stores.clickhouse.url is missing in {}", environment.file.string())
        .hint("say where ClickHouse is, or set migrations.clickhouse: false");
  DPCTL_TRY(auto password, plan::resolve(context, environment.clickhouse.password, "password of ClickHouse"));
  return clickhouse_store(http, {.url = environment.clickhouse.url,
                                 .user = environment.clickhouse.user,
                                 .password = std::move(password),
                                 .database = environment.clickhouse.database});
}

Change change_for(Engine engine, const Entry& entry, const Migration& migration) {
  Change change{.verb = Change::Verb::run,
                .object = fmt::format("{}/{:03}_{}", name_of(engine), entry.id, entry.name),
                .reason = fmt::format("{} statements", entry.statements - entry.statements_done),
                .fence = migration.checksum};
  if (entry.state == Entry::State::partial) {
    change.reason += fmt::format(", {} are done", entry.statements_done);
    change.marks.emplace_back("half-applied-migration");
  }
  return change;
}

class MigrateStep final : public plan::Step {
 public:
  explicit MigrateStep(std::optional<Engine> only) : only_(only) {}
  [[nodiscard]] std::string_view name() const override { return "migrate"; }
  [[nodiscard]] std::vector<std::string_view> needs() const override { return {"prepare", "infra"}; }

  Result<plan::StepPlan> plan(Context& context, Goal goal) override {
    plan::StepPlan plan{.step = std::string(name())};
    if (goal == Goal::absent) return plan;
    DPCTL_TRY(auto targets, Targets::of(context, only_));
    for (auto& [store, migrations] : targets.all()) {
      DPCTL_TRY(const auto todo, migrate::plan(*store, migrations, context.deadline, context.stop));
      plan.unchanged += todo.unchanged;
      for (const auto& entry : todo.todo)
        for (const auto& migration : migrations)
          if (migration.id == entry.id) plan.changes.push_back(change_for(store->engine(), entry, migration));
    }
    return plan;
  }

  Result<void> apply(Context& context, const plan::StepPlan&, Goal) override {
    DPCTL_TRY(auto targets, Targets::of(context, only_));
    for (auto& [store, migrations] : targets.all()) {
      auto outcome = migrate::apply(*store, migrations, context.deadline, context.stop, context.events);
      if (!outcome) return fail(std::move(outcome).error());
    }
    return {};
  }

  Result<std::vector<Finding>> verify(Context& context) override {
    std::vector<Finding> findings;
    DPCTL_TRY(auto targets, Targets::of(context, only_));
    for (auto& [store, migrations] : targets.all()) {
      Finding finding{.check = fmt::format("schema/{}", name_of(store->engine()))};
      if (auto holds = migrate::verify(*store, migrations, context.deadline, context.stop); holds) {
        finding.text = fmt::format("{} migrations applied", migrations.size());
      } else {
        finding.level = Finding::Level::failed;
        finding.text = one_line(holds.error());
        finding.hints = holds.error().hints;
      }
      findings.push_back(std::move(finding));
    }
    return findings;
  }

 private:
  std::optional<Engine> only_;
};

}  // namespace

Targets::Targets() : http_(std::make_unique<net::HttpClient>()) {}
Targets::Targets(Targets&&) noexcept = default;
Targets::~Targets() = default;

Result<Targets> Targets::of(plan::Context& context, std::optional<Engine> only) {
  Targets targets;
  for (const Engine engine : kEngines) {
    if (!wanted(context.environment, engine, only)) continue;
    DPCTL_TRY(auto store, store_for(context, *targets.http_, engine));
    DPCTL_TRY(auto migrations, builtin(engine));
    targets.targets_.push_back({std::move(store), std::move(migrations)});
  }
  return targets;
}

std::unique_ptr<plan::Step> make_step(std::optional<Engine> only) {
  return std::make_unique<MigrateStep>(only);
}

}  // namespace dpctl::migrate
