#include <future>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_source.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::vector<std::string> names;
};

/// Those that are named, or all.
Result<std::vector<const source::Repository*>> chosen(const source::Repositories& kept,
                                                      const Options& options) {
  std::vector<const source::Repository*> all;
  for (const auto& name : options.names) {
    const auto* found = kept.find(name);
    if (found == nullptr)
      return fail(Code::not_found, "no repositories found matching '{}'; nothing is updated", name)
          .hint("dpctl chart repo list");
    all.push_back(found);
  }
  if (options.names.empty())
    for (const auto& one : kept.all()) all.push_back(&one);
  if (all.empty())
    return fail(Code::not_found, "no repositories found; add one first")
        .hint("dpctl chart repo add NAME URL");
  return all;
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto kept, repositories_of(env));
  DPCTL_TRY(const auto wanted, chosen(kept, options));
  DPCTL_TRY(const auto remotes, remotes_of({}, env));
  std::vector<std::future<Result<void>>> updates;
  for (const auto* one : wanted)
    updates.push_back(std::async(std::launch::async, [&kept, &remotes, one]() -> Result<void> {
      DPCTL_TRY(const auto text,
                source::download_index(*one, remotes.registry.http, remotes.deadline, remotes.stop));
      return kept.keep_index(one->name, text);
    }));
  std::vector<std::string> failed;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto updated = updates[i].get();
    if (!updated) {
      env.warn(fmt::format("repository {}: {}", wanted[i]->name, one_line(updated.error())));
      failed.push_back(wanted[i]->name);
    } else {
      env.print_text(
          fmt::format("...Successfully got an update from the \"{}\" chart repository\n", wanted[i]->name));
    }
  }
  if (!failed.empty())
    return fail(Code::failed, "failed to update the repositories {}", join(failed, ", "))
        .hint("the indexes of the others were updated; those that failed stay as they were");
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartRepoUpdate("chart repo update", [] {
  return command<Options>()
      .summary("Download the indexes of chart repositories anew, all at once")
      .example("Update all of them", "dpctl chart repo update")
      .argument("NAME", &Options::names, "only these repositories", nullptr, false)
      .run(run);
});

}  // namespace dpctl::cli
