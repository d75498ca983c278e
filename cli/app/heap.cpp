#include "cli/app/heap.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace dpctl::cli {

void expect_large_heap() {
  constexpr std::uintptr_t kLargePage = std::uintptr_t{2} << 20U;
  constexpr int kStep = 64 << 20;
  ::mallopt(M_TOP_PAD, kStep);
  ::mallopt(M_TRIM_THRESHOLD, 2 * kStep);
  ::mallopt(M_MMAP_THRESHOLD, kStep / 2);
  // What does not fit into the top of the heap makes it grow by a whole step, which is then asked for in
  // large pages. Nothing is touched, so a small chart does not pay for it.
  const auto before = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  void* volatile piece = std::malloc(std::size_t{1} << 20U);  // volatile: an unused piece is not asked for
  std::free(piece);
  const auto after = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  const auto from = (before + kLargePage - 1) / kLargePage * kLargePage;
  if (after > from) ::madvise(reinterpret_cast<void*>(from), after - from, MADV_HUGEPAGE);
}

}  // namespace dpctl::cli
