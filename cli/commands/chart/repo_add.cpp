#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_source.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::cli {
namespace {

struct Options : RegistryFlags {
  std::string name, url;
  bool force = false, pass_credentials = false, password_from_input = false;
};

Result<ExitCode> run(const Options& options, Env& env) {
  if (options.name.find('/') != std::string::npos)
    return fail(Code::usage, "repository name ({}) contains '/', please specify a different name without '/'",
                options.name);
  SourceOptions access{};
  static_cast<RegistryFlags&>(access) = options;
  access.repository = options.url;
  access.pass_credentials = options.pass_credentials;
  if (options.password_from_input) {
    DPCTL_TRY(const auto password, env.read("-"));
    access.password = trim(password);
  }
  auto repository = request_of("", access, env).repository;
  repository.name = options.name;
  DPCTL_TRY(auto kept, repositories_of(env));
  if (const auto* known = kept.find(options.name); known != nullptr && !options.force) {
    if (*known == repository) {
      env.print_text(
          fmt::format("\"{}\" already exists with the same configuration, skipping\n", options.name));
      return ExitCode::ok;
    }
    return fail(Code::conflict, "repository name ({}) already exists, please specify a different name",
                options.name)
        .hint("--force-update replaces it");
  }
  DPCTL_TRY(const auto remotes, remotes_of(options, env));
  DPCTL_TRY(const auto text,
            source::download_index(repository, remotes.registry.http, env.deadline(), env.stop()));
  DPCTL_CHECK(kept.keep_index(options.name, text));
  kept.put(std::move(repository));
  DPCTL_CHECK(kept.save());
  env.print_text(fmt::format("\"{}\" has been added to your repositories\n", options.name));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartRepoAdd(
    "chart repo add", [] {
      return command<Options>()
          .summary("Add a chart repository; Helm sees it too")
          .example("Add a repository under a name", "dpctl chart repo add stable https://charts.example.com")
          .argument("NAME", &Options::name, "name for the repository")
          .argument("URL", &Options::url, "its address")
          .with(registry_flags)
          .flag("--password-stdin", &Options::password_from_input, "read the password from standard input")
          .flag("--pass-credentials", &Options::pass_credentials,
                "send the credentials to every host that the repository names")
          .flag("--force-update", &Options::force, "replace the repository of that name")
          .without_effect(Param::Kind::flag, {"--allow-deprecated-repos"})
          .run(run);
    });

}  // namespace dpctl::cli
