#include "cli/app/environment.hpp"
#include "cli/app/record_kind.hpp"
#include "cli/commands/run_step.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/plan_view.hpp"
#include "lib/deploy/release_step.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::cli {
namespace {

struct Options : StepOptions {
  std::string chart, release;
  std::vector<std::string> values;
};

// A chart without an environment file: a release in the namespace of the flag or of the context.
Result<ExitCode> run_chart(const Options& options, Env& env) {
  if (options.release.empty())
    return fail(Code::usage, "no release name").hint("name it with --release NAME");
  DPCTL_TRY(kube::Cluster * cluster, env.cluster());
  plan::Environment environment;
  environment.ns = cluster->connection().ns;
  environment.file = env.world().directory / "values";  // relative paths start where the user is
  plan::Context context{.environment = environment,
                        .cluster = *cluster,
                        .variables = env.variables(),
                        .events = env.events(),
                        .deadline = env.deadline(),
                        .stop = env.stop(),
                        .force_conflicts = options.force_conflicts};
  DPCTL_TRY(context.records, record_kind(env));
  plan::Steps steps;
  steps.push_back(deploy::make_chart_step(
      {.name = options.release, .chart = options.chart, .values = options.values}, {.stable = true}));
  auto plan = options.dry_run ? plan::make_plan(context, steps, plan::Goal::present)
                              : plan::run(context, steps, plan::Goal::present);
  if (!plan) return fail(std::move(plan).error());
  DPCTL_CHECK(env.print(view_of_plan(*plan, !options.dry_run)));
  return ExitCode::ok;
}

Result<ExitCode> run(const Options& options, Env& env) {
  return options.chart.empty() ? run_step(options, env, "deploy") : run_chart(options, env);
}

}  // namespace

constinit const Row kDeploy(
    "deploy", [] {
      return command<Options>()
          .summary("Deploy the services as a Helm release, and wait until they are ready")
          .describe(
              "Section 5 of the guide. The chart is rendered as Helm renders it, planned by server-side dry "
              "run, applied in parallel, and "
              "recorded so that 'helm list' and 'helm history' show it. With --chart any chart is deployed, "
              "without an environment file.")
          .example("Deploy the services", "dpctl deploy -f dpctl.yaml")
          .example("See what would change", "dpctl deploy -f dpctl.yaml --dry-run")
          .example("Deploy a chart of one's own",
                   "dpctl deploy --chart ./chart --release web -n default --values production.yaml")
          .flag("-f,--file", &Options::file, "environment file; default: $DPCTL_FILE, then dpctl.yaml",
                "FILE")
          .files()
          .flag("--dry-run", &Options::dry_run, "only show what would change")
          .flag("--force-conflicts", &Options::force_conflicts,
                "take over fields that other field managers own")
          .flag("--chart", &Options::chart, "a chart in place of the environment's: a folder or a .tgz",
                "CHART")
          .files()
          .flag("--release", &Options::release, "name of the release of --chart", "NAME")
          .flag("--values", &Options::values, "values file of --chart", "FILE")
          .files()
          .run(run);
    });

}  // namespace dpctl::cli
