#include "pipeline-services/core/raw.hpp"

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/core/markets/markets.hpp"
#include "pipeline-services/core/markets/workbook.hpp"

namespace dpctl::pipeline {

Result<RawFile> read_market_file(std::string_view file_name, std::string_view text) {
  using namespace markets;
  if (is_workbook(text)) return read_ercot(file_name, text);
  if (!is_utf8(text))
    return fail(Code::failed, "the file is not UTF-8 text").at({.subject = std::string(file_name)});
  if (is_nyiso(text)) return read_nyiso(file_name, text);
  if (is_caiso(text)) return read_caiso(file_name, text);
  if (is_pjm(text)) return read_pjm(file_name, text);
  if (is_spp(text)) return read_spp(file_name, text);
  if (is_ercot(text)) return read_ercot(file_name, text);
  if (is_isone(text)) return read_isone(file_name, text);
  if (is_miso(text)) return read_miso(file_name, text);
  return fail(Code::usage, "no known layout of NYISO, CAISO, PJM, SPP, ERCOT, ISO-NE or MISO")
      .at({.subject = std::string(file_name)})
      .hint("give the file as the ISO publishes it, unzipped");
}

void append_raw(std::string& out, Market market, const RawRow& row, const RawHeader& header) {
  std::string data;
  JsonObject fields(data);
  for (const auto& field : row.fields) {
    std::string name;
    append_escaped(name, field.name);
    if (field.quoted)
      fields.text(name, field.text);
    else
      fields.raw(name) += field.text;
  }
  fields.end();

  const std::string lower = to_lower(facts(market).name);
  JsonObject message(out);
  JsonObject envelope(message.raw("envelope"));
  envelope.text("event_type", contract::kRawEvent);
  // The same row of the same tenant is the same event, whenever it is fed.
  envelope.text("event_id",
                sha256_hex(std::string(header.tenant) + "|" + row.instrument_id + "|" + data).substr(0, 32));
  envelope.time("timestamp", header.now);
  envelope.text("tenant_id", header.tenant);
  envelope.text("source", "ingestion." + lower);
  envelope.text("version", "1.0");
  JsonObject metadata(envelope.raw("metadata"));
  metadata.text_if("file", header.file_name);
  if (header.backfill) metadata.boolean("backfill", true);
  metadata.end();
  envelope.end();
  JsonObject payload(message.raw("payload"));
  payload.text("market", lower);
  payload.text("instrument_id", row.instrument_id);
  payload.raw("raw_data") += data;
  payload.end();
  message.end();
}

}  // namespace dpctl::pipeline
