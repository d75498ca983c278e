#include "cli/app/heap.hpp"

#include <malloc.h>

namespace dpctl::cli {

// Large pages (MADV_HUGEPAGE) were tried: no faster, because a virtual machine's host may have to find each
// first, and a megabyte more.
void expect_large_heap() {
  constexpr int kStep = 64 << 20;
  ::mallopt(M_TOP_PAD, kStep);
  ::mallopt(M_TRIM_THRESHOLD, 2 * kStep);
  ::mallopt(M_MMAP_THRESHOLD, kStep / 2);
}

}  // namespace dpctl::cli
