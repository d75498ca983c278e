#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// A map as BurntSushi/toml's encoder writes it: keys sorted, plain values before tables, tables indented by
/// their depth. Throws TemplateError for what TOML cannot say.
std::string to_toml(const Value& value);

/// TOML 1.0 into maps, lists, int64, float64, bool and strings; dates stay strings.
Result<Value> from_toml(std::string_view text);

}  // namespace dpctl::chart
