#include "pipeline-services/core/dead_letter.hpp"

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/json_out.hpp"

namespace dpctl::pipeline {
namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::int64_t retry_count(const SourceMessage& message) {
  for (const auto& [name, value] : message.headers) {
    if (name != contract::kHeaderRetryCount) continue;
    std::int64_t count = 0;
    std::from_chars(value.data(), value.data() + value.size(), count);
    return count;
  }
  return 0;
}

void append_bytes(JsonObject& payload, std::string_view name, std::string_view encoding_name,
                  std::string_view bytes) {
  if (is_utf8(bytes)) {
    payload.text(name, bytes);
    payload.text(encoding_name, "utf-8");
  } else {
    payload.text(name, base64_encode(bytes));
    payload.text(encoding_name, "base64");
  }
}

}  // namespace

void DeadLetters::add(const SourceMessage& message, std::string_view stage, const Fault& fault, Micros now) {
  origins_.push_back({std::string(message.topic), std::string(fault.issue)});
  const std::string place = std::string(message.topic) + "/" + std::to_string(message.partition) + "/" +
                            std::to_string(message.offset);
  out_.add(message.key, [&](std::string& out) {
    JsonObject letter(out);
    letter.text("event_type", contract::kDeadLetterEvent);
    letter.text("event_id", sha256_hex(place + "|" + std::string(stage)).substr(0, 32));
    letter.text("schema_version", contract::kSchemaVersion);
    letter.text("producer", std::string(stage) + "-service");
    letter.time("occurred_at", now);
    JsonObject payload(letter.raw("payload"));
    payload.text("failed_event_id", place);
    payload.text("failed_topic", message.topic);
    payload.text("failure_stage", upper(stage));
    payload.text("error_code", fault.code);
    payload.text("error_message",
                 is_utf8(fault.message) ? fault.message : "the message holds bytes that are not UTF-8");
    payload.number("retry_count", retry_count(message));
    payload.time("last_retry_at", now);
    append_bytes(payload, "raw_event", "raw_encoding", message.value);
    append_bytes(payload, "raw_key", "raw_key_encoding", message.key);
    JsonObject headers(payload.raw("raw_headers"));
    for (const auto& [name, value] : message.headers) {
      std::string escaped;
      append_escaped(escaped, is_utf8(name) ? std::string(name) : base64_encode(name));
      headers.text(escaped, is_utf8(value) ? std::string(value) : base64_encode(value));
    }
    headers.end();
    JsonObject metadata(payload.raw("metadata"));
    metadata.text("topic", message.topic);
    metadata.text("partition", std::to_string(message.partition));
    metadata.text("offset", std::to_string(message.offset));
    metadata.text("issues", fault.issue);
    metadata.end();
    payload.end();
    letter.end();
  });
}

}  // namespace dpctl::pipeline
