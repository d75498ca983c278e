#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "pipeline-services/core/contract/settings.hpp"
#include "pipeline-services/runtime/settings.hpp"

using namespace dpctl;
using namespace dpctl::runtime;

namespace {

Lookup from(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

}  // namespace

TEST_CASE("without any variable the defaults of the contract hold") {
  const auto settings = load_settings(from({}));
  REQUIRE(settings);
  CHECK(settings->health_port == 8080);
  CHECK(settings->bars.intervals.size() == 3);
  CHECK(settings->redis.port == 6379);
  CHECK(!settings->min_price.of("MISO", "DAM"));
}

TEST_CASE("a wrong value is one error with its name, the value and what is allowed") {
  const auto settings = load_settings(from({{"DATA_PROC_HEALTH_PORT", "70000"}, {"DATA_PROC_ENV", "moon"}}));
  REQUIRE(!settings);
  CHECK(settings.error().code == Code::usage);
  CHECK(settings.error().what.starts_with("DATA_PROC_ENV is \"moon\"; allowed: local, dev"));
}

TEST_CASE("a wrong secret is not repeated in the error") {
  const auto settings = load_settings(from({{"DATA_PROC_REDIS_URL", "hunter2"}}));
  REQUIRE(!settings);
  CHECK(settings.error().what.find("hunter2") == std::string::npos);
  CHECK(settings.error().what.find("DATA_PROC_REDIS_URL") == 0);
}

TEST_CASE("fractions of seconds are taken for the flush interval, and zero is not") {
  CHECK(load_settings(from({{"DATA_PROC_NORMALIZATION_FLUSH_INTERVAL", "0.25"}}))->flush_interval ==
        std::chrono::milliseconds(250));
  CHECK(!load_settings(from({{"DATA_PROC_NORMALIZATION_FLUSH_INTERVAL", "0"}})));
}

TEST_CASE("the description hides secrets and names every setting") {
  const auto text = describe_settings(from({{"DATA_PROC_CLICKHOUSE_PASSWORD", "hunter2"}}));
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(text.find("DATA_PROC_CLICKHOUSE_PASSWORD=***\n") != std::string::npos);
  for (const auto& row : pipeline::contract::settings())
    CHECK(text.find(std::string(row.name) + "=") != std::string::npos);
}

TEST_CASE("every setting is explained with what the judging code allows") {
  const auto rows = explain_settings();
  CHECK(rows.size() == pipeline::contract::settings().size());
  const auto find = [&](std::string_view name) {
    return *std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.name == name; });
  };
  CHECK(find("DATA_PROC_HEALTH_PORT").allowed == "1 to 65535");
  CHECK(find("DATA_PROC_DELIVERY").allowed == "exactly-once, at-least-once");
  CHECK(find("DATA_PROC_ADMIN_TOKEN").kind == "secret");
  CHECK(find("DATA_PROC_COMMIT_INTERVAL_MS").reloadable);
  CHECK(!find("DATA_PROC_KAFKA_BOOTSTRAP").reloadable);
}

TEST_CASE("a suffix that no topic may have is refused") {
  CHECK(load_settings(from({{"DATA_PROC_OUTPUT_SUFFIX", ".green"}}))->output_suffix == ".green");
  CHECK(!load_settings(from({{"DATA_PROC_OUTPUT_SUFFIX", "green/1"}})));
  CHECK(!load_settings(from({{"DATA_PROC_ADMIN_TOKEN", "short"}})));
}

TEST_CASE("a settings file goes before the environment, and a line that is none is named") {
  const auto path = std::filesystem::temp_directory_path() / "settings-test.env";
  const auto write = [&](std::string_view text) { std::ofstream(path) << text; };
  const auto outer =
      from({{"DATA_PROC_SETTINGS_FILE", path.string()}, {"DATA_PROC_COMMIT_INTERVAL_MS", "20"}});
  write("# comment\n\nDATA_PROC_COMMIT_INTERVAL_MS = 75\n");
  const auto lookup = with_settings_file(outer);
  REQUIRE(lookup);
  CHECK(load_settings(*lookup)->commit_interval == std::chrono::milliseconds(75));
  write("DATA_PROC_ENV=dev\nCOMMIT=1\n");
  const auto wrong = with_settings_file(outer);
  REQUIRE(!wrong);
  CHECK(wrong.error().what.find("line 2: \"COMMIT=1\"") != std::string::npos);
  std::filesystem::remove(path);
  CHECK(!with_settings_file(outer));
}

TEST_CASE("a pool that keeps more connections than it may have is refused") {
  const auto refused = load_settings(from({{"DATA_PROC_POSTGRES_POOL_MIN", "30"}}));
  REQUIRE(!refused);
  CHECK(refused.error().what.find("DATA_PROC_POSTGRES_POOL_MIN is \"30\"") != std::string::npos);
  CHECK(refused.error().what.find("at most POSTGRES_POOL_MAX, which is 20") != std::string::npos);
}

TEST_CASE("price bounds go by market and product, the closest name holds") {
  const auto settings =
      load_settings(from({{"DATA_PROC_NORMALIZATION_MIN_PRICE", "-500, ercot=-251,PJM.DAM=-100.5"}}));
  REQUIRE(settings);
  CHECK(to_string(*settings->min_price.of("MISO", "DAM")) == "-500");
  CHECK(to_string(*settings->min_price.of("ERCOT", "RTM15")) == "-251");
  CHECK(to_string(*settings->min_price.of("PJM", "DAM")) == "-100.5");
  CHECK(to_string(*settings->min_price.of("PJM", "RTH")) == "-500");
  CHECK(!settings->max_price.of("PJM", "RTH"));
  CHECK(!load_settings(from({{"DATA_PROC_NORMALIZATION_MAX_PRICE", "PJM=high"}})));
}

TEST_CASE("a setting of the original that would have no effect is refused with what to use instead") {
  const auto settings = load_settings(from({{"DATA_PROC_NORMALIZATION_VOLUME_SPIKE_THRESHOLD", "0.5"}}));
  REQUIRE(!settings);
  CHECK(settings.error().what.find("NORMALIZATION_MAX_VOLUME") != std::string::npos);
  CHECK(!load_settings(from({{"DATA_PROC_NORMALIZATION_VALIDATION_ENABLED", "false"}})));
}
