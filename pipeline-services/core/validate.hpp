#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline-services/core/normalize.hpp"

namespace dpctl::pipeline {

/// What the rules say about one tick on its own: without a past there is no spike, lateness or duplicate.
struct Validation {
  bool valid = false;                           ///< it would become a tick, whatever its flags
  std::vector<std::string_view> quality_flags;  ///< names; {"valid"} when there are none
  std::vector<std::string> errors;              ///< why it would be a dead letter
};

/// Judges a raw message of either shape, or a bare tick: a JSON object with market, instrument_id, timestamp,
/// price, … at its top. Nothing when it is no JSON object at all. `now` judges future times.
std::optional<Validation> validate(std::string_view body, const NormalizeOptions& options, Micros now);

/// {"valid":…,"quality_flags":[…],"errors":[…]}
std::string to_json(const Validation& validation);

}  // namespace dpctl::pipeline
