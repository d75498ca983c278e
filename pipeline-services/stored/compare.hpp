#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline-services/stored/stored.hpp"

namespace dpctl::pipeline {

/// A bar that is not what the stored ticks give.
struct BarDifference {
  enum class Kind : std::uint8_t { missing, unexpected, different };
  Kind kind;
  Interval interval;
  std::string tenant, instrument_id;
  Micros start = 0;
  std::string what;  ///< "close 12.5, computed 13; tick_count 2, computed 3"
};

struct VerifyOptions {
  StoredRange range;
  std::vector<Interval> intervals;
  std::size_t most = 1000;  ///< differences that are kept; all are counted
};

struct VerifyReport {
  std::uint64_t ticks = 0, bars = 0, equal = 0, missing = 0, unexpected = 0, different = 0;
  std::vector<BarDifference> differences;
  [[nodiscard]] bool clean() const { return missing + unexpected + different == 0; }
};

/// Computes the bars whose windows lie inside the range anew, from all stored ticks, and compares them with
/// the stored bars, field by field but for the revision. Code::failed when ClickHouse does not answer.
Result<VerifyReport> verify_bars(io::ClickHouse& store, const VerifyOptions& options);

/// The fields in which two bars of one window differ; empty when they are equal.
std::string difference_of(const Bar& stored, const Bar& computed);

}  // namespace dpctl::pipeline
