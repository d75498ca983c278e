// normalize_main.cpp: how long the core takes from raw bytes to the bytes of normalised messages.
//
//   bench_normalize FILE [BATCH]
//
// FILE holds a message a line (pipeline tickgen). Prints one JSON object: ticks; CPU nanoseconds for each and
// calls of malloc, of the first half of the input, in which buffers and memory grow, and of the second; and a
// hash of all output.
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/file.hpp"
#include "pipeline-services/core/hash.hpp"
#include "pipeline-services/core/normalize.hpp"

namespace {

std::uint64_t allocations = 0;

}  // namespace

// glibc's own names for what the program calls: operator new ends here too.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  ++allocations;
  return __libc_realloc(old, size);
}
}

namespace {

using namespace dpctl::pipeline;

constexpr Micros kNow = 1'800'000'000 * kSecond;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<SourceMessage> lines_of(std::string_view text) {
  std::vector<SourceMessage> messages;
  while (!text.empty()) {
    const auto size = std::min(text.find('\n'), text.size());
    messages.push_back({.topic = "ingestion.raw.v1",
                        .partition = 0,
                        .offset = static_cast<std::int64_t>(messages.size()),
                        .key = "k",
                        .value = text.substr(0, size)});
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return messages;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fputs("usage: bench_normalize FILE [BATCH]\n", stderr), 2;
  const auto text = dpctl::read_file(argv[1]);
  if (!text || !load_time_zones()) return std::fputs("bench_normalize: cannot read\n", stderr), 1;
  const auto messages = lines_of(*text);
  const std::size_t batch = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 500;

  // As the service remembers, for each partition.
  Normalizer normalizer({.remembered_ticks = 200'000, .remembered_series = 50'000});
  NormalizeOutput out;
  NormalizeCounts counts;
  std::uint64_t hash = 0;
  std::uint64_t bytes = 0;
  double seconds = 0;
  double seconds_late = 0;
  std::uint64_t allocated = 0;
  std::uint64_t allocated_late = 0;
  std::uint64_t dead_late = 0;
  std::uint64_t late = 0;
  for (std::size_t at = 0; at < messages.size(); at += batch) {
    const std::span some(messages.data() + at, std::min(batch, messages.size() - at));
    const auto allocations_before = allocations;
    const double before = cpu_seconds();
    out.clear();
    normalizer.run(some, kNow, out);
    const double took = cpu_seconds() - before;
    seconds += took;
    allocated += allocations - allocations_before;
    if (at >= messages.size() / 2) {
      allocated_late += allocations - allocations_before;
      dead_late += out.counts.dead;
      seconds_late += took;
      late += some.size();
    }
    counts.in += out.counts.in;
    counts.out += out.counts.out;
    counts.flagged += out.counts.flagged;
    counts.duplicates += out.counts.duplicates;
    counts.corrections += out.counts.corrections;
    counts.dead += out.counts.dead;
    for (std::size_t i = 0; i < out.messages.size(); ++i) {
      hash = text_hash(out.messages.value(i)) ^ (hash * 0x9E3779B97F4A7C15U);
      bytes += out.messages.value(i).size();
    }
    for (std::size_t i = 0; i < out.dead.size(); ++i)
      hash = text_hash(out.dead.value(i)) ^ (hash * 0x9E3779B97F4A7C15U);
  }
  const auto ticks = static_cast<double>(messages.size());
  std::printf(
      "{\"ticks\":%zu,\"in_bytes\":%zu,\"out_bytes\":%llu,\"ns_per_tick_first\":%.1f,\"ns_per_tick\":%.1f,"
      "\"ticks_per_s\":%.0f,"
      "\"allocations\":%llu,\"allocations_second_half\":%llu,\"dead_second_half\":%llu,\"out\":%llu,\"dead\":"
      "%llu,"
      "\"duplicates\":%llu,\"corrections\":%llu,\"flagged\":%llu,\"hash\":\"%016llx\"}\n",
      messages.size(), text->size(), static_cast<unsigned long long>(bytes),
      1e9 * (seconds - seconds_late) / (ticks - static_cast<double>(late)),
      1e9 * seconds_late / static_cast<double>(late), static_cast<double>(late) / seconds_late,
      static_cast<unsigned long long>(allocated), static_cast<unsigned long long>(allocated_late),
      static_cast<unsigned long long>(dead_late), static_cast<unsigned long long>(counts.out),
      static_cast<unsigned long long>(counts.dead), static_cast<unsigned long long>(counts.duplicates),
      static_cast<unsigned long long>(counts.corrections), static_cast<unsigned long long>(counts.flagged),
      static_cast<unsigned long long>(hash));
  return 0;
}
