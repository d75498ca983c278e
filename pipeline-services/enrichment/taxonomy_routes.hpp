#pragma once

#include "pipeline-services/access/api_route.hpp"
#include "pipeline-services/enrichment/live_taxonomy.hpp"

namespace dpctl::runtime {

/// What the loop tells those who ask.
struct EnrichmentStatus {
  std::atomic<std::uint64_t> ticks{0}, unknown{0}, remembered{0};
};

/// POST /enrich, GET /taxonomy/{instrument_id}, GET /cache/status, POST /cache/refresh, GET /status, /info.
std::vector<ApiRoute> taxonomy_routes(LiveTaxonomy& taxonomy, const EnrichmentStatus& status, const Log& log);

}  // namespace dpctl::runtime
