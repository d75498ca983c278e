#include "lib/chart/lint.hpp"

#include <algorithm>
#include <filesystem>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_options.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/file.hpp"
#include "lib/source/package.hpp"

namespace dpctl::cli {
namespace {

namespace fs = std::filesystem;

struct Options : ValueOptions {
  std::vector<std::string> paths;
  std::string kube_version;
  bool strict = false, with_subcharts = false, skip_schema = false;
};

/// The folders and archives below charts/ of each path.
std::vector<std::string> with_subcharts(const std::vector<std::string>& paths, const fs::path& from) {
  std::vector<std::string> all = paths;
  for (const auto& path : paths) {
    std::vector<std::string> found;
    std::error_code error;
    for (fs::recursive_directory_iterator it(from / path / "charts", error), end; !error && it != end;
         it.increment(error)) {
      const auto name = it->path().filename().string();
      if (name == "Chart.yaml")
        found.push_back(fs::path(path) / it->path().parent_path().lexically_relative(from / path));
      else if (name.ends_with(".tgz") || name.ends_with(".tar.gz"))
        found.push_back(fs::path(path) / it->path().lexically_relative(from / path));
    }
    std::sort(found.begin(), found.end());
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

Result<chart::Findings> lint_path(const std::string& path, const chart::LintOptions& lint, Env& env) {
  const auto where = env.world().directory / path;
  if (!path.ends_with(".tgz") && !path.ends_with(".tar.gz")) {
    auto findings = chart::lint(where.string(), lint);
    if (findings || findings.error().code != Code::not_found) return findings;
    return fail(Code::not_found,
                "unable to check Chart.yaml file in chart: stat {}: no such file or directory",
                (fs::path(path) / "Chart.yaml").string());
  }
  const TempDir folder;
  DPCTL_TRY(const auto bytes, read_file(where));
  DPCTL_TRY(const auto unpacked, source::unpack(bytes, path, folder.path()));
  return chart::lint(unpacked.string(), lint);
}

bool notable(const chart::Finding& finding) { return finding.severity != chart::Severity::info; }

Result<ExitCode> run(const Options& options, Env& env) {
  chart::LintOptions lint{.ns = env.globals().ns.empty() ? "default" : env.globals().ns,
                          .skip_schema = options.skip_schema};
  DPCTL_TRY(lint.values, values_of(options, env));
  if (!options.kube_version.empty()) DPCTL_CHECK(lint.capabilities.set_version(options.kube_version));
  auto paths = options.paths.empty() ? std::vector<std::string>{"."} : options.paths;
  if (options.with_subcharts) paths = with_subcharts(paths, env.world().directory);
  const auto least = options.strict ? chart::Severity::warning : chart::Severity::error;
  std::size_t failed = 0;
  const bool quiet = env.globals().quiet;
  bool any_notable = false;
  std::string text;
  for (const auto& path : paths) {
    const auto findings = lint_path(path, lint, env);
    const bool bad = !findings || std::any_of(findings->begin(), findings->end(),
                                              [&](const auto& f) { return f.severity >= least; });
    const bool something = !findings || std::any_of(findings->begin(), findings->end(), notable);
    if (bad) ++failed;
    any_notable = any_notable || something;
    if (quiet && !something) continue;
    text += "==> Linting " + path + "\n";
    if (!findings) {
      text += "Error " + one_line(findings.error()) + "\n";
    } else {
      for (const auto& finding : *findings)
        if (!quiet || notable(finding)) text += finding.line() + "\n";
    }
    text += "\n";
  }
  env.print_text(text);
  const auto summary = fmt::format("{} chart(s) linted, {} chart(s) failed", paths.size(), failed);
  if (failed > 0) return fail(Code::failed, "{}", summary);
  if (!quiet || any_notable) env.print_text(summary + "\n");
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartLint(
    "chart lint", [] {
      return command<Options>()
          .summary("Examine charts for mistakes, as 'helm lint' does")
          .example("Examine a chart with one's own values", "dpctl chart lint ./chart -f values.yaml")
          .example("Fail on warnings too", "dpctl chart lint --strict --with-subcharts ./chart")
          .argument("PATH", &Options::paths, "folders or .tgz files; the current folder when none is given",
                    nullptr, false)
          .files()
          .with(value_flags)
          .flag("--strict", &Options::strict, "fail on warnings too")
          .flag("--with-subcharts", &Options::with_subcharts, "also examine what is in charts/")
          .flag("--kube-version", &Options::kube_version, "version of Kubernetes to check against", "VERSION")
          .flag("--skip-schema-validation", &Options::skip_schema, "do not check values.schema.json")
          .run(run);
    });

}  // namespace dpctl::cli
