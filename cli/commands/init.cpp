#include "cli/app/env.hpp"
#include "cli/commands/table.hpp"
#include "dpctl_cli_files.hpp"
#include "lib/base/file.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string file = "dpctl.yaml";
  std::string kind = "local";
  bool force = false;
};

Result<ExitCode> run(const Options& options, Env& env) {
  std::error_code ignored;
  if (options.file != "-" && std::filesystem::exists(options.file, ignored) && !options.force)
    return fail(Code::conflict, "{} exists", options.file)
        .hint("write another one: dpctl init --file OTHER")
        .hint("replace it: --force");
  for (const auto& file : files::embedded_files()) {
    if (file.path != "examples/dpctl." + options.kind + ".yaml") continue;
    if (options.file == "-") {
      env.print_text(file.bytes);
      return ExitCode::ok;
    }
    DPCTL_CHECK(write_file(options.file, file.bytes));
    env.say("wrote " + options.file + "; next: edit it, then 'dpctl plan -f " + options.file + "'");
    return ExitCode::ok;
  }
  return fail(Code::usage, "no example of kind {}", options.kind);
}

}  // namespace

constinit const Row kInit("init", [] {
  return command<Options>()
      .summary("Write an environment file with every key explained")
      .example("Start with a small environment", "dpctl init")
      .example("Start with the guide's production values",
               "dpctl init --kind production --file production.yaml")
      .flag("-f,--file", &Options::file, "file to write; - for standard output", "FILE")
      .files()
      .flag("--kind", &Options::kind, "which one", "KIND", {"local", "production"})
      .flag("--force", &Options::force, "replace an existing file")
      .run(run);
});

}  // namespace dpctl::cli
