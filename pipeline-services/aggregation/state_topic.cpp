#include "pipeline-services/aggregation/state_topic.hpp"

#include <algorithm>
#include <charconv>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::runtime {
namespace {

constexpr std::size_t kPiece = 512U << 10U;

template <class T>
bool read(std::string_view text, T& value) {
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  return bad == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::vector<std::pair<std::string, std::string>> cut(const std::string& name, std::uint64_t id,
                                                     const Snapshot& snapshot) {
  const std::size_t count = std::max<std::size_t>(1, (snapshot.state.size() + kPiece - 1) / kPiece);
  const auto sha = sha256_hex(snapshot.state);
  std::vector<std::pair<std::string, std::string>> messages;
  for (std::size_t piece = 0; piece < count; ++piece)
    messages.emplace_back(fmt::format("{}/{}/{}", name, id % 2, piece),
                          fmt::format("{} {} {} {} {}\n", id, snapshot.offset, piece, count, sha) +
                              snapshot.state.substr(piece * kPiece, kPiece));
  return messages;
}

void SnapshotAssembler::add(std::string_view key, std::string_view value) {
  const auto line = value.find('\n');
  if (line == std::string_view::npos) return;
  const auto head = split(value.substr(0, line), ' ');
  const std::string name(key.substr(0, key.find('/')));
  std::uint64_t id = 0;
  std::int64_t offset = 0;
  std::size_t piece = 0, count = 0;
  if (head.size() != 5 || name.empty() || !read(head[0], id) || !read(head[1], offset) ||
      !read(head[2], piece) || !read(head[3], count) || piece >= count)
    return;
  auto& pieces = all_[{name, id}];
  pieces.offset = offset;
  pieces.count = count;
  pieces.sha = head[4];
  pieces.bytes[piece] = value.substr(line + 1);
  // Of each name the last three ids are kept: the newest may be incomplete.
  auto first = all_.lower_bound({name, 0});
  auto end = all_.upper_bound({name, ~std::uint64_t{0}});
  if (std::distance(first, end) > 3) all_.erase(first);
}

Snapshots SnapshotAssembler::newest() const {
  Snapshots found;
  for (const auto& [key, pieces] : all_) {
    if (pieces.bytes.size() != pieces.count) continue;
    std::string state;
    for (const auto& [number, bytes] : pieces.bytes) state += bytes;
    if (sha256_hex(state) == pieces.sha)
      found[key.first] = {pieces.offset, std::move(state)};  // ascending ids: the last wins
  }
  return found;
}

std::map<std::string, std::uint64_t, std::less<>> SnapshotAssembler::last_ids() const {
  std::map<std::string, std::uint64_t, std::less<>> ids;
  for (const auto& [key, pieces] : all_) ids[key.first] = key.second;
  return ids;
}

Result<Snapshots> StateTopic::load(Deadline deadline) {
  SnapshotAssembler assembler;
  DPCTL_TRY(const auto count,
            io::read_topic(bootstrap_, topic_ + suffix_, deadline, [&](const io::Record& record) {
              if (record.key) assembler.add(*record.key, record.value);
              return true;
            }));
  static_cast<void>(count);
  for (const auto& [name, id] : assembler.last_ids()) last_id_[name] = std::max(last_id_[name], id);
  return assembler.newest();
}

Result<void> StateTopic::store(const std::string& name, const Snapshot& snapshot, Outbox& out) {
  for (const auto& [key, value] : cut(name, ++last_id_[name], snapshot))
    DPCTL_CHECK(out.send(topic_, key, value));
  return {};
}

}  // namespace dpctl::runtime
