#include "lib/source/package.hpp"
#include "cli/app/env.hpp"
#include "cli/commands/chart/dependencies.hpp"
#include "cli/commands/chart/keyring.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/file.hpp"
#include "lib/chart/metadata.hpp"
#include "lib/chart/values.hpp"
#include "lib/chart/version.hpp"

namespace dpctl::cli {
namespace {

struct Options : RegistryFlags {
  std::vector<std::string> paths;
  std::string version, app_version, destination = ".";
  bool sign = false, dependency_update = false;
  std::string key, keyring, passphrase_file;
};

/// Writes the provenance file beside the archive.
Result<void> sign(const Options& options, const std::string& bytes, const chart::Metadata& metadata,
                  const std::filesystem::path& archive, Env& env) {
  if (options.key.empty())
    return fail(Code::usage, "--sign needs the name of a key").hint("name it with --key NAME");
  DPCTL_TRY(auto ring, keyring_of(options.keyring, env));
  source::SigningKey key{.keyring = std::move(ring), .key = options.key};
  if (!options.passphrase_file.empty()) {
    DPCTL_TRY(const auto text, env.read(options.passphrase_file));
    key.passphrase = text.substr(0, text.find_first_of("\r\n"));
  }
  DPCTL_TRY(const auto provenance, source::sign_provenance(bytes, archive.filename().string(),
                                                           source::metadata_yaml(metadata), key));
  return write_file(source::provenance_name(archive.string()), provenance);
}

Result<void> package_one(const Options& options, const std::string& path, Env& env) {
  const auto folder = env.world().directory / path;
  if (options.dependency_update) DPCTL_CHECK(update_dependencies(folder, {options}, env));
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
  if (options.sign) DPCTL_CHECK(sign(options, bytes, chart->metadata, written, env));
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

constinit const Row kChartPackage(
    "chart package", [] {
      return command<Options>()
          .summary("Pack a chart's folder into a .tgz")
          .describe("The same folder always gives the same bytes: no times and no owners are written.")
          .example("Pack a chart", "dpctl chart package ./chart -d out")
          .example("Pack it as another version",
                   "dpctl chart package ./chart --version 1.2.3 --app-version 7")
          .argument("CHART_PATH", &Options::paths, "folder with a Chart.yaml")
          .files()
          .with(registry_flags)
          .flag("-u,--dependency-update", &Options::dependency_update,
                "choose the dependencies' versions anew and fill charts/ first")
          .flag("--version", &Options::version, "version to write into Chart.yaml", "VERSION")
          .flag("--app-version", &Options::app_version, "appVersion to write into Chart.yaml", "VERSION")
          .flag("-d,--destination", &Options::destination, "folder to write to", "FOLDER")
          .files()
          .flag("--sign", &Options::sign, "write a signature beside it")
          .flag("--key", &Options::key, "key that signs, by a part of its name", "NAME")
          .flag("--keyring", &Options::keyring, "secret keys; without it ~/.gnupg/pubring.gpg", "FILE")
          .files()
          .flag("--passphrase-file", &Options::passphrase_file, "file with the key's passphrase, or -",
                "FILE")
          .files()
          .run(run);
    });

}  // namespace dpctl::cli
