#include "cli/commands/chart/stuck.hpp"

#include "lib/deploy/unfinished.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::cli {

Result<ExitCode> tell_of_stuck(std::span<const chart::Summary> releases, Env& env) {
  DPCTL_TRY(kube::Cluster * cluster, env.cluster());
  for (const auto& one : deploy::unfinished_of(*cluster, releases, env.deadline(), env.stop()))
    env.say(one.text);
  return ExitCode::ok;
}

}  // namespace dpctl::cli
