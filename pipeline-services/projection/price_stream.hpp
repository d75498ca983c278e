#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "pipeline-services/access/api_keys.hpp"
#include "pipeline-services/io/websocket.hpp"
#include "pipeline-services/projection/value_cache.hpp"
#include "pipeline-services/runtime/metrics.hpp"

namespace dpctl::runtime {

/// Prices as they change, over WebSockets. A peer says {"action":"subscribe","instruments":["NYISO.*", …]}
/// (or "unsubscribe", "ping") and gets {"type":"price","data":{…}} for its tenant alone. A peer that reads
/// too slowly is closed with a word, and so is one whose key is revoked or changed. Thread-safe.
class PriceStream {
 public:
  PriceStream(ApiKeys& keys, Metrics& metrics, const Log& log);
  ~PriceStream();

  /// Who will listen to a peer that was let in.
  std::shared_ptr<io::WebSocketListener> admit(std::string key, std::string tenant);
  /// A value that became the newest, of any tenant and type.
  void publish(const ValueCache::Value& value);
  [[nodiscard]] std::size_t peers() const;

 private:
  class Peer;
  void enter(const std::shared_ptr<Peer>& peer);
  void leave(const Peer* peer);
  void check_keys(const StopToken& stop);

  ApiKeys& keys_;
  Metrics& metrics_;
  const Log& log_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Peer>> peers_;
  std::jthread checker_;
};

/// '*' stands for any text. Linear in the sizes for one star, and bounded by their product.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace dpctl::runtime
