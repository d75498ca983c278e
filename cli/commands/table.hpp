#pragma once

#include "cli/app/command.hpp"

namespace dpctl::cli {

extern constinit const Row kInit, kPlan, kUp, kStatus, kVerify, kDown;
extern constinit const Row kPrepare, kInfraApply, kInfraStatus, kMigratePlan, kMigrateApply, kMigrateStatus,
    kMigrateVerify, kDeploy;
extern constinit const Row kChartTemplate;
extern constinit const Row kChartRegistryLogin, kChartRegistryLogout;
extern constinit const Row kChartDiff, kChartList, kChartHistory, kChartStatus, kChartGetAll, kChartGetHooks,
    kChartGetManifest, kChartGetMetadata, kChartGetNotes, kChartGetValues;
extern constinit const Row kChartVerify, kChartPull, kChartPush, kChartSearchRepo;
extern constinit const Row kChartRepoAdd, kChartRepoIndex, kChartRepoList, kChartRepoRemove, kChartRepoUpdate;
extern constinit const Row kChartInstall, kChartUpgrade, kChartRollback, kChartUninstall;
extern constinit const Row kChartTest;
extern constinit const Row kChartBlame;
extern constinit const Row kChartExplain;
extern constinit const Row kChartDependencyBuild, kChartDependencyList, kChartDependencyUpdate, kChartLint,
    kChartPackage, kChartShowAll, kChartShowChart, kChartShowCrds, kChartShowReadme, kChartShowValues;
extern constinit const Row kImageBuild, kImagePush;
extern constinit const Row kConfigExplain, kCompletion, kComplete, kVersion, kHelp;

}  // namespace dpctl::cli
