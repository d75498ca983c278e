#include "lib/deploy/release_lock.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "lib/base/error.hpp"

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

bool is_held(const std::optional<kube::LeaseHolder>& lease) {
  return lease && !lease->holder.empty() && expiry_of(*lease) > std::chrono::system_clock::now();
}

/// Waits while somebody's Lease runs out. When it is renewed, its holder lives.
Result<void> wait_out(plan::Context& context, const std::string& release) {
  const auto look = [&] {
    return kube::lease_holder(context.cluster, context.environment.ns, lock_name(release), context.deadline,
                              context.stop);
  };
  DPCTL_TRY(const auto first, look());
  if (!is_held(first)) return {};
  context.events.emit({.kind = Event::Kind::waiting,
                       .id = "release/" + release,
                       .text = fmt::format("held by {} until {} unless renewed", first->holder,
                                           kube::format_time(expiry_of(*first)))});
  for (;;) {
    DPCTL_TRY(const auto now, look());
    if (!is_held(now)) return {};
    if (now->renewed != first->renewed || now->holder != first->holder)
      return fail(Code::conflict, "release {} is being changed by {}, whose lock lasts until {}", release,
                  now->holder, kube::format_time(expiry_of(*now)))
          .hint("wait until it is done; a lock that is no longer renewed is taken over by the same command")
          .retryable();
    if (context.stop.stop_requested()) return fail(Code::interrupted, "interrupted");
    if (context.deadline.passed())
      return fail(Code::timed_out, "release {} is held by {} until {}", release, now->holder,
                  kube::format_time(expiry_of(*now)));
    std::this_thread::sleep_for(200ms);
  }
}

}  // namespace

std::string lock_name(const std::string& release) { return "dpctl.release." + release; }

Result<std::unique_ptr<kube::LeaseLock>> lock_release(plan::Context& context, const std::string& release) {
  DPCTL_CHECK(wait_out(context, release));
  return kube::LeaseLock::acquire(
      context.cluster, {.ns = context.environment.ns, .name = lock_name(release), .holder = holder_name()},
      context.deadline.at_most(30s), context.stop);
}

}  // namespace dpctl::deploy
