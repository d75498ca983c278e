#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"

namespace dpctl {

/// A Kubernetes object, a values file, an API answer: always a tree, never a generated struct, so that
/// unknown fields survive a round trip. Objects keep their keys sorted. Include <nlohmann/json.hpp> only in
/// the .cpp files that build or walk trees by hand; the accessors below are enough for reading.
using Json = nlohmann::json;

/// Bounds for untrusted text. A deeper tree than `depth` would overflow the stack when copied.
struct JsonLimits {
  std::size_t depth = 512;
  std::size_t bytes = 256U << 20U;
};

/// RFC 8259, UTF-8. `name` is the file or "GET /api" that appears in the error, with line and column.
Result<Json> parse_json(std::string_view text, std::string_view name, JsonLimits limits = {});

/// One line, no blanks after separators.
std::string dump_json(const Json& value);
/// Indented by two.
std::string dump_json_pretty(const Json& value);

/// Reading without throwing. A path is keys joined by dots ("metadata.name", "status.conditions.0.type"); a
/// key that holds a dot itself is reached with several calls. A missing path or a value of another kind is
/// the fallback, never an error.
const Json* find(const Json& value, std::string_view path);
std::string string_at(const Json& value, std::string_view path, std::string_view fallback = "");
std::int64_t int_at(const Json& value, std::string_view path, std::int64_t fallback = 0);
bool bool_at(const Json& value, std::string_view path, bool fallback = false);
/// The array at the path; an empty array when there is none.
const Json& array_at(const Json& value, std::string_view path);
/// The object at the path; an empty object when there is none.
const Json& object_at(const Json& value, std::string_view path);

}  // namespace dpctl
