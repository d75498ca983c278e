#pragma once

#include <cstddef>

namespace dpctl::pipeline {

/// Asks for the cache line at `place`, any address, so that it is there when it is needed.
///
/// The empty statement is for GCC 12: it takes a function that does nothing but __builtin_prefetch for one
/// without effect, and drops the calls.
inline void prefetch(const void* place) {
  __builtin_prefetch(place, 1);
  asm volatile("");
}

/// The same for `size` bytes.
inline void prefetch(const void* place, std::size_t size) {
  const char* at = static_cast<const char*>(place);
  for (std::size_t done = 0; done < size; done += 64) prefetch(at + done);
}

}  // namespace dpctl::pipeline
