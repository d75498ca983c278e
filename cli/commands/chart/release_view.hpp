#pragma once

#include <string>

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

}  // namespace dpctl::cli
