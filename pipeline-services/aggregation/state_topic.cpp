#include "pipeline-services/aggregation/state_topic.hpp"

#include <algorithm>

#include "lib/base/encoding.hpp"
#include "lib/base/number.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::runtime {
namespace {

constexpr std::size_t kPiece = 512U << 10U;
constexpr std::uint64_t kMostDecisions = 4096;  // keys of decisions that are in no snapshot
constexpr std::string_view kDecision = "decision-";

struct Head {
  std::uint64_t id;
  std::int64_t offset;
  std::uint64_t decided;
};

std::size_t pieces_of(const std::string& bytes) {
  return std::max<std::size_t>(1, (bytes.size() + kPiece - 1) / kPiece);
}

std::string piece_key(const std::string& key, std::size_t piece) { return fmt::format("{}/{}", key, piece); }

Messages cut_at(const std::string& key, const Head& head, const std::string& bytes) {
  const std::size_t count = pieces_of(bytes);
  const auto sha = sha256_hex(bytes);
  Messages messages;
  for (std::size_t piece = 0; piece < count; ++piece)
    messages.emplace_back(piece_key(key, piece), fmt::format("{} {} {} {} {} {}\n", head.id, head.offset,
                                                             piece, count, sha, head.decided) +
                                                     bytes.substr(piece * kPiece, kPiece));
  return messages;
}

std::string decision_key(const std::string& name, std::uint64_t number) {
  return fmt::format("{}{}/{}", kDecision, name, number % kMostDecisions);
}

}  // namespace

Messages cut(const std::string& name, std::uint64_t id, const Snapshot& snapshot) {
  return cut_at(fmt::format("{}/{}", name, id % 2), {id, snapshot.offset, snapshot.decided}, snapshot.state);
}

Messages cut(const std::string& name, const Decision& decision) {
  return cut_at(decision_key(name, decision.number), {decision.number, decision.offset, 0}, decision.what);
}

void StateAssembler::add(std::string_view key, std::string_view value) {
  const auto line = value.find('\n');
  if (line == std::string_view::npos) return;
  const auto head = split(value.substr(0, line), ' ');
  std::string name(key.substr(0, key.find('/')));
  std::uint64_t id = 0;
  Pieces found;
  std::size_t piece = 0;
  // Snapshots of before there were decisions do not say how many they have.
  const bool understood = (head.size() == 5 || (head.size() == 6 && read_number(head[5], found.decided))) &&
                          !name.empty() && read_number(head[0], id) && read_number(head[1], found.offset) &&
                          read_number(head[2], piece) && read_number(head[3], found.count) &&
                          piece < found.count;
  if (!understood) return;
  const bool decision = name.starts_with(kDecision);
  auto& all = decision ? decisions_[name.substr(kDecision.size())] : snapshots_[name];
  auto& pieces = all[id];
  pieces.offset = found.offset;
  pieces.decided = found.decided;
  pieces.count = found.count;
  pieces.sha = head[4];
  pieces.bytes[piece] = value.substr(line + 1);
  // Of each name the last three snapshots are kept: the newest may be incomplete.
  if (!decision && all.size() > 3) all.erase(all.begin());
}

std::optional<std::string> StateAssembler::Pieces::whole() const {
  if (bytes.size() != count) return std::nullopt;
  std::string all;
  for (const auto& [number, part] : bytes) all += part;
  if (sha256_hex(all) != sha) return std::nullopt;
  return all;
}

States StateAssembler::newest() const {
  States found;
  for (const auto& [name, all] : snapshots_)
    for (const auto& [id, pieces] : all)
      if (auto state = pieces.whole())
        found.snapshots[name] = {pieces.offset, std::move(*state), pieces.decided};  // the last wins
  for (const auto& [name, all] : decisions_) {
    const auto snapshot = found.snapshots.find(name);
    const auto decided = snapshot == found.snapshots.end() ? 0 : snapshot->second.decided;
    for (auto at = all.upper_bound(decided); at != all.end(); ++at)
      if (auto what = at->second.whole())
        found.later[name].push_back({at->first, at->second.offset, std::move(*what)});
  }
  return found;
}

std::map<std::string, std::uint64_t, std::less<>> StateAssembler::last_ids() const {
  std::map<std::string, std::uint64_t, std::less<>> ids;
  for (const auto& [name, all] : snapshots_) ids[name] = all.rbegin()->first;
  return ids;
}

Result<States> StateTopic::load(Deadline deadline) {
  StateAssembler assembler;
  DPCTL_TRY(const auto count,
            io::read_topic(bootstrap_, topic_ + suffix_, deadline, [&](const io::Record& record) {
              if (record.key) assembler.add(*record.key, record.value);
              return true;
            }));
  static_cast<void>(count);
  for (const auto& [name, id] : assembler.last_ids()) last_id_[name] = std::max(last_id_[name], id);
  auto states = assembler.newest();
  noted_.clear();
  for (const auto& [name, later] : states.later)
    for (const auto& decision : later) noted_[name].push_back({decision.number, pieces_of(decision.what)});
  return states;
}

Result<void> StateTopic::store(const std::string& name, const Snapshot& snapshot, Outbox& out) {
  for (const auto& [key, value] : cut(name, ++last_id_[name], snapshot))
    DPCTL_CHECK(out.send(topic_, key, value));
  auto& noted = noted_[name];
  const auto kept = std::find_if(noted.begin(), noted.end(),
                                 [&](const Noted& one) { return one.number > snapshot.decided; });
  for (auto at = noted.begin(); at != kept; ++at)
    for (std::size_t piece = 0; piece < at->pieces; ++piece)
      DPCTL_CHECK(out.send(topic_, piece_key(decision_key(name, at->number), piece), ""));
  noted.erase(noted.begin(), kept);
  return {};
}

Result<void> StateTopic::note(const std::string& name, const Decision& decision, Outbox& out) {
  for (const auto& [key, value] : cut(name, decision)) DPCTL_CHECK(out.send(topic_, key, value));
  noted_[name].push_back({decision.number, pieces_of(decision.what)});
  return {};
}

bool StateTopic::room(const std::string& name) const {
  // The snapshot that was sent last may not be there yet: what it has keeps half of the keys.
  const auto noted = noted_.find(name);
  return noted == noted_.end() || noted->second.size() < kMostDecisions / 2;
}

}  // namespace dpctl::runtime
