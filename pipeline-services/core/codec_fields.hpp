#pragma once

#include "pipeline-services/core/json_in.hpp"
#include "pipeline-services/core/tick.hpp"

namespace dpctl::pipeline {

/// What became of a field of a payload.
enum class FieldResult : std::uint8_t { taken, unknown, malformed };

/// Sets the tick's member of that name. Strings are not copied: the value's text outlives the tick.
FieldResult set_tick_field(Tick& tick, std::string_view name, const Scalar& value);
/// As above, with the members that enrichment adds.
FieldResult set_enriched_field(EnrichedTick& tick, std::string_view name, const Scalar& value);

}  // namespace dpctl::pipeline
