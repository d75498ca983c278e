#pragma once

#include "lib/base/result.hpp"
#include "lib/chart/schema_document.hpp"

namespace dpctl::chart {

/// The schema of schemas: which shape each keyword of a draft (4, 6, 7, 2019, 2020) has.
Result<SchemaDocument> meta_schema(int draft);

}  // namespace dpctl::chart
