#include "pipeline-services/core/validate.hpp"

#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/core/json_reader.hpp"

namespace dpctl::pipeline {
namespace {

/// A bare tick as the raw message it would come in.
std::string wrapped(std::string_view body, std::string_view market, std::string_view instrument) {
  std::string message;
  JsonObject object(message);
  JsonObject payload(object.raw("payload"));
  payload.text("market", market.empty() ? "other" : market);
  payload.text("instrument_id", instrument);
  payload.raw("raw_data") += body;
  payload.end();
  object.end();
  return message;
}

void append_list(std::string& out, const auto& texts) {
  out += '[';
  for (std::size_t i = 0; i < texts.size(); ++i) {
    out += i == 0 ? "\"" : ",\"";
    append_escaped(out, texts[i]);
    out += '"';
  }
  out += ']';
}

}  // namespace

std::optional<Validation> validate(std::string_view body, const NormalizeOptions& options, Micros now) {
  JsonReader reader;
  bool is_message = false;
  std::string_view market;
  std::string_view instrument;
  const bool read = reader.read(body, [&](std::string_view name, JsonValue& item) {
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    is_message = is_message || is(name, "payload");
    if (is(name, "market")) market = scalar.text;
    if (is(name, "instrument_id")) instrument = scalar.text;
    return true;
  });
  if (!read) return {};
  const std::string message = is_message ? std::string(body) : wrapped(body, market, instrument);
  NormalizeOptions fresh = options;
  fresh.remembered_ticks = fresh.remembered_series = 1;
  Normalizer normalizer(std::move(fresh));
  NormalizeOutput out;
  const SourceMessage one{.topic = "validate", .partition = 0, .offset = 0, .key = {}, .value = message};
  normalizer.run({&one, 1}, now, out);
  Validation validation;
  validation.valid = out.batch.ticks.size() == 1;
  if (validation.valid) {
    validation.quality_flags = quality::names_of(out.batch.ticks.front().quality);
    if (validation.quality_flags.empty()) validation.quality_flags.emplace_back("valid");
  } else {
    const auto letter = read_dead_letter(out.dead.value(0));
    validation.errors.push_back(letter ? letter->issue + ": " + letter->message
                                       : "it would be a dead letter");
  }
  return validation;
}

std::string to_json(const Validation& validation) {
  std::string out;
  JsonObject object(out);
  object.boolean("valid", validation.valid);
  append_list(object.raw("quality_flags"), validation.quality_flags);
  append_list(object.raw("errors"), validation.errors);
  object.end();
  return out;
}

}  // namespace dpctl::pipeline
