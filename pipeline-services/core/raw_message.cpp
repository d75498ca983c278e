#include "pipeline-services/core/raw_message.hpp"

#include <fmt/format.h>

namespace dpctl::pipeline {

bool RawParser::read_metadata(JsonValue& metadata, RawMessage& message) {
  if (!metadata.is_object()) return true;
  return JsonReader::object(metadata, [&](std::string_view name, JsonValue& item) {
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    if (is(name, "backfill")) message.backfill = scalar.truth();
    if (is(name, "instrument_id")) metadata_instrument_ = scalar.text;
    return true;
  });
}

bool RawParser::read_envelope(JsonValue& envelope, RawMessage& message) {
  return JsonReader::object(envelope, [&](std::string_view name, JsonValue& item) {
    if (is(name, "metadata")) return read_metadata(item, message);
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    if (is(name, "event_id"))
      message.event_id = scalar.text;
    else if (is(name, "tenant_id"))
      message.tenant = scalar.text;
    else if (is(name, "source"))
      message.source = scalar.text;
    else if (is(name, "correlation_id"))
      message.correlation_id = scalar.text;
    else if (is(name, "timestamp"))
      message.made_at = scalar;
    return true;
  });
}

bool RawParser::read_payload(JsonValue& payload, RawMessage& message) {
  return JsonReader::object(payload, [&](std::string_view name, JsonValue& item) {
    if (is(name, "raw_data")) {
      has_data_ = true;
      return JsonReader::object(item, [&](std::string_view field, JsonValue& data) {
        Scalar scalar;
        if (!JsonReader::scalar(data, scalar)) return false;
        message.row.add(field, scalar);
        return true;
      });
    }
    if (is(name, "metadata")) return read_metadata(item, message);
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    if (is(name, "market"))
      message.market = scalar.text;
    else if (is(name, "instrument_id"))
      message.instrument_id = scalar.text;
    else if (is(name, "symbol"))
      message.symbol = scalar.text;
    else if (is(name, "source_system"))
      message.source = scalar.text;
    else if (is(name, "raw_payload"))
      raw_payload_ = scalar;
    else if (is(name, "encoding"))
      encoding_ = scalar.text;
    else if (is(name, "sequence"))
      sequence_ = scalar;
    return true;
  });
}

std::optional<Fault> RawParser::read_raw_payload(Arena& arena, RawMessage& message) {
  if (raw_payload_.kind != Scalar::Kind::text)
    return Fault{fault::kContract, "missing_field", "the payload has neither raw_data nor raw_payload"};
  if (!encoding_.empty() && encoding_ != "json")
    return Fault{fault::kContract, "unsupported_encoding",
                 fmt::format("encoding \"{}\" is not json", encoding_.substr(0, 32))};
  const bool read = inner_.read_in(arena, raw_payload_.text, [&](std::string_view name, JsonValue& item) {
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    message.row.add(name, scalar);
    if (is(name, "instrument_id") && message.instrument_id.empty()) message.instrument_id = scalar.text;
    return true;
  });
  if (!read)
    return Fault{fault::kInvalidJson, "invalid_payload", "raw_payload is no well-formed JSON object"};
  message.flat = true;
  if (!metadata_instrument_.empty()) message.instrument_id = metadata_instrument_;
  if (message.instrument_id.empty()) message.instrument_id = message.symbol;
  if (!message.occurred_at.is_null()) message.row.add("occurred_at", message.occurred_at);
  if (!sequence_.is_null()) message.row.add("sequence", sequence_);
  return {};
}

std::optional<Fault> RawParser::parse(std::string_view bytes, Arena& arena, RawMessage& message) {
  static_cast<RawEnvelope&>(message) = {};
  message.row.clear();
  payload_seen_ = has_data_ = false;
  raw_payload_ = sequence_ = {};
  encoding_ = metadata_instrument_ = {};
  if (bytes.size() > kLargest)
    return Fault{fault::kContract, "too_large",
                 fmt::format("{} bytes; a raw message has at most {}", bytes.size(), kLargest)};
  const bool read = outer_.read_in(arena, bytes, [&](std::string_view name, JsonValue& item) {
    if (is(name, "envelope")) return read_envelope(item, message);
    if (is(name, "payload")) {
      payload_seen_ = true;
      return read_payload(item, message);
    }
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    if (is(name, "event_id"))
      message.event_id = scalar.text;
    else if (is(name, "tenant_id"))
      message.tenant = scalar.text;
    else if (is(name, "trace_id") || is(name, "correlation_id"))
      message.correlation_id = scalar.text;
    else if (is(name, "occurred_at"))
      message.occurred_at = scalar;
    else if (is(name, "ingested_at"))
      message.made_at = scalar;
    return true;
  });
  if (!read)
    return Fault{fault::kInvalidJson, "invalid_json",
                 "the message is no well-formed JSON object of the expected shape"};
  if (!payload_seen_) return Fault{fault::kContract, "missing_field", "the message has no payload"};
  message.plain = outer_.plain();
  if (has_data_) return {};
  return read_raw_payload(arena, message);
}

}  // namespace dpctl::pipeline
