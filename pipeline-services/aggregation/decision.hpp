#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/arena.hpp"
#include "pipeline-services/core/codec.hpp"

namespace dpctl::runtime {

/// Series that were silent at that moment were closed.
struct ClockPassed {
  pipeline::Micros now = 0;
};

/// The bars of a series and local day were made anew of the ticks that the store had, and of the corrections
/// that waited.
struct StoreSaid {
  std::string_view series;   ///< "tenant|instrument"
  pipeline::Micros day = 0;  ///< its start
  std::vector<pipeline::EnrichedTick> stored;
};

/// As bytes of Decision::what (state_topic.hpp).
std::string decision_bytes(const ClockPassed& passed);
std::string decision_bytes(const StoreSaid& said);
/// Reads them back; `series` is a view of the bytes, the ticks lie in `arena`. Code::failed when they are
/// damaged.
Result<std::variant<ClockPassed, StoreSaid>> read_decision(std::string_view bytes, pipeline::Decoder& decoder,
                                                           pipeline::Arena& arena);

}  // namespace dpctl::runtime
