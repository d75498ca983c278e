#include "cli/commands/chart/value_warnings.hpp"

#include "lib/chart/insight/usage.hpp"

namespace dpctl::cli {

Result<void> check_values(const chart::Chart& chart, const chart::Value& values, bool strict, Env& env) {
  const auto unused = chart::unused_values(chart, values);
  if (!unused || unused->empty()) return {};  // a chart that cannot be read is render's to refuse
  if (strict) {
    auto failure = fail(Code::usage, "{}", chart::to_string(unused->front()));
    for (std::size_t i = 1; i < std::min<std::size_t>(unused->size(), 5); ++i)
      std::move(failure).hint("{}", chart::to_string((*unused)[i]));
    return failure;
  }
  for (const auto& value : *unused) env.warn(chart::to_string(value));
  return {};
}

}  // namespace dpctl::cli
