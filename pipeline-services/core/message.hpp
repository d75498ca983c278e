#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "pipeline-services/core/time.hpp"

namespace dpctl::pipeline {

/// One message as it came: views that the caller keeps alive during the call.
struct SourceMessage {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string_view key;
  std::string_view value;
  std::span<const std::pair<std::string_view, std::string_view>> headers{};
  std::int64_t timestamp_ms = 0;  ///< when it came into Kafka, milliseconds since 1970; 0: unknown
};

}  // namespace dpctl::pipeline
