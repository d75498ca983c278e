#pragma once

#include "cli/app/command.hpp"

namespace dpctl::cli {

extern const Command kInit, kPlan, kUp, kStatus, kVerify, kDown;
extern const Command kPrepare, kInfraApply, kInfraStatus, kMigratePlan, kMigrateApply, kMigrateStatus,
    kMigrateVerify, kDeploy;
extern const Command kChartTemplate;
extern const Command kChartRegistryLogin, kChartRegistryLogout;
extern const Command kChartDiff, kChartList, kChartHistory, kChartStatus, kChartGetAll, kChartGetHooks,
    kChartGetManifest, kChartGetMetadata, kChartGetNotes, kChartGetValues;
extern const Command kChartVerify, kChartPull, kChartPush, kChartSearchRepo;
extern const Command kChartRepoAdd, kChartRepoIndex, kChartRepoList, kChartRepoRemove, kChartRepoUpdate;
extern const Command kChartInstall, kChartUpgrade, kChartRollback, kChartUninstall;
extern const Command kChartTest;
extern const Command kChartBlame;
extern const Command kChartExplain;
extern const Command kChartDependencyBuild, kChartDependencyList, kChartDependencyUpdate, kChartLint,
    kChartPackage, kChartShowAll, kChartShowChart, kChartShowCrds, kChartShowReadme, kChartShowValues;
extern const Command kImageBuild, kImagePush;
extern const Command kConfigExplain, kCompletion, kComplete, kVersion, kHelp;

}  // namespace dpctl::cli
