#pragma once

#include "pipeline-services/core/curves.hpp"
#include "pipeline-services/core/derived.hpp"
#include "pipeline-services/io/clickhouse_native.hpp"

/// Rows of derived_values and curve_points (migrations/clickhouse 007 and 008).
namespace dpctl::pipeline {

void append_derived_row(io::RowBlock& out, const DerivedValue& value, std::uint64_t version);
/// One row for each point.
void append_curve_rows(io::RowBlock& out, const ForwardCurve& curve);

}  // namespace dpctl::pipeline
