#include <doctest/doctest.h>

#include <thread>

#include "lib/base/encoding.hpp"
#include "pipeline-services/access/api_route.hpp"
#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/io/pool.hpp"
#include "pipeline-services/projection/price_stream.hpp"
#include "pipeline-services/projection/single_flight.hpp"
#include "pipeline-services/projection/value_cache.hpp"
#include "pipeline-services/runtime/http_trace.hpp"
#include "pipeline-services/runtime/trace.hpp"

using namespace dpctl;
using namespace dpctl::runtime;

namespace {

ValueCache::Value value(const std::string& key, std::int64_t time, const std::string& text = "{}") {
  return std::make_shared<const io::VersionedValue>(
      io::VersionedValue{.key = key, .value = text, .time = time});
}

}  // namespace

TEST_CASE("a value read before an update that came meanwhile does not replace it") {
  ValueCache cache;
  cache.set_listening(true);
  cache.begin("k");
  cache.update(value("k", 2));
  CHECK(cache.finish("k", value("k", 1))->time == 2);
  CHECK(cache.find("k").value->time == 2);
  cache.update(value("k", 1));
  CHECK(cache.find("k").value->time == 2);
  cache.update(value("k", 3));
  CHECK(cache.find("k").value->time == 3);
}

TEST_CASE("nothing is remembered while updates are not heard, nor what was emptied while it was read") {
  ValueCache cache;
  cache.begin("k");
  cache.finish("k", value("k", 1));
  CHECK(!cache.find("k").value);
  cache.set_listening(true);
  cache.begin("k");
  cache.set_listening(false);
  cache.set_listening(true);
  cache.finish("k", value("k", 1));
  CHECK(!cache.find("k").value);
  cache.begin("k");
  cache.drop([](std::string_view key) { return key == "k"; });
  cache.finish("k", value("k", 1));
  CHECK(!cache.find("k").value);
}

TEST_CASE("that a value is not there is known, until there is one") {
  ValueCache cache;
  cache.set_listening(true);
  cache.begin("k");
  cache.finish("k", nullptr);
  CHECK(cache.find("k").absent);
  cache.update(value("k", 1));
  CHECK(cache.find("k").value->time == 1);
  CHECK(!cache.find("k").absent);
}

TEST_CASE("the memory stays within its bound") {
  ValueCache cache(160);
  cache.set_listening(true);
  for (int i = 0; i < 5'000; ++i) {
    const auto key = std::to_string(i);
    cache.begin(key);
    cache.finish(key, value(key, 1));
  }
  CHECK(cache.size() <= 16 * 11);
}

TEST_CASE("of those who ask for one key together one goes") {
  SingleFlight<int> flights;
  std::atomic<int> went{0}, waiting{0}, wrong{0};
  std::vector<std::thread> askers;
  for (int i = 0; i < 8; ++i)
    askers.emplace_back([&] {
      ++waiting;
      const int answer = flights.run("k", [&] {
        while (waiting < 8) std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return ++went;
      });
      if (answer != went) ++wrong;
    });
  for (auto& asker : askers) asker.join();
  CHECK(went <= 2);  // one that came only after the landing goes itself
  CHECK(flights.run("k", [&] { return 77; }) == 77);
}

TEST_CASE("a pool lends no more than its most, and whoever waits gets what comes back") {
  int made = 0;
  io::Pool<int> pool({.min = 1, .max = 2, .wait = std::chrono::milliseconds(20)}, [&] { return ++made; });
  auto first = pool.borrow();
  {
    auto second = pool.borrow();
    CHECK(first);
    CHECK(second);
    const auto third = pool.borrow();
    REQUIRE(!third);
    CHECK(third.error().code == Code::timed_out);
  }
  CHECK(pool.borrow());
  CHECK(made == 2);
}

TEST_CASE("a star in a pattern stands for any text") {
  CHECK(matches_pattern("NYISO.*", "NYISO.WEST"));
  CHECK(matches_pattern("*", ""));
  CHECK(matches_pattern("*A*B", "xAyBAB"));
  CHECK(!matches_pattern("NYISO.*", "PJM.WEST"));
  CHECK(!matches_pattern("A*B", "AxBy"));
  CHECK(!matches_pattern("", "A"));
}

TEST_CASE("no tenant's name reaches into another tenant's keys") {
  using namespace pipeline::contract;
  CHECK(latest_price_key("a:b", "c") != latest_price_key("a", "b:c"));
  CHECK(custom_key("t", "a", "b:c", "", "") != custom_key("t", "a:b", "c", "", ""));
  CHECK(curve_snapshot_key("a", "b", "c:d") != curve_snapshot_key("a", "b:c", "d"));
  CHECK(latest_price_key("a%3Ab", "c") != latest_price_key("a:b", "c"));
  CHECK(latest_price_key("default", "NYISO.WEST") == "served:latest_price:default:NYISO.WEST");
}

TEST_CASE("a trace context is repeated only when it is one") {
  CHECK(parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  CHECK(!parse_traceparent("00-00000000000000000000000000000000-b7ad6b7169203331-01"));
  CHECK(!parse_traceparent("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  CHECK(!parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x"));
}

TEST_CASE("the caller's request id is repeated when it is fit, and requests are counted by their route") {
  Metrics metrics("projection", "1");
  HttpTrace trace(metrics);
  io::HttpRequest request;
  request.headers = {{"X-Request-Id", "abc-1"}};
  io::HttpResponse response;
  trace("/a/{b}", request, response, std::chrono::milliseconds(2));
  CHECK(response.head.find("X-Request-Id: abc-1\r\n") != std::string::npos);
  request.headers = {{"X-Request-Id", "a b"}};
  io::HttpResponse other;
  trace("/a/{b}", request, other, std::chrono::milliseconds(2));
  CHECK(other.head.find("a b") == std::string::npos);
  CHECK(metrics.text().find(R"(endpoint="/a/{b}")") != std::string::npos);
}

TEST_CASE("a digest depends on the pepper and on the key") {
  CHECK(key_digest("p", "k") == key_digest("p", "k"));
  CHECK(key_digest("p", "k") != key_digest("q", "k"));
  CHECK(key_digest("p", "k") != key_digest("p", "l"));
}

TEST_CASE("a digest is HMAC-SHA256, whatever was digested before") {
  const auto hex = [](const KeyDigest& digest) {
    return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
  };
  const auto fox = [&] { return hex(key_digest("key", "The quick brown fox jumps over the lazy dog")); };
  constexpr auto kFox = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8";
  CHECK(fox() == kFox);
  CHECK(hex(key_digest("", "")) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  CHECK(fox() == kFox);
  CHECK(fox() == kFox);
}
