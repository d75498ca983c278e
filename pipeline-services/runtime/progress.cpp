#include "pipeline-services/runtime/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "lib/base/number.hpp"

namespace dpctl::runtime {
namespace {

constexpr std::string_view kStored = "stored=";

}  // namespace

std::string encode_stored(std::int64_t offset, std::int64_t stored) {
  if (stored < 0 || stored >= offset) return "";
  return fmt::format("{}{}", kStored, stored);
}

std::int64_t decode_stored(std::int64_t offset, std::string_view metadata) {
  std::int64_t stored = -1;
  if (!metadata.starts_with(kStored)) return offset;
  if (!read_number(metadata.substr(kStored.size()), stored) || stored < 0) return offset;
  return std::min(offset, stored);
}

std::int64_t Progress::begin(const io::Position& committed) {
  const auto stored = decode_stored(committed.offset, committed.metadata);
  partitions_[committed.at] = {.committed = committed.offset,
                               .stored = stored,
                               .written_offset = committed.offset,
                               .written_stored = stored};
  return stored;
}

PartitionProgress* Progress::find(const io::TopicPartition& at) {
  const auto found = partitions_.find(at);
  return found == partitions_.end() ? nullptr : &found->second;
}

bool Progress::dirty() const {
  return std::any_of(partitions_.begin(), partitions_.end(), [](const auto& p) { return p.second.dirty(); });
}

bool Progress::unstored() const {
  return std::any_of(partitions_.begin(), partitions_.end(),
                     [](const auto& p) { return p.second.stored < p.second.next; });
}

bool Progress::replaying() const {
  return std::any_of(partitions_.begin(), partitions_.end(), [](const auto& p) {
    return p.second.start >= 0 && p.second.start < p.second.committed && p.second.next < p.second.committed;
  });
}

std::vector<io::Position> Progress::positions(bool all) const {
  std::vector<io::Position> positions;
  for (const auto& [at, state] : partitions_)
    if (state.offset() >= 0 && (all || state.dirty()))
      positions.push_back(
          {.at = at, .offset = state.offset(), .metadata = encode_stored(state.offset(), state.stored)});
  return positions;
}

void Progress::written(std::span<const io::Position> positions) {
  for (const auto& position : positions) {
    auto* state = find(position.at);
    if (state == nullptr) continue;
    state->committed = std::max(state->committed, position.offset);
    state->written_offset = position.offset;
    state->written_stored = decode_stored(position.offset, position.metadata);
  }
}

Progress::Mark Progress::mark() const {
  Mark mark;
  for (const auto& [at, state] : partitions_) mark.emplace(at, state.next);
  return mark;
}

void Progress::stored(const Mark& mark) {
  for (const auto& [at, next] : mark)
    if (auto* state = find(at); state != nullptr) state->stored = std::max(state->stored, next);
}

std::string Progress::sources() const {
  constexpr std::size_t kEnough = 300;  // it travels in a URL
  std::string text;
  for (const auto& [at, state] : partitions_) {
    if (state.next < 0 || state.next <= state.stored) continue;
    if (text.size() > kEnough) return text + ",…";
    text += fmt::format("{}{}/{}:{}-{}", text.empty() ? "" : ",", at.topic, at.partition,
                        std::max<std::int64_t>(state.stored, 0), state.next - 1);
  }
  return text;
}

}  // namespace dpctl::runtime
