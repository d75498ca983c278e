#include <doctest/doctest.h>

#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/io/postgres.hpp"
#include "pipeline-services/io/redis.hpp"
#include "pipeline-services/runtime/metrics.hpp"
#include "pipeline-services/runtime/rows.hpp"

using namespace dpctl;

TEST_CASE("of a Kafka header that came twice the last counts, and one that did not come is empty") {
  io::Record record;
  record.headers = {{"trace", "a"}, {"other", "b"}, {"trace", "c"}};
  CHECK(record.header("trace") == "c");
  CHECK(record.header("none").empty());
}

TEST_CASE("a redis url gives host, port, password and database") {
  const auto options = io::parse_redis_url("redis://user:p%40ss@cache.example:6380/3");
  REQUIRE(options);
  CHECK(options->host == "cache.example");
  CHECK(options->port == 6380);
  CHECK(options->password == "p@ss");
  CHECK(options->database == 3);
  CHECK(io::parse_redis_url("redis://cache")->port == 6379);
}

TEST_CASE("a redis url that cannot be used is refused") {
  for (const auto* url :
       {"http://x", "redis://", "redis://x:0", "redis://x:99999", "redis://x:1/db", "redis://:%4@x:1"})
    CHECK(!io::parse_redis_url(url));
}

TEST_CASE("a list of sentinels is host and port each") {
  const auto hosts = io::parse_host_list("a:1, b:2");
  REQUIRE(hosts);
  CHECK(*hosts == std::vector<std::pair<std::string, int>>{{"a", 1}, {"b", 2}});
  CHECK(!io::parse_host_list("a:1,b"));
}

TEST_CASE("quotes and backslashes in an array literal are escaped") {
  const std::string items[] = {"a", "b\"c", "d\\e"};
  CHECK(io::postgres_array(items) == R"({"a","b\"c","d\\e"})");
}

TEST_CASE("of two versions the greater revision wins, then the later arrival") {
  CHECK(runtime::tick_version(1, 0) > runtime::tick_version(0, 1'000'000'000));
  CHECK(runtime::tick_version(0, 2) > runtime::tick_version(0, 1));
  CHECK(runtime::tick_version(1LL << 50, 5) > runtime::tick_version(2, 5));
}

TEST_CASE("metrics carry the service and are Prometheus text") {
  runtime::Metrics metrics("aggregation", "1.2.3");
  metrics.add(runtime::metric::kBars, 2, {{"interval", "5m"}});
  metrics.observe(runtime::metric::kSinkSeconds, 0.003, {{"sink", "redis"}});
  const auto text = metrics.text();
  CHECK(text.find("# TYPE data_proc_bars_total counter") != std::string::npos);
  CHECK(text.find("service=\"aggregation\"") != std::string::npos);
  CHECK(text.find("data_proc_sink_seconds_bucket") != std::string::npos);
}
