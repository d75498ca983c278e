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

/// A number by its magnitude, ISO 8601, or a day, which is its midnight in UTC.
Result<Micros> time_of(const Scalar& scalar) {
  if (const auto number = scalar.integer()) return from_epoch(*number);
  if (scalar.text.size() == 10) return parse_iso(std::string(scalar.text) + "T00:00:00Z");
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

/// What identifies and orders a payload, as the aggregation writes it (derived values, curves) and as older
/// producers do. Of several names for one thing the first in `kTimes` and in settle() counts.
struct Fields {
  static constexpr std::string_view kTimes[] = {"ts_us", "ts",        "as_of_us",
                                                "as_of", "timestamp", "interval_end_us"};
  ServedView view;
  std::string instrument, curve, name, horizon, shape, kind, interval;
  std::size_t time_rank = std::size(kTimes);
  std::optional<std::int64_t> revision, version;
  bool ok = true;

  void take(std::string_view field, const Scalar& scalar) {
    const std::pair<std::string_view, std::string*> texts[] = {{"type", &view.type},
                                                               {"tenant_id", &view.tenant},
                                                               {"instrument_id", &instrument},
                                                               {"curve_id", &curve},
                                                               {"curve", &curve},
                                                               {"name", &name},
                                                               {"horizon", &horizon},
                                                               {"shape", &shape},
                                                               {"interval", &interval},
                                                               {"window", &view.window},
                                                               {"window_size", &view.window}};
    for (const auto& [known, member] : texts)
      if (field == known) *member = scalar.text;
    if (field.ends_with("_type") && scalar.kind == Scalar::Kind::text) kind = scalar.text;
    if (field == "revision") ok = (revision = scalar.integer()).has_value() && ok;
    if (field == "version_us") ok = (version = scalar.integer()).has_value() && ok;
    for (std::size_t rank = 0; rank < time_rank; ++rank)
      if (field == kTimes[rank]) {
        const auto at = time_of(scalar);
        ok = ok && at.has_value();
        if (at) view.event_time = *at;
        time_rank = rank;
      }
  }

  void settle() {
    if (view.type == "curve") view.type = "curve_snapshot";
    if (view.tenant.empty()) view.tenant = "default";
    view.instrument_id = !instrument.empty() ? instrument : !curve.empty() ? curve : name;
    if (view.type == "curve_snapshot")
      view.name = to_lower(horizon.empty() ? shape : horizon);
    else
      view.name = !kind.empty() ? kind : !interval.empty() || instrument.empty() ? interval : name;
    view.revision = revision ? *revision : version.value_or(0);
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
  if (!read || !fields.ok)
    return fail(Code::failed, "the payload is malformed or a time or revision is no number");
  fields.settle();
  auto& view = fields.view;
  if (view.type.empty() || view.type == "latest_price" || view.instrument_id.empty() ||
      fields.time_rank == std::size(Fields::kTimes))
    return fail(Code::failed, "the payload lacks type, the name of what it is about, or a time");
  for (const auto* part : {&view.tenant, &view.instrument_id, &view.type, &view.name, &view.window})
    if (part->size() > kLongestName)
      return fail(Code::failed, "a name of the payload is longer than {}", kLongestName);
  view.data = std::move(payload);
  return std::move(fields.view);
}

}  // namespace dpctl::pipeline
