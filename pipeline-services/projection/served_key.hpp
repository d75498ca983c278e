#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/core/project.hpp"
#include "pipeline-services/io/redis.hpp"

namespace dpctl::runtime {

inline constexpr std::string_view kLatestPriceType = "latest_price";
inline constexpr std::string_view kCurveSnapshotType = "curve_snapshot";

/// What one served value is the newest of.
struct ServedKey {
  std::string type, tenant, instrument;
  std::string name{};    ///< the horizon of a curve; which spread or statistic
  std::string window{};  ///< of a statistic

  [[nodiscard]] std::string redis_key() const {
    if (type == kLatestPriceType) return pipeline::contract::latest_price_key(tenant, instrument);
    if (type == kCurveSnapshotType) return pipeline::contract::curve_snapshot_key(tenant, instrument, name);
    return pipeline::contract::custom_key(type, tenant, instrument, name, window);
  }
};

/// As Redis and the memory of each replica hold them; the time to live is the caller's to set.
io::VersionedValue versioned(const pipeline::LatestPrice& latest);
io::VersionedValue versioned(const pipeline::ServedView& view);

}  // namespace dpctl::runtime
