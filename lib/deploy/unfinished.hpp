#pragma once

#include <span>
#include <string>
#include <vector>

#include "lib/chart/release_summary.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::deploy {

/// What is known of a release whose newest revision is in the middle of a change.
struct Unfinished {
  enum class Who {
    at_work,  ///< its lock is held and renewed
    died,     ///< its lock ran out, or was given back: the next command continues
    unknown,  ///< it was begun by a tool that holds no lock (Helm): nobody can know but you
  };
  Who who = Who::unknown;
  std::string text;  ///< "release web, revision 3, is pending-upgrade: …" and what to do, one line
};

/// One for each of `releases` that is pending or uninstalling, in their order; the locks are looked at all at
/// once. A lock that may not be looked at counts as unknown. Blocks.
std::vector<Unfinished> unfinished_of(kube::Cluster&, std::span<const chart::Summary> releases, Deadline,
                                      StopToken = {});

}  // namespace dpctl::deploy
