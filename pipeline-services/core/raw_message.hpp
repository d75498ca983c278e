#pragma once

#include <optional>
#include <string_view>

#include "pipeline-services/core/dead_letter.hpp"
#include "pipeline-services/core/json_reader.hpp"
#include "pipeline-services/core/markets/row.hpp"

namespace dpctl::pipeline {

/// What both shapes say about a message. Views into the arena it was parsed in.
struct RawEnvelope {
  std::string_view event_id, tenant, source, correlation_id, market, instrument_id, symbol;
  Scalar made_at;      ///< envelope.timestamp or ingested_at
  Scalar occurred_at;  ///< of the flat header
  bool flat = false;   ///< the flat header of normalize-ticks
  bool backfill = false;
  bool plain = false;  ///< JsonReader::plain()
};

/// A raw message of either shape, taken apart.
struct RawMessage : RawEnvelope {
  Row row;  ///< the fields of raw_data or raw_payload
};

/// Reads raw messages: nested envelope/payload/raw_data, and the flat header whose payload.raw_payload is
/// JSON text.
class RawParser {
 public:
  /// The message, or why it is none. Size is bounded by kLargest, depth by the reader. `arena` gets a copy of
  /// the bytes, into which everything points.
  std::optional<Fault> parse(std::string_view bytes, Arena& arena, RawMessage& message);

  static constexpr std::size_t kLargest = 1U << 20U;

 private:
  bool read_envelope(JsonValue& value, RawMessage& message);
  bool read_payload(JsonValue& value, RawMessage& message);
  bool read_metadata(JsonValue& value, RawMessage& message);
  std::optional<Fault> read_raw_payload(Arena& arena, RawMessage& message);

  JsonReader outer_;
  JsonReader inner_;
  bool payload_seen_ = false;
  bool has_data_ = false;
  Scalar raw_payload_;
  Scalar sequence_;
  std::string_view encoding_;
  std::string_view metadata_instrument_;
};

}  // namespace dpctl::pipeline
