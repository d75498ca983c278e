#pragma once

#include "pipeline-services/access/api_route.hpp"
#include "pipeline-services/projection/price_stream.hpp"
#include "pipeline-services/projection/served_store.hpp"
#include "pipeline-services/runtime/service.hpp"

/// The routes of the API, by what they serve. What they are given outlives them.
namespace dpctl::runtime {

/// /projections/*, /prices/latest, /bars, /curves/*, /cache/invalidate.
std::vector<ApiRoute> served_routes(ServedStore& store, ServedTables& tables, const Log& log);
/// /ws/prices.
std::vector<ApiRoute> stream_routes(PriceStream& stream);

}  // namespace dpctl::runtime
