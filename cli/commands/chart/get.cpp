#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/chart/release_view.hpp"
#include "cli/commands/table.hpp"
#include "lib/chart/insight/masked.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/chart/values.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string release;
  int revision = 0;
  bool all = false, show_secrets = false;
};

Result<chart::Value> computed_values(const chart::Release& release) {
  if (release.chart == nullptr) return release.config;
  chart::Warnings ignored;
  return chart::coalesce(*release.chart, release.config, chart::Nulls::remove, ignored);
}

std::string values_text(const chart::Value& values) {
  return values.is_map() && values.as_map().entries.empty() ? "null\n" : chart::to_yaml(values);
}

/// A manifest with stars in place of what Secrets hold, unless it was asked for.
std::string shown(const std::string& manifest, const Options& options) {
  return options.show_secrets ? manifest : chart::mask_secrets(manifest);
}

std::string hooks_text(const chart::Release& release, const Options& options) {
  std::string text;
  for (const auto& hook : release.hooks)
    text += fmt::format("---\n# Source: {}\n{}\n", hook.path, shown(hook.manifest, options));
  return text;
}

std::string notes_text(const chart::Release& release) {
  return release.notes.empty() ? "" : "NOTES:\n" + release.notes + "\n";
}

Result<ExitCode> values(const Options& options, Env& env) {
  DPCTL_TRY(const auto release, revision_of(options.release, options.revision, env));
  auto shown = release.config;
  if (options.all) {
    DPCTL_TRY(shown, computed_values(release));
  }
  View view{.text = (options.all ? "COMPUTED VALUES:\n" : "USER-SUPPLIED VALUES:\n") + values_text(shown)};
  const bool none = shown.is_map() && shown.as_map().entries.empty();
  view.document = std::make_shared<Json>(none ? Json() : chart::to_tree(shown));
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

Result<ExitCode> manifest(const Options& options, Env& env) {
  DPCTL_TRY(const auto release, revision_of(options.release, options.revision, env));
  env.print_text(shown(release.manifest, options) + "\n");
  return ExitCode::ok;
}

Result<ExitCode> notes(const Options& options, Env& env) {
  DPCTL_TRY(const auto release, revision_of(options.release, options.revision, env));
  env.print_text(notes_text(release));
  return ExitCode::ok;
}

Result<ExitCode> hooks(const Options& options, Env& env) {
  DPCTL_TRY(const auto release, revision_of(options.release, options.revision, env));
  env.print_text(hooks_text(release, options));
  return ExitCode::ok;
}

Result<ExitCode> all(const Options& options, Env& env) {
  DPCTL_TRY(const auto release, revision_of(options.release, options.revision, env));
  DPCTL_TRY(const auto computed, computed_values(release));
  auto view = view_of_release(release, {.notes = false, .masked = !options.show_secrets, .all = true, .tests = true});
  view.text += "USER-SUPPLIED VALUES:\n" + values_text(release.config) + "\nCOMPUTED VALUES:\n" +
               values_text(computed) + "\nHOOKS:\n" + hooks_text(release, options) + "MANIFEST:\n" + shown(release.manifest, options) +
               "\n" + notes_text(release);
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

constexpr auto secret_flag = [](auto& builder) {
  builder.flag("--show-secrets", &Options::show_secrets, "show what Secrets hold, in place of stars");
};

constexpr auto revision_flags = [](auto& builder) {
  builder.argument("RELEASE", &Options::release, "name of the release")
      .flag("--revision", &Options::revision, "of this revision, not of the newest", "N");
};

}  // namespace

constinit const Row kChartGetAll("chart get all", [] {
  return command<Options>()
      .summary("Show all that is kept of a release")
      .example("Everything about a release", "dpctl chart get all web -n shop")
      .with(revision_flags)
      .with(secret_flag)
      .run(all);
});

constinit const Row kChartGetValues("chart get values", [] {
  return command<Options>()
      .summary("Show the values that a release was given")
      .example("What somebody set", "dpctl chart get values web -n shop")
      .example("With the chart's defaults", "dpctl chart get values web -n shop --all")
      .with(revision_flags)
      .flag("-a,--all", &Options::all, "with the chart's defaults")
      .run(values);
});

constinit const Row kChartGetManifest("chart get manifest", [] {
  return command<Options>()
      .summary("Show the objects of a release as they were rendered")
      .example("The objects of an earlier revision", "dpctl chart get manifest web --revision 2")
      .with(revision_flags)
      .with(secret_flag)
      .run(manifest);
});

constinit const Row kChartGetNotes("chart get notes", [] {
  return command<Options>()
      .summary("Show the notes of a release")
      .example("Read the notes again", "dpctl chart get notes web -n shop")
      .with(revision_flags)
      .run(notes);
});

constinit const Row kChartGetHooks("chart get hooks", [] {
  return command<Options>()
      .summary("Show the hooks of a release")
      .example("What runs beside the objects", "dpctl chart get hooks web -n shop")
      .with(revision_flags)
      .with(secret_flag)
      .run(hooks);
});

}  // namespace dpctl::cli
