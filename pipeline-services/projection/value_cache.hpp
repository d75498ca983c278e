#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pipeline-services/io/redis.hpp"

namespace dpctl::runtime {

/// The served values that this replica was asked for, kept in memory and current for as long as the updates
/// of all replicas are heard. Bounded; thread-safe; a lookup takes one short lock.
///
/// A value that is read from a store may be older than an update that came meanwhile. So who reads says so
/// first (begin), an update that comes then is kept in the place that was made, and of the two the newer one
/// stays.
class ValueCache {
 public:
  using Value = std::shared_ptr<const io::VersionedValue>;
  using Clock = std::chrono::steady_clock;

  /// `keep`: a value is asked for again after this time, up to a quarter longer, whatever was heard.
  explicit ValueCache(std::size_t capacity = 100'000,
                      std::chrono::milliseconds keep = std::chrono::seconds(30))
      : per_shard_(capacity / kShards + 1), keep_(keep) {}

  struct Found {
    Value value{};        ///< nullptr: not there, or not known
    bool absent = false;  ///< known not to be there
  };
  [[nodiscard]] Found find(std::string_view key) const;

  /// Makes a place for `key`: somebody reads it from a store now.
  void begin(const std::string& key);
  /// What was read; nothing when no store has it, which is believed for a second. Returns what is newest now.
  Value finish(const std::string& key, Value read);

  /// A value that became the newest somewhere. Kept only when `key` was asked for here.
  void update(Value value);
  /// Forgets the keys for which `matches` holds.
  void drop(const std::function<bool(std::string_view)>& matches);
  /// While updates are not heard nothing is remembered.
  void set_listening(bool listening);
  [[nodiscard]] std::size_t size() const;

 private:
  static constexpr std::size_t kShards = 16;
  struct Entry {
    Value value{};
    bool reading = false;
    bool absent = false;
    Clock::time_point until{};
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries;
  };
  Shard& shard_of(std::string_view key) { return shards_[Hash{}(key) % kShards]; }
  [[nodiscard]] const Shard& shard_of(std::string_view key) const { return shards_[Hash{}(key) % kShards]; }

  std::size_t per_shard_;
  std::chrono::milliseconds keep_;
  std::atomic<bool> listening_{false};
  std::array<Shard, kShards> shards_;
};

}  // namespace dpctl::runtime
