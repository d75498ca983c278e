#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/chart/chart.hpp"

namespace dpctl::chart {

/// How far a chain of values reaches: ".Values.a is set at values.yaml:12, .Values.a.b is missing". `node` is
/// the chain as templates write it (".Values.a.b.c", "$.Values.a"); `values` are the ones that the template
/// saw. Nothing for other nodes and for chains that reach their end.
std::optional<std::string> value_trail(const Chart& chart, const Value& values, std::string_view node);

}  // namespace dpctl::chart
