#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/view.hpp"

namespace dpctl::cli {
namespace {

struct Options {};

Result<ExitCode> run(const Options&, Env& env) {
  const View view{.names = {DPCTL_VERSION},
                  .document = std::make_shared<const Json>(
                      Json{{"apiVersion", "dpctl/v1"}, {"kind", "Version"}, {"version", DPCTL_VERSION}}),
                  .text = "dpctl " DPCTL_VERSION "\n"};
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kVersion("version", [] {
  return command<Options>()
      .summary("Print the version of this program")
      .example("For a script", "dpctl version -o json")
      .run(run);
});

}  // namespace dpctl::cli
