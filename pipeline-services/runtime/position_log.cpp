#include "pipeline-services/runtime/position_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <tuple>

#include "lib/base/number.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto kToRead = 30s;  // a transaction that is open before the end has run out by then
constexpr auto kToAppear = 5s;
constexpr std::string_view kNoted = "noted";  // the last word of an entry's metadata

// "<group>/<topic>/<partition>" → "<offset> <metadata>". Names of topics have no slash.
std::string key_of(std::string_view group, const io::TopicPartition& at) {
  return fmt::format("{}/{}/{}", group, at.topic, at.partition);
}

}  // namespace

Result<std::vector<io::Position>> PositionLog::note(std::span<const io::Position> positions,
                                                    io::Producer& producer) {
  std::vector<io::Position> marked(positions.begin(), positions.end());
  for (auto& position : marked) {
    Entry entry{position.offset, position.metadata};
    if (const auto noted = noted_.find(position.at); noted == noted_.end() || noted->second != entry) {
      DPCTL_CHECK(producer.send(topic_, key_of(group_, position.at),
                                fmt::format("{} {}", position.offset, position.metadata)));
      noted_.insert_or_assign(position.at, std::move(entry));
    }
    position.metadata += position.metadata.empty() ? "" : ",";
    position.metadata += kNoted;
  }
  return marked;
}

Result<PositionLog::Known> PositionLog::known(const Ask& ask) {
  Known known;
  DPCTL_TRY(known.positions, ask());
  DPCTL_CHECK(load(io::ReadTo::open_transaction));
  for (const auto until = Deadline::after(kToAppear); has_more_than(known.positions) && !until.passed();) {
    std::this_thread::sleep_for(200ms);
    DPCTL_TRY(known.positions, ask());
  }
  // Once more, whatever is open there: only the end tells what is right.
  if (auto copy = known.positions; correct(copy) > 0) DPCTL_CHECK(load(io::ReadTo::end));
  known.corrected = correct(known.positions);
  return known;
}

Result<void> PositionLog::load(io::ReadTo to) {
  noted_.clear();
  DPCTL_TRY(const auto count, io::read_topic(
                                  bootstrap_, topic_, Deadline::after(kToRead),
                                  [&](const io::Record& record) {
                                    if (record.key) add(*record.key, record.value);
                                    return true;
                                  },
                                  to));
  static_cast<void>(count);
  return {};
}

void PositionLog::add(std::string_view key, std::string_view value) {
  if (!key.starts_with(group_ + "/")) return;
  const auto names = split(key.substr(group_.size() + 1), '/');
  const auto space = value.find(' ');
  io::TopicPartition at;
  std::int64_t offset = 0;
  if (names.size() != 2 || space == std::string_view::npos || !read_number(names[1], at.partition) ||
      !read_number(value.substr(0, space), offset) || at.partition < 0 || offset < 0)
    return;
  at.topic = names[0];
  noted_[at] = {offset, std::string(value.substr(space + 1))};
}

bool PositionLog::has_more_than(std::span<const io::Position> given) const {
  return std::any_of(given.begin(), given.end(), [&](const io::Position& position) {
    return position.offset < 0 && noted_.contains(position.at);
  });
}

std::size_t PositionLog::correct(std::span<io::Position> given) const {
  std::size_t wrong = 0;
  for (auto& position : given) {
    if (!position.metadata.ends_with(kNoted)) continue;
    position.metadata.resize(position.metadata.size() - kNoted.size());
    if (position.metadata.ends_with(',')) position.metadata.pop_back();
    const auto noted = noted_.find(position.at);
    if (noted == noted_.end() || noted->second == Entry{position.offset, position.metadata}) continue;
    std::tie(position.offset, position.metadata) = noted->second;
    ++wrong;
  }
  return wrong;
}

}  // namespace dpctl::runtime
