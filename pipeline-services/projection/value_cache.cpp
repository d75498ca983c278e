#include "pipeline-services/projection/value_cache.hpp"

namespace dpctl::runtime {

using namespace std::chrono_literals;

ValueCache::Found ValueCache::find(std::string_view key) const {
  if (!listening_.load(std::memory_order_acquire)) return {};
  const auto& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.entries.find(key);
  if (found == shard.entries.end() || found->second.until <= Clock::now()) return {};
  return {.value = found->second.value, .absent = found->second.absent};
}

void ValueCache::begin(const std::string& key) {
  if (!listening_) return;
  auto& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  if (shard.entries.size() >= per_shard_ && !shard.entries.contains(key))
    shard.entries.erase(shard.entries.begin());
  shard.entries[key].reading = true;
}

ValueCache::Value ValueCache::finish(const std::string& key, Value read) {
  auto& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.entries.find(key);
  if (found == shard.entries.end() || !found->second.reading) return read;  // emptied meanwhile
  auto& entry = found->second;
  entry.reading = false;
  if (read && (!entry.value || read->newer_than(*entry.value))) entry.value = std::move(read);
  entry.absent = !entry.value;
  const auto jitter = keep_ * static_cast<int>(Hash{}(key) / kShards % 64) / 256;
  entry.until = Clock::now() + (entry.absent ? std::chrono::milliseconds(1s) : keep_ + jitter);
  return entry.value;
}

void ValueCache::update(Value value) {
  auto& shard = shard_of(value->key);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.entries.find(value->key);
  if (found == shard.entries.end()) return;
  auto& entry = found->second;
  if (entry.value && !value->newer_than(*entry.value)) return;
  if (entry.absent) entry.until = Clock::now() + keep_;
  entry.absent = false;
  entry.value = std::move(value);
}

void ValueCache::drop(const std::function<bool(std::string_view)>& matches) {
  for (auto& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    std::erase_if(shard.entries, [&](const auto& entry) { return matches(entry.first); });
  }
}

void ValueCache::set_listening(bool listening) {
  listening_ = listening;
  drop([](std::string_view) { return true; });
}

std::size_t ValueCache::size() const {
  std::size_t count = 0;
  for (const auto& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    count += shard.entries.size();
  }
  return count;
}

}  // namespace dpctl::runtime
