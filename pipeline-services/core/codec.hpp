#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.hpp"
#include "pipeline-services/core/arena.hpp"
#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/project.hpp"
#include "pipeline-services/core/tick.hpp"

/// JSON on the wire, one object a message. Times are ISO 8601 UTC text and also integer microseconds
/// (`…_us`); prices are JSON numbers with at most eight decimals. Decoders ignore unknown fields and copy
/// strings into `arena`; Code::failed says what is wrong.
namespace dpctl::pipeline {

/// Reads messages; holds the parser's buffers. One per thread.
class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  /// Normalised shape A, and shape B (flat header, microsecond integers) of older producers.
  Result<Tick> normalized(std::string_view message, Arena& arena);
  Result<EnrichedTick> enriched(std::string_view message, Arena& arena);
  Result<Bar> bar(std::string_view message, Arena& arena);
  Result<LatestPrice> latest(std::string_view message);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The same into memory of most_bytes(tick) bytes; return where they stopped.
std::size_t most_bytes(const Tick& tick);
std::size_t most_bytes(const EnrichedTick& tick);
char* write_normalized(char* at, const Tick& tick);
char* write_enriched(char* at, const EnrichedTick& tick);

void append_normalized(std::string& out, const Tick& tick);
void append_enriched(std::string& out, const EnrichedTick& tick);
void append_bar(std::string& out, const Bar& bar);
void append_latest(std::string& out, const LatestPrice& latest);
/// The value of a Redis latest-price key: one flat JSON object.
std::string latest_json(const LatestPrice& latest);

}  // namespace dpctl::pipeline
