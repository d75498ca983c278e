#include <nlohmann/json.hpp>

#include "cli/commands/migrate/engines.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/view.hpp"

namespace dpctl::cli {
namespace {

void add_entry(View& view, Json& items, std::string_view store, const migrate::Entry& entry) {
  const std::string name = fmt::format("{:03}_{}", entry.id, entry.name);
  const std::string done = fmt::format("{}/{}", entry.statements_done, entry.statements);
  view.rows.push_back({std::string(store), name, std::string(migrate::name_of(entry.state)), done,
                       entry.applied_at, entry.error});
  view.names.push_back(fmt::format("{}/{}", store, name));
  items.push_back({{"store", store},
                   {"migration", name},
                   {"state", migrate::name_of(entry.state)},
                   {"statementsDone", entry.statements_done},
                   {"statements", entry.statements},
                   {"appliedAt", entry.applied_at.empty() ? Json() : Json(entry.applied_at)},
                   {"error", entry.error.empty() ? Json() : Json(entry.error)}});
}

Result<ExitCode> run(const MigrateOptions& options, Env& env) {
  DPCTL_TRY(const auto engine, engine_named(options.store));
  DPCTL_TRY(const auto workspace, Workspace::open(env, options.file));
  DPCTL_TRY(auto targets, migrate::Targets::of(workspace->context(), engine));
  View view{.columns = {"STORE", "MIGRATION", "STATE", "STATEMENTS", "APPLIED-AT", "ERROR"}};
  Json items = Json::array();
  for (auto& [store, migrations] : targets.all()) {
    DPCTL_TRY(const auto entries, migrate::status(*store, migrations, env.deadline(), env.stop()));
    for (const auto& entry : entries) add_entry(view, items, migrate::name_of(store->engine()), entry);
  }
  view.document = std::make_shared<const Json>(
      Json{{"apiVersion", "dpctl/v1"}, {"kind", "MigrationList"}, {"items", std::move(items)}});
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kMigrateStatus("migrate status", [] {
  return migrate_command()
      .summary("List all migrations and how they stand")
      .describe("Shows applied, pending, partial, changed and unknown ones.")
      .example("What is applied, and when was it?", "dpctl migrate status -f dpctl.yaml")
      .example("One store only", "dpctl migrate status clickhouse -f dpctl.yaml")
      .run(run);
});

}  // namespace dpctl::cli
