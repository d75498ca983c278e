#include "lib/base/beside.hpp"

namespace dpctl {

void leave_cpu(int cpu) {
  cpu_set_t allowed;
  if (::sched_getcpu() != cpu || ::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(cpu, &others);
  if (CPU_COUNT(&others) == 0) return;
  // Only the move is asked for: where the thread goes from there is the scheduler's to say again.
  if (::sched_setaffinity(0, sizeof others, &others) == 0) ::sched_setaffinity(0, sizeof allowed, &allowed);
}

}  // namespace dpctl
