#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "pipeline-services/core/normalize.hpp"
#include "pipeline-services/io/http_server.hpp"

namespace dpctl::runtime {

/// What the service has done since it started; written by the loop, read by the API.
struct NormalizationTotals {
  std::atomic<std::uint64_t> in{0}, out{0}, flagged{0}, duplicates{0}, corrections{0}, stale_revisions{0},
      dead{0};
  std::atomic<std::int64_t> partitions{0};
  std::atomic<std::int64_t> last_batch_us{0};  ///< wall clock; 0: none yet

  void add(const pipeline::NormalizeCounts& counts, pipeline::Micros now);
};

/// Adds GET /status, GET /quality-rules, GET /markets and POST /validate. `totals` outlives the server.
void add_normalization_routes(io::HttpServer& http, const pipeline::NormalizeOptions& options,
                              const NormalizationTotals& totals);

}  // namespace dpctl::runtime
