#include "pipeline-services/projection/price_stream.hpp"

#include <algorithm>

#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/core/json_reader.hpp"

namespace dpctl::runtime {
namespace {

using namespace std::chrono_literals;
using namespace pipeline;

constexpr std::size_t kMostSubscriptions = 1000;
constexpr std::size_t kLongestInstrument = 200;
constexpr auto kCheckKeysEvery = 500ms;
constexpr std::uint16_t kPolicy = 1008;  // RFC 6455 7.4.1: the peer may not

std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

struct Order {
  std::string action;
  std::vector<std::string> instruments;
};

/// {"action": "…", "instruments": ["…"]}; nothing when it is something else.
std::optional<Order> read_order(std::string_view text) {
  JsonReader reader;
  Order order;
  const bool read = reader.read(text, [&](std::string_view name, JsonValue& item) {
    Scalar scalar;
    if (name == "instruments")
      return JsonReader::array(item, [&](JsonValue& element) {
        if (!JsonReader::scalar(element, scalar) || scalar.kind != Scalar::Kind::text) return false;
        order.instruments.emplace_back(scalar.text);
        return order.instruments.size() <= kMostSubscriptions;
      });
    if (!JsonReader::scalar(item, scalar)) return false;
    if (name == "action") order.action = scalar.text;
    return true;
  });
  if (!read) return std::nullopt;
  return order;
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

class PriceStream::Peer final : public io::WebSocketListener, public std::enable_shared_from_this<Peer> {
 public:
  Peer(PriceStream& stream, std::string api_key, const std::string& tenant)
      : key(std::move(api_key)), prefix(contract::latest_price_key(tenant, "")), stream_(stream) {}

  const std::string key;
  const std::string prefix;  ///< of the Redis keys of the tenant's prices

  void on_open(std::shared_ptr<io::WebSocketConnection> connection) override {
    {
      const std::scoped_lock lock(mutex_);
      connection_ = std::move(connection);
    }
    stream_.enter(shared_from_this());
  }

  void on_text(std::string_view text) override {
    const auto order = read_order(text);
    if (!order) return say("error", "a message is {\"action\": \"subscribe\", \"instruments\": [\"...\"]}");
    if (order->action == "ping") return say("pong", "");
    if (order->action != "subscribe" && order->action != "unsubscribe")
      return say("error", "the action is subscribe, unsubscribe or ping");
    for (const auto& instrument : order->instruments)
      if (instrument.empty() || instrument.size() > kLongestInstrument)
        return say("error", "an instrument has 1 to 200 bytes");
    const std::scoped_lock lock(mutex_);
    for (const auto& instrument : order->instruments) change(order->action == "subscribe", instrument);
    std::string answer;
    JsonObject object(answer);
    object.text("type", order->action + "d");
    object.number("subscriptions", static_cast<std::int64_t>(exact_.size() + patterns_.size()));
    object.end();
    if (connection_) connection_->send(shared(std::move(answer)));
  }

  void on_close() override {
    {
      const std::scoped_lock lock(mutex_);
      connection_.reset();
    }
    stream_.leave(this);
  }

  /// `instrument` as part of a key. False when the peer was dropped for being slow.
  bool offer(std::string_view instrument, const std::shared_ptr<const std::string>& message) {
    const std::scoped_lock lock(mutex_);
    if (!connection_ || dropped_) return true;
    const bool wanted = exact_.contains(std::string(instrument)) ||
                        std::any_of(patterns_.begin(), patterns_.end(),
                                    [&](const auto& p) { return matches_pattern(p, instrument); });
    if (!wanted) return true;
    dropped_ = !connection_->send(message);
    return !dropped_;
  }

  void close(std::uint16_t code, const std::string& reason) {
    const std::scoped_lock lock(mutex_);
    if (connection_) connection_->close(code, reason);
  }

 private:
  void say(std::string_view type, std::string_view message) {
    std::string answer;
    JsonObject object(answer);
    object.text("type", type);
    object.text_if("message", message);
    object.end();
    const std::scoped_lock lock(mutex_);
    if (connection_) connection_->send(shared(std::move(answer)));
  }

  void change(bool add, const std::string& instrument) {
    const auto part = contract::key_part(instrument);
    if (instrument.find('*') == std::string::npos) {
      if (!add)
        exact_.erase(part);
      else if (exact_.size() + patterns_.size() < kMostSubscriptions)
        exact_.insert(part);
      return;
    }
    const auto found = std::find(patterns_.begin(), patterns_.end(), part);
    if (!add && found != patterns_.end()) patterns_.erase(found);
    if (add && found == patterns_.end() && exact_.size() + patterns_.size() < kMostSubscriptions)
      patterns_.push_back(part);
  }

  PriceStream& stream_;
  std::mutex mutex_;
  std::shared_ptr<io::WebSocketConnection> connection_;
  std::unordered_set<std::string> exact_;
  std::vector<std::string> patterns_;
  bool dropped_ = false;
};

PriceStream::PriceStream(ApiKeys& keys, Metrics& metrics, const Log& log)
    : keys_(keys),
      metrics_(metrics),
      log_(log),
      checker_([this](const StopToken& stop) { check_keys(stop); }) {}
PriceStream::~PriceStream() = default;

std::shared_ptr<io::WebSocketListener> PriceStream::admit(std::string key, std::string tenant) {
  return std::make_shared<Peer>(*this, std::move(key), tenant);
}

void PriceStream::enter(const std::shared_ptr<Peer>& peer) {
  const std::scoped_lock lock(mutex_);
  peers_.push_back(peer);
  metrics_.set(metric::kWebSockets, static_cast<double>(peers_.size()));
}

void PriceStream::leave(const Peer* peer) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(peers_, [&](const auto& one) { return one.get() == peer; });
  metrics_.set(metric::kWebSockets, static_cast<double>(peers_.size()));
}

std::size_t PriceStream::peers() const {
  const std::scoped_lock lock(mutex_);
  return peers_.size();
}

void PriceStream::publish(const ValueCache::Value& value) {
  std::shared_ptr<const std::string> message;
  const std::string_view key(value->key);
  const std::scoped_lock lock(mutex_);
  for (const auto& peer : peers_) {
    if (!key.starts_with(peer->prefix)) continue;
    if (!message) message = shared(R"({"type":"price","data":)" + value->value + "}");
    if (peer->offer(key.substr(peer->prefix.size()), message)) continue;
    metrics_.add(metric::kWebSocketDropped, 1);
    log_.info("a WebSocket peer reads too slowly and is dropped");
  }
}

// A key that was revoked ends its streams too. It is asked for where requests ask, so this costs a look into
// memory until the key has changed.
void PriceStream::check_keys(const StopToken& stop) {
  std::mutex waiting;
  std::condition_variable_any bell;
  while (!stop.stop_requested()) {
    std::vector<std::shared_ptr<Peer>> peers;
    {
      const std::scoped_lock lock(mutex_);
      peers = peers_;
    }
    for (const auto& peer : peers) {
      const auto caller = keys_.authenticate(peer->key);
      if (!caller && caller.error().code == Code::denied)
        peer->close(kPolicy, "the API key is not valid any more");
    }
    std::unique_lock lock(waiting);
    bell.wait_for(lock, stop, kCheckKeysEvery, [] { return false; });
  }
}

}  // namespace dpctl::runtime
