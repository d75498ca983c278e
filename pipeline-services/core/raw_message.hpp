#pragma once

#include <optional>
#include <string_view>

#include "pipeline-services/core/dead_letter.hpp"
#include "pipeline-services/core/json_reader.hpp"
#include "pipeline-services/core/markets/row.hpp"

namespace dpctl::pipeline {

/// A raw message of either shape, taken apart. Views are valid until the next parse.
struct RawMessage {
  std::string_view event_id, tenant, source, correlation_id, market, instrument_id, symbol;
  Scalar made_at;  ///< envelope.timestamp or ingested_at
  bool backfill = false;
  Row row;  ///< the fields of raw_data or raw_payload
};

/// Reads raw messages: nested envelope/payload/raw_data, and the flat header whose payload.raw_payload is
/// JSON text.
class RawParser {
 public:
  /// The message, or why it is none. Size is bounded by kLargest, depth by the parser.
  std::optional<Fault> parse(std::string_view bytes, RawMessage& message);

  static constexpr std::size_t kLargest = 1U << 20U;

 private:
  bool read_envelope(simdjson::ondemand::value& value, RawMessage& message);
  bool read_payload(simdjson::ondemand::value& value, RawMessage& message);
  bool read_metadata(simdjson::ondemand::value& value, RawMessage& message);

  JsonReader outer_;
  JsonReader inner_;
  bool has_data_ = false;
  Scalar raw_payload_;
  Scalar occurred_at_;
  Scalar sequence_;
  std::string_view encoding_;
  std::string_view metadata_instrument_;
};

}  // namespace dpctl::pipeline
