#include "pipeline-services/aggregation/decision.hpp"

#include "pipeline-services/core/bytes.hpp"

namespace dpctl::runtime {

using namespace pipeline;

namespace {

enum class Kind : std::int64_t { clock = 1, store = 2 };

}  // namespace

std::string decision_bytes(const ClockPassed& passed) {
  ByteWriter out;
  out.number(static_cast<std::int64_t>(Kind::clock));
  out.number(passed.now);
  return out.take();
}

std::string decision_bytes(const StoreSaid& said) {
  ByteWriter out;
  out.number(static_cast<std::int64_t>(Kind::store));
  out.text(said.series);
  out.number(said.day);
  std::string message;
  for (const auto& tick : said.stored) {
    message.clear();
    append_enriched(message, tick);
    out.text(message);
  }
  return out.take();
}

Result<std::variant<ClockPassed, StoreSaid>> read_decision(std::string_view bytes, Decoder& decoder,
                                                           Arena& arena) {
  ByteReader in(bytes);
  const auto kind = static_cast<Kind>(in.number());
  if (kind == Kind::clock) {
    const ClockPassed passed{in.number()};
    if (in.done()) return passed;
  }
  if (kind == Kind::store) {
    StoreSaid said{.series = in.text(), .day = in.number(), .stored = {}};
    while (in.ok() && !in.done()) {
      DPCTL_TRY(const auto tick, decoder.enriched(in.text(), arena));
      said.stored.push_back(tick);
    }
    if (in.ok()) return said;
  }
  return fail(Code::failed, "the decision is damaged");
}

}  // namespace dpctl::runtime
