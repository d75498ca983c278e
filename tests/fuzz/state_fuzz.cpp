// What a service finds in its own topics, of any bytes: it is taken whole or refused, and what was taken is
// written as it was read. The first byte says what the rest is.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "pipeline-services/aggregation/decision.hpp"
#include "pipeline-services/aggregation/state_topic.hpp"
#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/rolling.hpp"
#include "pipeline-services/core/spreads.hpp"
#include "pipeline-services/runtime/position_log.hpp"
#include "pipeline-services/runtime/progress.hpp"

namespace {

using namespace dpctl;

/// A second reading of what the first has written changes nothing more.
template <class State, class Make>
void restored_twice(std::string_view bytes, const Make& make) {
  State first = make();
  if (!first.restore(bytes)) return;
  const auto written = first.snapshot();
  State second = make();
  if (!second.restore(written) || second.snapshot() != written) std::abort();
}

void decision(std::string_view bytes) {
  pipeline::Decoder decoder;
  pipeline::Arena arena;
  const auto read = runtime::read_decision(bytes, decoder, arena);
  if (!read) return;
  const auto written = std::visit([](const auto& one) { return runtime::decision_bytes(one); }, *read);
  pipeline::Arena again;
  const auto second = runtime::read_decision(written, decoder, again);
  if (!second || second->index() != read->index()) std::abort();
}

/// Key and value, as lines in turn, of the topic of snapshots and of the topic of positions.
void topics(std::string_view bytes) {
  runtime::StateAssembler states;
  runtime::PositionLog positions("", "", "stage");
  while (!bytes.empty()) {
    const auto key = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(bytes.size(), key.size() + 1));
    const auto value = bytes.substr(0, bytes.find('\x1e'));
    bytes.remove_prefix(std::min(bytes.size(), value.size() + 1));
    states.add(key, value);
    positions.add(key, value);
    if (const auto stored = runtime::decode_stored(100, value); stored < 0 || stored > 100) std::abort();
  }
  for (const auto& [name, decisions] : states.newest().later)
    for (std::size_t i = 1; i < decisions.size(); ++i)
      if (decisions[i].number <= decisions[i - 1].number) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pipeline;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  static const RollingWindow kHour{.interval = Interval::m5, .bars = 12};
  static const auto kSpreads = parse_spreads("x basis USD/MWh 1h 2h A B\n", "spreads");
  switch (data[0]) {
    case 'b': restored_twice<Aggregator>(bytes, [] { return Aggregator(); }); break;
    case 'r': restored_twice<Rolling>(bytes, [] { return Rolling({kHour}); }); break;
    case 's': restored_twice<Spreads>(bytes, [] { return Spreads(kSpreads.value()); }); break;
    case 'd': decision(bytes); break;
    case 't': topics(bytes); break;
    default: break;
  }
  return 0;
}
