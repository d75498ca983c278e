#pragma once

#include <cstddef>
#include <string_view>

#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// A method that Helm's type `Values` has in templates: `.Values.AsMap`, `.Values.YAML`, `.Values.Table
/// "a.b"`, `.Values.PathValue "a.b"`.
struct ValuesMethod {
  std::string_view name;
  std::size_t arity;
  char parameter;  ///< as in a signature (functions/function.hpp): a dotted path, or the writer that no template has
  /// Throws TemplateError when there is nothing at the path.
  Value (*run)(const Value& values, std::string_view path);
};

/// nullptr when there is no such method.
const ValuesMethod* find_values_method(std::string_view name);

}  // namespace dpctl::chart
