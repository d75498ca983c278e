#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Quality bits of a tick: stable numbers, stored as they are. Flags never drop data; only structural faults
/// are dead letters.
namespace dpctl::pipeline::quality {

using Mask = std::uint32_t;
inline constexpr Mask kValid = 0;
inline constexpr Mask kPriceNegative = 1;  ///< informational for power
inline constexpr Mask kOutOfRange = 2;     ///< outside the market's hard bounds; not in bars
inline constexpr Mask kVolumeSpike = 4;
inline constexpr Mask kLateArrival = 8;  ///< against the stream's own progress, never the wall clock
inline constexpr Mask kMissingMetadata = 16;
inline constexpr Mask kDuplicate = 32;           ///< not in bars
inline constexpr Mask kPriceSpike = 64;          ///< robust z-score against the instrument's rolling median
inline constexpr Mask kCarryForward = 128;       ///< stale or carried forward; not in bars
inline constexpr Mask kComponentMismatch = 256;  ///< |price − Σ components| > 0.02
inline constexpr Mask kCorrected = 512;
inline constexpr Mask kPreliminary = 1024;
inline constexpr Mask kFutureTimestamp = 2048;
inline constexpr Mask kUnitAssumed = 4096;  ///< currency or unit was not in the message

/// Bits that keep an observation out of open, high, low, close and the averages.
inline constexpr Mask kExcludedFromBars = kOutOfRange | kDuplicate | kCarryForward;

/// "price_negative", … in the order of the bits; empty for a mask of 0.
std::vector<std::string_view> names_of(Mask mask);
/// The name of one bit, "" when it has none.
std::string_view name_of(Mask bit);
/// The bit of a name; 0 for "valid" and for unknown names.
Mask bit_of(std::string_view name);

}  // namespace dpctl::pipeline::quality
