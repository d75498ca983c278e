#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline-services/core/fixed.hpp"
#include "pipeline-services/core/time.hpp"

namespace dpctl::pipeline {

/// The markets that have an adapter, and `other` for generic ticks.
enum class Market : std::uint8_t { miso, caiso, ercot, pjm, nyiso, isone, spp, other };

struct MarketFacts {
  Market market;
  std::string_view name;  ///< upper case: "NYISO"
  Zone zone;              ///< calendar of the trade day
  Fixed min_price;        ///< hard bounds, $/MWh; outside is flagged out_of_range
  Fixed max_price;
  std::string_view region;  ///< taxonomy default
};

const MarketFacts& facts(Market market);
/// By name in any case; "iso-ne" and "isone" are one; Market::other when unknown.
Market market_of(std::string_view name);

/// "NYISO.RT5M.ZONE.N.Y.C.": upper case, characters outside [A-Z0-9._-] of each part become '_'.
void append_instrument_id(std::string& out, std::string_view market, std::string_view product,
                          std::string_view location_type, std::string_view location);
std::string instrument_id(std::string_view market, std::string_view product, std::string_view location_type,
                          std::string_view location);

}  // namespace dpctl::pipeline
