#pragma once

#include "cli/app/command.hpp"

namespace dpctl::cli {

extern const Row kInit, kPlan, kUp, kStatus, kVerify, kDown;
extern const Row kPrepare, kInfraApply, kInfraStatus, kMigratePlan, kMigrateApply, kMigrateStatus,
    kMigrateVerify, kDeploy;
extern const Row kChartTemplate;
extern const Row kChartRegistryLogin, kChartRegistryLogout;
extern const Row kChartDiff, kChartList, kChartHistory, kChartStatus, kChartGetAll, kChartGetHooks,
    kChartGetManifest, kChartGetMetadata, kChartGetNotes, kChartGetValues;
extern const Row kChartVerify, kChartPull, kChartPush, kChartSearchRepo;
extern const Row kChartRepoAdd, kChartRepoIndex, kChartRepoList, kChartRepoRemove, kChartRepoUpdate;
extern const Row kChartInstall, kChartUpgrade, kChartRollback, kChartUninstall;
extern const Row kChartTest;
extern const Row kChartBlame;
extern const Row kChartExplain;
extern const Row kChartDependencyBuild, kChartDependencyList, kChartDependencyUpdate, kChartLint,
    kChartPackage, kChartShowAll, kChartShowChart, kChartShowCrds, kChartShowReadme, kChartShowValues;
extern const Row kImageBuild, kImagePush;
extern const Row kConfigExplain, kCompletion, kComplete, kVersion, kHelp;

}  // namespace dpctl::cli
