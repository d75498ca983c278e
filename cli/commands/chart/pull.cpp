#include <filesystem>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_source.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/file.hpp"
#include "lib/source/package.hpp"
#include "lib/source/provenance.hpp"

namespace dpctl::cli {
namespace {

namespace fs = std::filesystem;

struct Options : SourceOptions {
  std::vector<std::string> charts;
  std::string destination = ".", untar_folder = ".";
  bool untar = false, provenance = false;
};

/// Only the last part of what a server calls a file, and no name that leads elsewhere.
Result<std::string> file_name(const source::RemoteChart& chart) {
  const auto name = fs::path(chart.file).filename().string();
  if (name.empty() || name != chart.file || name == "." || name == "..")
    return fail(Code::failed, "\"{}\" is no name for an archive", chart.file);
  return name;
}

Result<void> unpack_beside(const source::RemoteChart& chart, const Options& options, const fs::path& folder) {
  const TempDir scratch;
  DPCTL_TRY(const auto unpacked, source::unpack(chart.bytes, chart.file, scratch.path()));
  const auto into = folder / options.untar_folder;
  const auto target = into / unpacked.filename();
  std::error_code error;
  if (fs::exists(target, error))
    return fail(Code::conflict, "failed to untar: a file or directory with the name {} already exists",
                target.string());
  DPCTL_TRY(const auto placed, source::unpack(chart.bytes, chart.file, into));
  return {};
}

Result<void> pull(const std::string& reference, const Options& options, Env& env) {
  auto request = request_of(reference, options, env);
  request.provenance = request.provenance || options.provenance;
  if (!source::is_remote(request))
    return fail(Code::usage, "{} names no chart of a repository or registry", reference)
        .hint(
            "REPOSITORY/NAME, oci://HOST/PATH/NAME, https://HOST/NAME-VERSION.tgz, or NAME with --repo URL");
  DPCTL_TRY(const auto chart, fetch(request, options, env));
  if (!chart.reference.empty())
    env.print_text(fmt::format("Pulled: {}\nDigest: {}\n", chart.reference, chart.digest));
  const auto folder = env.world().directory / options.destination;
  if (options.untar) return unpack_beside(chart, options, folder);
  DPCTL_TRY(const auto name, file_name(chart));
  DPCTL_CHECK(write_file(folder / name, chart.bytes));
  if (!chart.provenance.empty())
    DPCTL_CHECK(write_file(source::provenance_name((folder / name).string()), chart.provenance));
  return {};
}

Result<ExitCode> run(const Options& options, Env& env) {
  for (const auto& reference : options.charts) DPCTL_CHECK(pull(reference, options, env));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartPull(
    "chart pull", [] {
      return command<Options>()
          .summary("Download charts from repositories and registries, as 'helm pull' does")
          .example("The newest release of a chart of a repository", "dpctl chart pull stable/web -d charts")
          .example("A chart of a registry, unpacked",
                   "dpctl chart pull oci://registry.example.com/charts/web --version '^1.2' --untar")
          .argument("CHART", &Options::charts, "REPOSITORY/NAME, oci://…, https://…, or NAME with --repo")
          .with(source_flags)
          .flag("-d,--destination", &Options::destination, "folder to write to", "FOLDER")
          .files()
          .flag("--untar", &Options::untar, "unpack it in place of keeping the archive")
          .flag("--untardir", &Options::untar_folder, "with --untar: folder below the destination", "FOLDER")
          .files()
          .flag("--prov", &Options::provenance, "fetch the signature too, without checking it")
          .run(run);
    });

}  // namespace dpctl::cli
