#include "lib/source/package.hpp"
#include "cli/app/env.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/file.hpp"
#include "lib/chart/metadata.hpp"
#include "lib/chart/values.hpp"
#include "lib/chart/version.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string version, app_version, destination = ".";
};

Result<void> package_one(const Options& options, const std::string& path, Env& env) {
  const auto folder = env.world().directory / path;
  DPCTL_TRY(const auto chart, chart::load_chart(folder.string()));
  if (!options.version.empty()) {
    if (!chart::Version::parse(options.version)) return fail(Code::usage, "invalid semantic version");
    chart->metadata.version = options.version;
  }
  if (!options.app_version.empty()) chart->metadata.app_version = options.app_version;
  DPCTL_CHECK(chart::check_dependencies(*chart));
  DPCTL_TRY(const auto bytes, source::package(*chart));
  const auto written = env.world().directory / options.destination / source::package_name(chart->metadata);
  DPCTL_CHECK(write_file(written, bytes));
  const auto shown = options.destination == "."
                         ? written.parent_path().lexically_normal() / written.filename()
                         : std::filesystem::path(options.destination) / written.filename();
  env.print_text("Successfully packaged chart and saved it to: " + shown.lexically_normal().string() + "\n");
  return {};
}

Result<ExitCode> run(const Options& options, Env& env) {
  for (const auto& path : options.paths) DPCTL_CHECK(package_one(options, path, env));
  return ExitCode::ok;
}

}  // namespace

const Command kChartPackage =
    command<Options>("chart package")
        .summary("Pack a chart's folder into a .tgz")
        .describe("The same folder always gives the same bytes: no times and no owners are written.")
        .example("Pack a chart", "dpctl chart package ./chart -d out")
        .example("Pack it as another version", "dpctl chart package ./chart --version 1.2.3 --app-version 7")
        .argument("CHART_PATH", &Options::paths, "folder with a Chart.yaml")
        .files()
        .flag("--version", &Options::version, "version to write into Chart.yaml", "VERSION")
        .flag("--app-version", &Options::app_version, "appVersion to write into Chart.yaml", "VERSION")
        .flag("-d,--destination", &Options::destination, "folder to write to", "FOLDER")
        .files()
        .run(run);

}  // namespace dpctl::cli
