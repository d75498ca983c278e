#include "cli/commands/table.hpp"

namespace dpctl::cli {

extern const Command kChartGetMetadata;

const std::vector<const Command*>& commands() {
  static const std::vector<const Command*> table{&kInit,
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
  return table;
}

const Command* find_command(std::string_view path) {
  for (const Command* command : commands())
    if (command->path == path) return command;
  return nullptr;
}

}  // namespace dpctl::cli
