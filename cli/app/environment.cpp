#include "cli/app/environment.hpp"

#include "cli/app/record_kind.hpp"

#include "lib/deploy/release_step.hpp"
#include "lib/infra/infra.hpp"
#include "lib/kube/cluster.hpp"
#include "lib/migrate/step.hpp"
#include "lib/prepare/prepare.hpp"
#include "lib/verify/verify.hpp"

namespace dpctl::cli {
namespace {

std::filesystem::path file_to_read(const Env& env, const std::string& flag) {
  if (!flag.empty()) return flag;
  if (auto named = env.variable("DPCTL_FILE"); !named.empty()) return named;
  return "dpctl.yaml";
}

}  // namespace

Result<std::unique_ptr<Workspace>> Workspace::open(Env& env, const std::string& file, bool force_conflicts) {
  DPCTL_TRY(auto environment, plan::load_environment(file_to_read(env, file)));
  if (!env.globals().ns.empty()) environment.ns = env.globals().ns;
  std::unique_ptr<Workspace> workspace(new Workspace(std::move(environment)));
  DPCTL_TRY(kube::Cluster * cluster, env.cluster(workspace->environment_.context));
  workspace->context_.reset(new plan::Context{.environment = workspace->environment_,
                                              .cluster = *cluster,
                                              .variables = env.variables(),
                                              .events = env.events(),
                                              .deadline = env.deadline(),
                                              .stop = env.stop(),
                                              .force_conflicts = force_conflicts});
  DPCTL_TRY(workspace->context_->records, record_kind(env));
  return workspace;
}

plan::Steps Workspace::steps() const {
  plan::Steps steps;
  steps.push_back(prepare::make_step());
  if (environment_.infra_enabled) steps.push_back(infra::make_step(environment_));
  if (environment_.migrate_clickhouse || environment_.migrate_postgres) steps.push_back(migrate::make_step());
  steps.push_back(deploy::make_step(environment_));
  steps.push_back(verify::make_step());
  return steps;
}

plan::Steps Workspace::step(std::string_view name) const {
  plan::Steps one;
  for (auto& step : steps())
    if (step->name() == name) one.push_back(std::move(step));
  return one;
}

}  // namespace dpctl::cli
