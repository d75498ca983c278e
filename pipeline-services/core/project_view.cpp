// project_view.cpp: payloads that are no bars. They are served as they were published, so only what
// identifies and orders them is read.
#include <cstring>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/json_reader.hpp"
#include "pipeline-services/core/project.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::size_t kLongestPayload = 64U << 10U;
constexpr std::size_t kLongestName = 200;

Result<Micros> time_of(const Scalar& scalar) {
  if (const auto number = scalar.integer()) return from_epoch(*number);
  return parse_iso(scalar.text);
}

/// The text of the payload object, or of the whole message when it has no envelope.
std::string payload_of(JsonReader& reader, std::string_view message) {
  std::string payload;
  const bool read = reader.read(message, [&](std::string_view name, JsonValue& item) {
    Scalar scalar;
    if (name != "payload") return JsonReader::scalar(item, scalar);
    if (!item.is_object()) return false;
    const auto raw = JsonReader::raw(item);
    if (raw.empty()) return false;
    payload = raw;
    return true;
  });
  return read ? payload : std::string{};
}

struct Fields {
  ServedView view;
  std::string interval;  ///< of a value derived from bars
  bool timed = false;
  bool ok = true;

  void take(std::string_view name, const Scalar& scalar) {
    const auto text = [&](std::string& member) { member = scalar.text; };
    if (name == "type")
      text(view.type);
    else if (name == "tenant_id")
      text(view.tenant);
    else if (name == "instrument_id" || name == "curve_id" || name == "curve" || name == "name")
      text(view.instrument_id);
    else if (name == "horizon" || name == "shape")
      view.name = to_lower(scalar.text);
    else if (name == "interval")
      text(interval);
    else if (name == "window" || name == "window_size")
      text(view.window);
    else if (name.ends_with("_type") && view.name.empty() && scalar.kind == Scalar::Kind::text)
      text(view.name);
    else if (name == "ts" || name == "ts_us" || name == "as_of" || name == "as_of_us" ||
             name == "timestamp" || name == "interval_start_us") {
      const auto at = time_of(scalar);
      ok = ok && at.has_value();
      if (at) view.event_time = *at;
      timed = true;
    } else if (name == "revision" || name == "version_us") {
      const auto number = scalar.integer();
      ok = ok && number.has_value();
      view.revision = number.value_or(0);
    }
  }

  /// Values of the derived topic say their kind as type: which spread it is, or that it is a statistic.
  void name_derived() {
    if (interval.empty()) return;
    view.name = view.type;
    view.type = view.name == "rolling" ? "rolling_stat" : view.name == "basis" ? "basis" : "spread";
    view.window = view.window.empty() ? interval : interval + "/" + view.window;
  }
};

}  // namespace

std::string payload_type(std::string_view message) {
  thread_local JsonReader reader;
  std::string type;
  const auto find = [&type](std::string_view name, JsonValue& item) {
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    if (name == "type") type = scalar.text;
    return type.empty();
  };
  reader.read(message, [&](std::string_view name, JsonValue& item) {
    if (name != "payload") {
      Scalar scalar;
      return JsonReader::scalar(item, scalar);
    }
    JsonReader::object(item, find);
    return false;  // what follows does not matter here
  });
  return type;
}

Result<ServedView> read_view(std::string_view message) {
  thread_local JsonReader reader;
  auto payload = payload_of(reader, message);
  if (payload.empty()) return fail(Code::failed, "the message is no JSON object with a payload");
  if (payload.size() > kLongestPayload)
    return fail(Code::failed, "the payload has {} bytes, more than {}", payload.size(), kLongestPayload);
  Fields fields;
  const bool read = reader.read(payload, [&](std::string_view name, JsonValue& item) {
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    fields.take(name, scalar);
    return true;
  });
  auto& view = fields.view;
  fields.name_derived();
  if (!read || !fields.ok)
    return fail(Code::failed, "the payload is malformed or a time or revision is no number");
  if (view.type == "curve") view.type = "curve_snapshot";
  if (view.tenant.empty()) view.tenant = "default";
  if (view.type.empty() || view.type == "latest_price" || view.instrument_id.empty() || !fields.timed)
    return fail(Code::failed, "the payload lacks type, instrument_id or ts");
  for (const auto* part : {&view.tenant, &view.instrument_id, &view.type, &view.name, &view.window})
    if (part->size() > kLongestName)
      return fail(Code::failed, "a name of the payload is longer than {}", kLongestName);
  view.data = std::move(payload);
  return std::move(fields.view);
}

}  // namespace dpctl::pipeline
