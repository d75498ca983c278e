#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/market.hpp"

namespace dpctl::pipeline {

/// One row of a published file on its way into the pipeline: what `pipeline feed` publishes.
struct RawRow {
  std::string instrument_id;
  Micros order = 0;  ///< roughly the event time, for feeding in order; not on the wire
  /// The row's fields as published (name, text), plus what the reader knows from the file's name or the order
  /// of rows: product, location_type, repeated_hour. Values that look like JSON numbers in the source are
  /// written as numbers.
  struct Field {
    std::string name;
    std::string text;
    bool quoted = true;  ///< false: write `text` as a bare JSON token
  };
  std::vector<Field> fields;
};

struct RawFile {
  Market market = Market::other;
  std::vector<RawRow> rows;
};

/// Reads one published file of any market by its name and first bytes. Code::usage when it is no known
/// layout; Code::failed with file:line when it is cut short or a row has the wrong shape. `text` is at most
/// 256 MiB.
Result<RawFile> read_market_file(std::string_view file_name, std::string_view text);

/// Identity of a feed run's messages.
struct RawHeader {
  std::string_view tenant = "default";
  Micros now = 0;  ///< envelope.timestamp
  bool backfill = false;
  std::string_view file_name{};  ///< goes into envelope.metadata
};

/// Appends the raw message of one row (nested envelope, pipeline-contract shape 2.1). event_id is derived
/// from content, so feeding a file twice gives the same ids.
void append_raw(std::string& out, Market market, const RawRow& row, const RawHeader& header);

/// Where `pipeline feed` puts raw messages; io/ implements it over a Kafka producer, `pipeline run` in
/// memory.
class RawSink {
 public:
  virtual ~RawSink() = default;
  /// Queues one message; blocks while the queue is full. Views need to live only during the call.
  virtual Result<void> put(std::string_view topic, std::string_view key, std::string_view value) = 0;
  /// Returns when everything queued is acknowledged; the error says what was not.
  virtual Result<void> flush() = 0;
};

}  // namespace dpctl::pipeline
