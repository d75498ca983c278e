#include "lib/deploy/release_lock.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "lib/base/duration.hpp"
#include "lib/base/error.hpp"
#include "lib/deploy/release_state.hpp"

namespace dpctl::deploy {
namespace {

using namespace std::chrono_literals;

std::string holder_name() {
  std::random_device random;
  return fmt::format("dpctl, process {}, {:08x}", ::getpid(), random());
}

kube::WallTime expiry_of(const kube::LeaseHolder& lease) {
  return lease.renewed.value_or(kube::WallTime{}) + lease.duration;
}

/// Looks at the Lease of somebody else until it is free: a holder that renews it lives, and is named.
class OtherHolder {
 public:
  OtherHolder(plan::Context& context, std::string release)
      : context_(context), release_(std::move(release)) {}

  Result<void> look(const kube::LeaseHolder& now) {
    if (!seen_) {
      seen_ = now;
      if (expiry_of(now) > std::chrono::system_clock::now())
        context_.events.emit({.kind = Event::Kind::waiting,
                              .id = "release/" + release_,
                              .text = fmt::format("held by {} until {} unless renewed", now.holder,
                                                  kube::format_time(expiry_of(now)))});
      return {};
    }
    if (now.renewed == seen_->renewed && now.holder == seen_->holder) return {};
    return fail(Code::conflict, "release {} is being changed by {}, whose lock lasts until {}", release_,
                now.holder, kube::format_time(expiry_of(now)))
        .hint("wait until it is done; a lock that is no longer renewed is taken over by the same command")
        .retryable();
  }

 private:
  plan::Context& context_;
  std::string release_;
  std::optional<kube::LeaseHolder> seen_;
};

bool died(const std::optional<kube::LeaseHolder>& former) { return former && !former->holder.empty(); }

/// Was the revision begun by the former holder of the lock, which is gone now? Records are written to the
/// second.
bool begun_by(const std::optional<kube::LeaseHolder>& former, const chart::Release& release) {
  if (!former) return false;
  if (!died(former)) return former->word == word_of(release.version, release.last_deployed);
  const auto begun = kube::parse_time(release.last_deployed);
  return begun && former->acquired && *begun + 1s >= *former->acquired && *begun <= expiry_of(*former);
}

/// The records under the lock. It is given back together with the last writes under it, which may arrive a
/// moment later.
Result<chart::History> history_after(const std::optional<kube::LeaseHolder>& former,
                                     const plan::Context& context, const std::string& release) {
  auto records = store_of(context);
  const auto moment = Deadline::after(2s);
  for (;;) {
    DPCTL_TRY(auto history, records.history(release, context.deadline, context.stop));
    const bool pending = !history.empty() && history.back().pending();
    if (!pending || died(former) || !begun_by(former, history.back()) || moment.passed()) return history;
    std::this_thread::sleep_for(200ms);
  }
}

Result<void> check_abandoned(const chart::Release& release) {
  const auto begun = kube::parse_time(release.last_deployed);
  if (!begun) return {};
  const auto age = std::chrono::system_clock::now() - *begun;
  if (age > kPendingPatience) return {};
  return fail(Code::conflict,
              "revision {} of release {} is {} since {}, by a tool that holds no lock and may still be at "
              "work",
              release.version, release.name, release.status,
              format_duration(std::chrono::floor<std::chrono::seconds>(age)))
      .hint("--take-over takes the release over now, if you know that nobody is at work")
      .hint("it is taken over without that flag when it is older than {}", format_duration(kPendingPatience))
      .retryable();
}

}  // namespace

std::string lock_name(const std::string& release) { return "dpctl.release." + release; }

std::string word_of(int revision, std::string_view begun) {
  return fmt::format("revision {} begun {}", revision, begun);
}

Result<ReleaseClaim> claim_release(plan::Context& context, const std::string& release, bool take_over,
                                   const ClaimBasis& basis) {
  OtherHolder other(context, release);
  ReleaseClaim claim;
  DPCTL_TRY(claim.lock, kube::LeaseLock::acquire(
                            context.cluster,
                            {.ns = context.environment.ns,
                             .name = lock_name(release),
                             .holder = holder_name(),
                             .on_other = [&](const kube::LeaseHolder& holder) { return other.look(holder); },
                             .look = basis.look},
                            context.deadline.at_most(40s), context.stop));
  const bool was_pending =
      basis.history == nullptr || (!basis.history->empty() && basis.history->back().pending());
  if (claim.lock->undisturbed() && !was_pending) return claim;
  const auto& former = claim.lock->former();
  auto records = store_of(context);
  // What is without a head is of a run that died, because the lock is ours.
  if (died(former)) DPCTL_CHECK(records.sweep(release, context.deadline, context.stop));
  DPCTL_TRY(claim.history, history_after(former, context, release));
  if (claim.history->empty() || !claim.history->back().pending()) return claim;
  auto& left = claim.history->back();
  if (!take_over && !begun_by(former, left)) DPCTL_CHECK(check_abandoned(left));
  context.events.emit({.kind = Event::Kind::warning,
                       .text = fmt::format("revision {} of release {} was left {} by a run that ended in the "
                                           "middle; it is marked failed and revision {} takes its place",
                                           left.version, left.name, left.status, left.version + 1)});
  claim.left = left.status;
  left.status = "failed";
  left.description = "the run that made it ended in the middle";
  DPCTL_CHECK(records.update(left, context.deadline, context.stop));
  return claim;
}

Failure moved_meanwhile(const std::string& release) {
  return fail(Code::conflict, "release {} was changed by somebody else meanwhile", release)
      .hint("run the same command again")
      .retryable();
}

Result<void> check_unmoved(const plan::Context& context, const std::string& release,
                           const chart::History& history, int ours) {
  DPCTL_TRY(auto now, store_of(context).outline(release, context.deadline, context.stop));
  if (!now.empty() && now.back().version == ours) now.pop_back();
  const auto* planned = chart::last_of(history);
  const bool same = planned == nullptr ? now.empty()
                                       : !now.empty() && now.back().version == planned->version &&
                                             now.back().status == planned->status;
  if (!same) return moved_meanwhile(release);
  return {};
}

}  // namespace dpctl::deploy
