#include "pipeline-services/tools/paced_sink.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace dpctl;
using namespace dpctl::pipeline;

namespace {

/// How many messages had come at each flush.
class CountingSink final : public RawSink {
 public:
  Result<void> put(std::string_view, std::string_view key, std::string_view) override {
    keys.emplace_back(key);
    return {};
  }
  Result<void> flush() override {
    flushed_at.push_back(keys.size());
    return {};
  }
  std::vector<std::string> keys;
  std::vector<std::size_t> flushed_at;
};

}  // namespace

TEST_CASE("what is due within 20 ms leaves together, not before its time") {
  CountingSink sink;
  PacedSink paced(sink, 1000);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 45; ++i) REQUIRE(paced.put("topic", std::to_string(i), ""));
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(40));
  REQUIRE(paced.flush());
  CHECK(sink.flushed_at == std::vector<std::size_t>{20, 40, 45});
  CHECK(sink.keys.size() == 45);
  CHECK(sink.keys.back() == "44");
}

TEST_CASE("at a low rate each message leaves by itself") {
  CountingSink sink;
  PacedSink paced(sink, 40);
  for (int i = 0; i < 3; ++i) REQUIRE(paced.put("topic", "", ""));
  CHECK(sink.flushed_at == std::vector<std::size_t>{1, 2});
}

TEST_CASE("without a rate five thousand messages leave together") {
  CountingSink sink;
  PacedSink paced(sink, 0);
  for (int i = 0; i < 12'000; ++i) REQUIRE(paced.put("topic", "", ""));
  CHECK(sink.flushed_at == std::vector<std::size_t>{5000, 10'000});
}
