#pragma once

#include <string>

#include "cli/app/env.hpp"
#include "cli/output/view.hpp"
#include "lib/chart/release.hpp"

namespace dpctl::cli {

struct ReleaseShow {
  bool dry_run = false, notes = true, secrets = true;
  bool tests = false;  ///< how the test hooks ended, in place of the notes
  std::string lead{};  ///< a line above, for people only
};

/// Helm's summary of a release: name, time, namespace, status, revision, description, notes; for a dry run
/// with hooks and manifest. JSON and YAML: kind Release, with Helm's keys.
View view_of_release(const chart::Release& release, const ReleaseShow& show);

/// "Tue Nov 24 09:54:39 2026", in the local zone, from RFC 3339; what cannot be read stays as it is.
std::string local_time(const std::string& time);

/// "2026-11-24 11:16:14.330263444 +0000 UTC", as Go prints the same time.
std::string go_time(const std::string& time);

/// "web-1.0.0", and the version of what it brings; of a record without a chart, nothing.
std::string chart_label(const chart::Release& release);
std::string app_version(const chart::Release& release);

/// Every revision of a release in the namespace of the flag or of the context, oldest first. Code::not_found
/// when there is none.
Result<chart::History> history_of(const std::string& name, Env& env);
/// One revision; 0: the newest.
Result<chart::Release> revision_of(const std::string& name, int revision, Env& env);

}  // namespace dpctl::cli
