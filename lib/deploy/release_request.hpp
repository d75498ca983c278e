#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/chart/post_render.hpp"
#include "lib/chart/release.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::deploy {

/// What is asked of a release beside its name: the flags of `dpctl chart install`, `upgrade`, `rollback` and
/// `uninstall`, with Helm's meaning. The default keeps a release as its environment file says (`dpctl up`).
struct ReleaseRequest {
  enum class Verb {
    keep,      ///< a revision only when something differs
    install,   ///< the name must be free
    upgrade,   ///< the release must be there, unless `install_missing`
    rollback,  ///< a new revision from an old one, which is not rendered again
  };
  enum class Values {
    automatic,         ///< the old ones when none are given
    reset,             ///< only those given
    reuse,             ///< the old ones and the old chart's defaults, with those given over them
    reset_then_reuse,  ///< the new chart's defaults, the old values, those given
  };
  Verb verb = Verb::keep;
  std::shared_ptr<chart::Chart> chart{};  ///< in place of the spec's
  chart::Value values = chart::Value::map();
  Values values_from = Values::automatic;
  int revision = 0;              ///< to roll back to; 0: the one before the newest
  bool install_missing = false;  ///< upgrade --install
  bool replace = false;          ///< install although the name was used by a release that is gone or failed
  bool create_namespace = false;
  bool take_ownership = false;  ///< objects that belong to nobody or to another release become this one's
  bool hooks = true;
  bool crds = true;  ///< create what is in crds/, on install only
  bool wait = true;
  bool wait_for_jobs = false;
  bool stable =
      false;  ///< what is drawn by lot stays as it was, and an upgrade that changes nothing makes no revision
  bool take_over = false;  ///< also what another tool left pending a moment ago
  kube::Cluster::Propagation propagation = kube::Cluster::Propagation::background;  ///< of uninstall
  bool cleanup_on_fail = false;  ///< a failed upgrade removes what it created
  bool undo_on_fail = false;     ///< a failed install is uninstalled, a failed upgrade rolled back
  bool keep_history = false;     ///< uninstall leaves the records
  bool lookup = true;            ///< templates may look at the cluster
  bool skip_schema = false, subchart_notes = false;
  chart::PostRender post_render{};  ///< what becomes of the documents before they are recorded and applied
  int history_max = 10;  ///< revisions that are kept; 0: all
  std::string description{};
  std::map<std::string, std::string> labels{};  ///< of the record; the value "null" removes one
};

/// What became of it; filled while the step plans and applies.
struct ReleaseOutcome {
  std::optional<chart::Release> release{};  ///< the new revision; after uninstall, the last one
  bool changed = false;                     ///< a revision was due
  std::vector<std::string> kept{};          ///< objects that their resource policy keeps
  std::string hook_output{};                ///< what hooks wrote whose output-log-policy asks for it
};

}  // namespace dpctl::deploy
