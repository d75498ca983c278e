#include <nlohmann/json.hpp>

#include "cli/commands/chart/chart_action.hpp"
#include "cli/commands/chart/chart_options.hpp"
#include "cli/commands/table.hpp"
#include "lib/chart/insight/manifest_diff.hpp"
#include "lib/chart/insight/selection.hpp"
#include "lib/chart/release_store.hpp"

namespace dpctl::cli {
namespace {

using Request = deploy::ReleaseRequest;

struct Options : ValueOptions, SourceOptions {
  std::string release, chart;
  bool stable = false, reuse = false, reset = false, reset_then_reuse = false;
  bool show_secrets = false, detailed_exitcode = false;
  int from = 0, to = 0;
  int context = 3;
};

/// What an upgrade would record, by the same plan and without carrying it out.
Result<std::string> manifest_after(const Options& options, Env& env) {
  Request request{};
  DPCTL_TRY(request.chart, chart_of(options.chart, options, env));
  DPCTL_TRY(request.values, values_of(options, env));
  request.verb = Request::Verb::upgrade;
  request.install_missing = true;
  request.take_ownership = true;
  request.stable = options.stable;
  if (options.reset) request.values_from = Request::Values::reset;
  if (options.reuse) request.values_from = Request::Values::reuse;
  if (options.reset_then_reuse) request.values_from = Request::Values::reset_then_reuse;
  DPCTL_TRY(const auto outcome,
            act_on_release(options.release, std::move(request), plan::Goal::present, true, false, env));
  const auto& release = outcome.release.value();
  return chart::redact(release.manifest, release.secrets);
}

struct Sides {
  std::string before, after;
};

/// The revision that is deployed beside the chart; without a chart, two revisions.
Result<Sides> sides_of(const Options& options, Env& env) {
  if (!options.chart.empty()) {
    Sides sides;
    if (const auto history = history_of(options.release, env)) {
      const auto* deployed = chart::deployed_of(*history);
      sides.before = deployed == nullptr ? history->back().manifest : deployed->manifest;
    } else if (history.error().code != Code::not_found) {
      return fail(history.error());
    }
    DPCTL_TRY(sides.after, manifest_after(options, env));
    return sides;
  }
  DPCTL_TRY(const auto to, revision_of(options.release, options.to, env));
  const int before = options.from != 0 ? options.from : to.version - 1;
  if (before < 1)
    return fail(Code::usage, "release {} has one revision, and nothing to compare it with", options.release)
        .hint("name a chart: dpctl chart diff {} CHART", options.release);
  DPCTL_TRY(const auto from, revision_of(options.release, before, env));
  return Sides{from.manifest, to.manifest};
}

std::string_view word_of(chart::ObjectDifference::Kind kind) {
  using Kind = chart::ObjectDifference::Kind;
  return kind == Kind::added ? "added" : kind == Kind::removed ? "removed" : "changed";
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_CHECK(chart::check_release_name(options.release));
  DPCTL_TRY(const auto sides, sides_of(options, env));
  DPCTL_TRY(const auto differences,
            chart::diff_manifests(sides.before, sides.after,
                                  {.context = static_cast<std::size_t>(std::max(options.context, 0)),
                                   .show_secrets = options.show_secrets}));
  View view;
  Json items = Json::array();
  for (const auto& one : differences) {
    view.text += one.text;
    view.names.push_back(one.object);
    items.push_back({{"object", one.object}, {"change", word_of(one.kind)}, {"diff", one.text}});
  }
  if (differences.empty()) env.say("no differences");
  view.document = std::make_shared<Json>(
      Json{{"apiVersion", "dpctl/v1"}, {"kind", "ManifestDifference"}, {"items", std::move(items)}});
  DPCTL_CHECK(env.print(view));
  // As 'dpctl plan --detailed-exitcode': 2 says that something differs.
  return options.detailed_exitcode && !differences.empty() ? static_cast<ExitCode>(2) : ExitCode::ok;
}

}  // namespace

constinit const Row kChartDiff(
    "chart diff", [] {
      return command<Options>()
          .summary("Show what an upgrade would change, or how two revisions differ")
          .describe(
              "With a chart, its rendering is compared with the revision that is deployed; without one, two "
              "revisions "
              "are: the newest and the one before, unless --to and --from say others. What Secrets hold is "
              "shown as "
              "size and digest.")
          .example("What an upgrade would change", "dpctl chart diff web ./chart -n shop --set replicas=3")
          .example("What the last upgrade changed", "dpctl chart diff web -n shop")
          .argument("RELEASE", &Options::release, "name of the release")
          .argument("CHART", &Options::chart, "as for 'chart upgrade'", nullptr, false)
          .files()
          .with(source_flags)
          .with(value_flags)
          .flag("--from", &Options::from, "without a chart: the older revision", "N")
          .flag("--to", &Options::to, "without a chart: the newer revision", "N")
          .flag("--stable", &Options::stable, "what templates draw by lot stays as it is")
          .flag("--reuse-values", &Options::reuse, "as for 'chart upgrade'")
          .flag("--reset-values", &Options::reset, "as for 'chart upgrade'")
          .flag("--reset-then-reuse-values", &Options::reset_then_reuse, "as for 'chart upgrade'")
          .flag("--show-secrets", &Options::show_secrets, "show what Secrets hold")
          .flag("-C,--lines", &Options::context, "unchanged lines around a change", "N")
          .flag("--detailed-exitcode", &Options::detailed_exitcode,
                "exit with 0 when nothing differs, with 2 when something does")
          .run(run);
    });

}  // namespace dpctl::cli
