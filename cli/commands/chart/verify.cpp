#include "cli/commands/chart/keyring.hpp"
#include "cli/commands/table.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string path, keyring;
};

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto verification, verify_archive(options.path, options.keyring, env));
  env.print_text(text_of(verification));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartVerify("chart verify", [] {
  return command<Options>()
      .summary("Check a chart's signature")
      .describe(
          "Reads the .prov file beside the archive: who signed it, and whether the "
          "archive is the one that "
          "was signed.")
      .example("Check a chart with the keys that one trusts",
               "dpctl chart verify web-1.2.3.tgz --keyring trusted.gpg")
      .argument("PATH", &Options::path, "the chart's .tgz")
      .files()
      .flag("--keyring", &Options::keyring, "public keys; without it ~/.gnupg/pubring.gpg", "FILE")
      .files()
      .run(run);
});

}  // namespace dpctl::cli
