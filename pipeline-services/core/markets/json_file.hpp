#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/raw.hpp"

namespace dpctl::pipeline::markets {

/// A published JSON table: column names, then rows as arrays.
struct JsonTable {
  std::string report;  ///< report.reportEMIL when there is one
  std::vector<std::string> columns;
  std::vector<std::vector<RawRow::Field>> rows;  ///< as many cells as columns; names are left empty
};

/// Reads {columns_key: [names or {"name": …}], rows_key: [[…], …]}.
Result<JsonTable> read_json_table(std::string_view name, std::string_view text, std::string_view columns_key,
                                  std::string_view rows_key);

/// Reads ISO-NE's {"HourlyLmps": {"HourlyLmp": [{…}]}}: each object flattened ("Location.@LocId").
Result<std::vector<RawRow>> read_json_objects(std::string_view name, std::string_view text);

}  // namespace dpctl::pipeline::markets
