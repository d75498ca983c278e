#include "cli/commands/table.hpp"

#include <algorithm>
#include <array>

namespace dpctl::cli {

namespace {

constexpr const Row* kRows[]{&kInit,
                             &kPlan,
                             &kUp,
                             &kStatus,
                             &kVerify,
                             &kDown,
                             &kPrepare,
                             &kInfraApply,
                             &kInfraStatus,
                             &kMigratePlan,
                             &kMigrateApply,
                             &kMigrateStatus,
                             &kMigrateVerify,
                             &kDeploy,
                             &kChartTemplate,
                             &kChartInstall,
                             &kChartUpgrade,
                             &kChartRollback,
                             &kChartUninstall,
                             &kChartTest,
                             &kChartList,
                             &kChartHistory,
                             &kChartStatus,
                             &kChartDiff,
                             &kChartGetAll,
                             &kChartGetHooks,
                             &kChartGetManifest,
                             &kChartGetMetadata,
                             &kChartGetNotes,
                             &kChartGetValues,
                             &kChartBlame,
                             &kChartExplain,
                             &kChartDependencyBuild,
                             &kChartDependencyList,
                             &kChartDependencyUpdate,
                             &kChartLint,
                             &kChartPackage,
                             &kChartPull,
                             &kChartPush,
                             &kChartRegistryLogin,
                             &kChartRegistryLogout,
                             &kChartRepoAdd,
                             &kChartRepoIndex,
                             &kChartRepoList,
                             &kChartRepoRemove,
                             &kChartRepoUpdate,
                             &kChartSearchRepo,
                             &kChartVerify,
                             &kChartShowAll,
                             &kChartShowChart,
                             &kChartShowCrds,
                             &kChartShowReadme,
                             &kChartShowValues,

                             &kImageBuild,
                             &kImagePush,
                             &kConfigExplain,
                             &kCompletion,
                             &kVersion,
                             &kHelp,
                             &kComplete};

/// Each is built once, by the first who asks.
const Command* built(std::size_t index) {
  static std::array<std::unique_ptr<const Command>, std::size(kRows)> commands;
  auto& command = commands[index];
  if (command == nullptr) {
    auto made = kRows[index]->build();
    made.path = kRows[index]->path;
    command = std::make_unique<const Command>(std::move(made));
  }
  return command.get();
}

}  // namespace

const std::vector<const Command*>& commands() {
  static const auto all = [] {
    std::vector<const Command*> table;
    for (std::size_t i = 0; i < std::size(kRows); ++i) table.push_back(built(i));
    return table;
  }();
  return all;
}

const Command* find_command(std::string_view path) {
  for (std::size_t i = 0; i < std::size(kRows); ++i)
    if (kRows[i]->path == path) return built(i);
  return nullptr;
}

bool is_group(std::string_view path) {
  return std::any_of(std::begin(kRows), std::end(kRows), [&](const Row* row) {
    return row->path.size() > path.size() && row->path.starts_with(path) && row->path[path.size()] == ' ';
  });
}

}  // namespace dpctl::cli
