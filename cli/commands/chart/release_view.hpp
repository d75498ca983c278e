#pragma once

#include <string>

#include "cli/app/env.hpp"
#include "cli/output/view.hpp"
#include "lib/chart/release_store.hpp"

namespace dpctl::cli {

struct ReleaseShow {
  bool dry_run = false, notes = true, secrets = true;
  bool masked = false;  ///< stars in place of what Secrets hold
  bool chart = true;    ///< the chart's metadata, in JSON and YAML
  bool all = false;     ///< name and versions of the chart, for people
  bool tests = false;  ///< how the test hooks ended, in place of the notes
  std::string resources{};  ///< Helm's RESOURCES, as text
  std::string lead{};  ///< a line above, for people only
};

/// Helm's summary of a release: name, time, namespace, status, revision, description, notes; for a dry run
/// with hooks and manifest. JSON and YAML: kind Release, with Helm's keys.
View view_of_release(const chart::Release& release, const ReleaseShow& show);

/// "web-1.0.0"; "MISSING" of a record without a chart, as Helm says.
std::string chart_label(const chart::Summary& release);

/// Where the releases of the namespace of the flag or of the context are kept.
Result<chart::ReleaseStore> store_of(Env& env);
/// Every revision of a release, oldest first. Code::not_found when there is none.
Result<chart::History> history_of(const std::string& name, Env& env);
/// One revision; 0: the newest. Code::not_found when it is not there.
Result<chart::Release> revision_of(const std::string& name, int revision, Env& env);

}  // namespace dpctl::cli
