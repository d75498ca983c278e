// schema.cpp: values.schema.json of a chart and of its subcharts.
#include "lib/chart/schema.hpp"

#include <fmt/format.h>

#include "lib/base/strings.hpp"
#include "lib/chart/schema_check.hpp"
#include "lib/chart/schema_document.hpp"

namespace dpctl::chart {
namespace {

void gather(const Chart& chart, const Value& values, std::string& report) {
  if (!chart.schema.empty()) {
    const auto found = violations(chart.schema, values);
    const auto text = found ? join(*found, "\n") : found.error().what;
    if (!text.empty()) report += fmt::format("{}:\n{}\n", chart.name(), text);
  }
  for (const auto& sub : chart.subcharts) {
    const auto* inner = values.find(sub->name());
    if (inner != nullptr && inner->is_map()) gather(*sub, *inner, report);
  }
}

}  // namespace

Result<std::vector<std::string>> violations(std::string_view schema, const Value& value) {
  DPCTL_TRY(const auto document, SchemaDocument::read(schema));
  auto report = check_against(document, value);
  if (!report.problem.empty()) return fail(Code::usage, "{}", report.problem);
  return std::move(report.complaints);
}

Result<void> check_schemas(const Chart& chart, const Value& values) {
  std::string report;
  gather(chart, values, report);
  if (report.empty()) return {};
  return fail(Code::usage,
              "values don't meet the specifications of the schema(s) in the following chart(s):\n{}", report);
}

}  // namespace dpctl::chart
