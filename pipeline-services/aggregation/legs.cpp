#include "pipeline-services/aggregation/legs.hpp"

#include "pipeline-services/core/contract/topics.hpp"

namespace dpctl::runtime {

using namespace pipeline;

namespace {

std::string name_of_state(std::int32_t partition) { return "legs-" + std::to_string(partition); }

}  // namespace

Legs::Legs(std::vector<Spread> spreads, const std::string& suffix)
    : definitions_(std::move(spreads)),
      routes_(definitions_),
      topic_(std::string(contract::kLegsTopic) + suffix) {}

std::vector<std::string> Legs::topics() const {
  if (definitions_.empty()) return {};
  return {std::string(contract::kLegsTopic)};
}

Result<void> Legs::route(const Bar& bar, std::string_view bytes, Outbox& out) {
  Result<void> sent;
  routes_.each_of(bar, [&](std::string_view spread) {
    key_.assign(bar.tenant).append("|").append(spread);
    if (sent) sent = out.send(contract::kLegsTopic, key_, bytes);
  });
  return sent;
}

Result<bool> Legs::take(io::Position& position, const Snapshots& snapshots) {
  auto& partition = partitions_[position.at.partition] = {.spreads = Spreads(definitions_)};
  position.offset = 0;
  const auto found = snapshots.find(name_of_state(position.at.partition));
  if (found == snapshots.end()) return true;
  if (auto restored = partition.spreads.restore(found->second.state); !restored) {
    if (restored.error().code != Code::conflict) return fail(std::move(restored).error());
    return false;
  }
  position.offset = partition.next = found->second.offset;
  return true;
}

Result<void> Legs::process(const Slice& slice, Micros now, std::vector<DerivedValue>& values,
                           DeadLetters& dead) {
  const auto found = partitions_.find(slice.from.partition);
  if (found == partitions_.end())
    return fail(Code::failed, "records of {}/{}, which is not assigned", slice.from.topic,
                slice.from.partition);
  auto& partition = found->second;
  for (const auto& message : slice.messages) {
    partition.next = message.offset + 1;
    scratch_.clear();
    const auto bar = decoder_.bar(message.value, scratch_);
    if (!bar || !message.key.starts_with(std::string(bar->tenant) + "|")) {
      dead.add(message, "aggregation",
               {fault::kContract, "invalid_leg",
                bar ? "the key is not that of the bar's tenant" : bar.error().what},
               now);
      continue;
    }
    const auto known = values.size();
    partition.spreads.add(message.key.substr(bar->tenant.size() + 1), *bar, values);
    for (auto i = known; i < values.size(); ++i) values[i].revision = message.offset;
  }
  partition.changed = true;
  return {};
}

Result<void> Legs::store(StateTopic& states, Outbox& out) {
  for (auto& [number, partition] : partitions_) {
    if (!std::exchange(partition.changed, false)) continue;
    DPCTL_CHECK(states.store(name_of_state(number), {partition.next, partition.spreads.snapshot()}, out));
  }
  return {};
}

}  // namespace dpctl::runtime
