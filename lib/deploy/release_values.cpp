#include "lib/deploy/release_values.hpp"

#include "lib/chart/values.hpp"

namespace dpctl::deploy {

Result<ChartAndValues> values_after(const chart::Release* current, const ReleaseRequest& request) {
  using From = ReleaseRequest::Values;
  auto chart = request.chart;
  auto values = deep_copy(request.values);
  if (current == nullptr || request.values_from == From::reset)
    return ChartAndValues{std::move(chart), std::move(values)};
  const auto old = current->config.is_map() ? deep_copy(current->config) : chart::Value::map();
  if (request.values_from == From::automatic)
    return ChartAndValues{std::move(chart), values.as_map().entries.empty() ? old : values};
  chart::Warnings ignored;
  if (request.values_from == From::reuse && current->chart != nullptr) {
    chart = std::make_shared<chart::Chart>(*chart);
    DPCTL_TRY(chart->values, chart::coalesce(*current->chart, old, chart::Nulls::remove, ignored));
  }
  chart::coalesce_tables(values, old, "", chart::Nulls::remove, ignored);
  return ChartAndValues{std::move(chart), std::move(values)};
}

}  // namespace dpctl::deploy
