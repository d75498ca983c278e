#include "lib/deploy/unfinished.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lib/base/duration.hpp"
#include "lib/deploy/release_lock.hpp"

namespace dpctl::deploy {
namespace {

using std::chrono::system_clock;

/// The command that ends it, and the one that undoes it.
std::string next_step(const chart::Summary& release, bool by_force) {
  const std::string flag = by_force ? " --take-over" : "";
  const auto command = [&](std::string_view verb, std::string_view rest) {
    return fmt::format("'dpctl chart {} {}{} -n {}{}'", verb, release.name, rest, release.ns, flag);
  };
  if (release.status == "uninstalling") return command("uninstall", "") + " goes on with it";
  if (release.status == "pending-install")
    return fmt::format("{} goes on with it, {} removes it", command("install", " CHART"), command("uninstall", ""));
  if (release.status == "pending-rollback") return command("rollback", "") + " goes on with it";
  return fmt::format("{} goes on with it, {} goes back", command("upgrade", " CHART"), command("rollback", ""));
}

std::string age_of(const chart::Summary& release) {
  const auto begun = kube::parse_time(release.last_deployed);
  if (!begun) return "";
  const auto age = std::chrono::floor<std::chrono::seconds>(system_clock::now() - *begun);
  return fmt::format(" since {}", format_duration(age));
}

bool is_young(const chart::Summary& release) {
  const auto begun = kube::parse_time(release.last_deployed);
  return begun && system_clock::now() - *begun < kPendingPatience;
}

Unfinished judge(const chart::Summary& release, const Result<Json>& lease) {
  const auto lock = lease ? kube::holder_of(*lease) : kube::LeaseHolder{};
  const auto head = fmt::format("release {}, revision {}, is {}{}", release.name, release.version, release.status,
                                age_of(release));
  if (lock.holder.empty() && lock.word == word_of(release.version, release.last_deployed))
    return {.who = Unfinished::Who::died,
            .text = fmt::format("{}: the run that began it has ended; {}", head, next_step(release, false))};
  if (lock.holder.empty() || !lock.renewed)
    return {.who = Unfinished::Who::unknown,
            .text = fmt::format("{}, by a tool that holds no lock; if nobody is at work: {}", head,
                                next_step(release, is_young(release)))};
  const auto expiry = *lock.renewed + lock.duration;
  if (expiry > system_clock::now())
    return {.who = Unfinished::Who::at_work,
            .text = fmt::format("{}: {} is at work on it", head, lock.holder)};
  return {.who = Unfinished::Who::died,
          .text = fmt::format("{}: {} died at work, its lock ran out at {}; {}", head, lock.holder,
                              kube::format_time(expiry), next_step(release, false))};
}

}  // namespace

std::vector<Unfinished> unfinished_of(kube::Cluster& cluster, std::span<const chart::Summary> releases,
                                      Deadline deadline, StopToken stop) {
  std::vector<const chart::Summary*> ones;
  std::vector<kube::ObjectRef> locks;
  for (const auto& release : releases)
    if (release.pending() || release.status == "uninstalling") {
      ones.push_back(&release);
      locks.push_back({kube::gvk_from("coordination.k8s.io/v1", "Lease"), release.ns, lock_name(release.name)});
    }
  if (ones.empty()) return {};
  const auto leases = cluster.get_all(locks, deadline, stop);
  std::vector<Unfinished> all;
  for (std::size_t i = 0; i < ones.size(); ++i) all.push_back(judge(*ones[i], leases[i]));
  return all;
}

}  // namespace dpctl::deploy
