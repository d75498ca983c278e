#include <sys/stat.h>

#include <ctime>

#include "cli/app/env.hpp"
#include "cli/commands/chart/registry_options.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/file.hpp"
#include "lib/source/provenance.hpp"

namespace dpctl::cli {
namespace {

struct Options : RegistryFlags {
  std::string archive, remote;
};

/// When the archive was last written, which is when the chart was made; in UTC, whatever the machine's zone.
std::string written_at(const std::filesystem::path& file) {
  struct stat about{};
  if (::stat(file.c_str(), &about) != 0) return {};
  std::tm utc{};
  ::gmtime_r(&about.st_mtime, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

Result<ExitCode> run(const Options& options, Env& env) {
  const auto file = env.world().directory / options.archive;
  if (std::filesystem::is_directory(file))
    return fail(Code::usage, "cannot push directory, must provide chart archive (.tgz)")
        .hint("dpctl chart package {}", options.archive);
  DPCTL_TRY(auto bytes, read_file(file));
  source::ChartUpload upload{
      .archive = std::move(bytes), .archive_name = options.archive, .created = written_at(file)};
  if (const auto signature = source::provenance_name(file.string()); std::filesystem::exists(signature)) {
    DPCTL_TRY(upload.provenance, read_file(signature));
  }
  DPCTL_TRY(const auto access, registry_access(options, env));
  DPCTL_TRY(const auto pushed,
            source::push_chart(upload, options.remote, access, env.deadline(), env.stop(), env.events()));
  env.print_text("Pushed: " + pushed.reference + "\nDigest: " + pushed.digest + "\n");
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartPush(
    "chart push", [] {
      return command<Options>()
          .summary("Upload a packed chart to a registry")
          .describe(
              "REMOTE gets the chart's name and version as repository and tag. A signature beside the "
              "archive "
              "(.prov) goes up with it. Logins are those of 'helm registry login' and of Docker.")
          .example("Upload a chart to a registry of one's own",
                   "dpctl chart push web-1.2.3.tgz oci://registry.example.com/charts")
          .argument("CHART", &Options::archive, "the chart's .tgz")
          .files()
          .argument("REMOTE", &Options::remote, "oci://HOST[:PORT]/PATH")
          .with(registry_flags)
          .run(run);
    });

}  // namespace dpctl::cli
