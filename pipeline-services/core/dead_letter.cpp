#include "pipeline-services/core/dead_letter.hpp"

#include <map>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/core/json_reader.hpp"

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
    // A list: Kafka keeps the order of headers, and a name may come twice.
    std::string& headers = payload.raw("raw_headers");
    headers += '[';
    for (const auto& [name, value] : message.headers) {
      if (headers.back() != '[') headers += ',';
      JsonObject header(headers);
      append_bytes(header, "name", "name_encoding", name);
      append_bytes(header, "value", "encoding", value);
      header.end();
    }
    headers += ']';
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

namespace {

/// Texts by the names of their fields, until all of an object is read: an encoding may come after its text.
class Texts {
 public:
  void add(std::string_view name, const Scalar& scalar) {
    texts_.insert_or_assign(std::string(name), scalar.text);
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    const auto found = texts_.find(name);
    return found == texts_.end() ? std::string() : std::string(found->second);
  }
  [[nodiscard]] std::int64_t number(std::string_view name) const {
    return Scalar{Scalar::Kind::number, text(name)}.integer().value_or(0);
  }
  Result<std::string> bytes(std::string_view name, std::string_view encoding) const {
    if (!texts_.contains(name)) return fail(Code::failed, "the dead letter has no {}", name);
    if (text(encoding) == "base64") return base64_decode(text(name));
    return text(name);
  }

 private:
  std::map<std::string, std::string_view, std::less<>> texts_;
};

}  // namespace

Result<DeadLetter> read_dead_letter(std::string_view bytes) {
  JsonReader reader;
  Texts header;
  Texts payload;
  Texts metadata;
  std::vector<Texts> headers;
  const auto into = [](Texts& texts) {
    return [&texts](std::string_view name, JsonValue& item) {
      Scalar scalar;
      if (!JsonReader::scalar(item, scalar)) return false;
      if (scalar.kind != Scalar::Kind::container) texts.add(name, scalar);
      return true;
    };
  };
  const bool read = reader.read(bytes, [&](std::string_view name, JsonValue& item) {
    if (name != "payload") return into(header)(name, item);
    return JsonReader::object(item, [&](std::string_view field, JsonValue& inner) {
      if (field == "metadata") return JsonReader::object(inner, into(metadata));
      if (field == "raw_headers")
        return JsonReader::array(
            inner, [&](JsonValue& one) { return JsonReader::object(one, into(headers.emplace_back())); });
      return into(payload)(field, inner);
    });
  });
  if (!read || header.text("event_type") != contract::kDeadLetterEvent)
    return fail(Code::failed, "the message is no dead letter");
  DeadLetter letter;
  letter.stage = to_lower(payload.text("failure_stage"));
  letter.code = payload.text("error_code");
  letter.issue = metadata.text("issues");
  letter.message = payload.text("error_message");
  letter.topic = payload.text("failed_topic");
  letter.partition = static_cast<std::int32_t>(metadata.number("partition"));
  letter.offset = metadata.number("offset");
  letter.retry_count = payload.number("retry_count");
  if (const auto at = parse_iso(header.text("occurred_at"))) letter.occurred_at = *at;
  DPCTL_TRY(letter.value, payload.bytes("raw_event", "raw_encoding"));
  DPCTL_TRY(letter.key, payload.bytes("raw_key", "raw_key_encoding"));
  for (const auto& one : headers) {
    DPCTL_TRY(auto name, one.bytes("name", "name_encoding"));
    DPCTL_TRY(auto value, one.bytes("value", "encoding"));
    letter.headers.emplace_back(std::move(name), std::move(value));
  }
  return letter;
}

}  // namespace dpctl::pipeline
