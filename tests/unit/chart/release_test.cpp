#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/chart/release.hpp"
#include "lib/chart/release_record.hpp"
#include "lib/chart/release_summary.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/data/gzip.hpp"

using namespace dpctl;
using namespace dpctl::chart;

namespace {
Release sample() {
  Release release;
  release.name = "web";
  release.ns = "shop";
  release.version = 3;
  release.status = "deployed";
  release.first_deployed = "2024-01-02T03:04:05Z";
  release.manifest = "---\n# Source: web/templates/a.yaml\nkind: ConfigMap\n";
  release.config = map_of({{"replicas", Value::int64(2)}});
  release.labels = {{"team", "a"}};
  release.hooks = {{.name = "job",
                    .kind = "Job",
                    .path = "web/templates/j.yaml",
                    .manifest = "kind: Job",
                    .events = {"pre-install"},
                    .weight = 2}};
  release.chart = *load_files({{"Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0"},
                               {"values.yaml", "a: 1"},
                               {"templates/a.yaml", "x"}});
  return release;
}

/// What the API server would bring of an object that was written.
Result<Release> read_back(const Json& object, const std::vector<std::string>& parts, kube::PayloadKind kind) {
  const auto payloads = kube::read_payloads(object, kind);
  return payloads ? read_record(payloads->front(), parts, kind) : fail(payloads.error());
}

kube::Payload head_of(const Release& release, const Record& record) {
  const auto object = head_object(release, record, kube::PayloadKind::secret, 1, Written::created);
  return kube::read_payloads(object, kube::PayloadKind::secret)->front();
}

Result<Release> read_back(const Release& release, const Record& record) {
  std::vector<std::string> parts;
  for (const auto& object : part_objects(release, record, kube::PayloadKind::secret))
    parts.push_back(kube::read_payloads(object, kube::PayloadKind::secret)->front().data.at("part"));
  return read_record(head_of(release, record), parts, kube::PayloadKind::secret);
}
}  // namespace

TEST_CASE("a release survives the way through its Secret") {
  const auto record = make_record(sample());
  REQUIRE(record);
  CHECK(record->parts.empty());
  const auto secret = head_object(sample(), *record, kube::PayloadKind::secret, 1700000000, Written::created);
  CHECK(string_at(secret, "metadata.name") == "sh.helm.release.v1.web.v3");
  CHECK(string_at(secret, "type") == "helm.sh/release.v1");
  CHECK(secret.at("metadata").at("labels").at("createdAt") == "1700000000");
  const auto release = read_back(secret, {}, kube::PayloadKind::secret);
  REQUIRE(release);
  CHECK(release->version == 3);
  CHECK(release->manifest == sample().manifest);
  CHECK(release->labels.at("team") == "a");
  CHECK(to_json(release->config) == R"({"replicas":2})");
  REQUIRE(release->hooks.size() == 1);
  CHECK(release->hooks[0].weight == 2);
  REQUIRE(release->chart);
  CHECK(release->chart->templates[0].data == "x");
  CHECK(to_json(release->chart->values) == R"({"a":1})");
}

TEST_CASE("a release survives the way through its ConfigMap, where the record is text") {
  const auto record = make_record(sample());
  REQUIRE(record);
  const auto map = head_object(sample(), *record, kube::PayloadKind::config_map, 1, Written::modified);
  CHECK(map.at("data").at("release") == encode_release(sample()));
  CHECK_FALSE(map.contains("type"));
  CHECK(map.at("metadata").at("labels").at("modifiedAt") == "1");
  CHECK(read_back(map, {}, kube::PayloadKind::config_map)->manifest == sample().manifest);
}

TEST_CASE("a chart that is too large moves to parts, and Helm still reads the head") {
  auto release = sample();
  release.chart = *load_files({{"Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0"},
                               {"files/noise", base64_encode(random_bytes(2'500'000))}});
  const auto record = make_record(release);
  REQUIRE(record);
  CHECK(record->helm_reads);
  CHECK(record->parts.size() >= 3);
  const auto head = decode_release(record->head);  // what Helm does
  REQUIRE(head);
  CHECK(head->manifest == release.manifest);
  CHECK(head->chart->files.size() == 0);
  const auto whole = read_back(release, *record);
  REQUIRE(whole);
  CHECK(whole->chart->files[0].data == release.chart->files[0].data);
  CHECK(whole->pieces.parts == record->parts.size());
}

TEST_CASE("a manifest that is too large moves too, and Helm does not see the revision") {
  auto release = sample();
  release.manifest = base64_encode(random_bytes(2'500'000));
  const auto record = make_record(release);
  REQUIRE(record);
  CHECK_FALSE(record->helm_reads);
  const auto object = head_object(release, *record, kube::PayloadKind::secret, 1, Written::created);
  CHECK_FALSE(object.at("data").contains("release"));
  const auto whole = read_back(release, *record);
  REQUIRE(whole);
  CHECK(whole->manifest == release.manifest);
  CHECK(to_json(whole->config) == R"({"replicas":2})");
  CHECK(whole->hooks.size() == 1);
  const auto summary = read_summary(head_of(release, *record), kube::PayloadKind::secret);
  REQUIRE(summary);
  CHECK(summary->chart == "web");
  CHECK(summary->status == "deployed");
  CHECK(summary->pieces.parts == record->parts.size());
}

TEST_CASE("a part that is missing, changed or of another attempt is one clear error") {
  auto release = sample();
  release.manifest = base64_encode(random_bytes(2'500'000));
  const auto record = make_record(release);
  REQUIRE(record);
  auto parts = record->parts;
  parts.pop_back();
  CHECK_FALSE(read_record(head_of(release, *record), parts, kube::PayloadKind::secret));
  parts = record->parts;
  parts[0][100] = static_cast<char>(parts[0][100] ^ 1);
  const auto changed = read_record(head_of(release, *record), parts, kube::PayloadKind::secret);
  REQUIRE_FALSE(changed);
  CHECK(one_line(changed.error()).find("are not those that it was written with") != std::string::npos);
}

TEST_CASE("a summary is read from the front, whoever wrote the record") {
  const auto read = [](std::string json) {
    kube::Payload head{.ns = "shop",
                       .name = "sh.helm.release.v1.web.v3",
                       .labels = {{"name", "web"}, {"version", "3"}},
                       .data = {{"release", base64_encode(gzip(json))}}};
    return read_summary(head, kube::PayloadKind::secret);
  };
  const std::string helm =
      R"({"name":"web","info":{"first_deployed":"a","last_deployed":"b","deleted":"","description":"Upgrade \"x\" \u00e9\ud83d\ude00","status":"deployed","notes":"{[\""},"chart":{"metadata":{"name":"c","version":"1.2.3","annotations":{"version":"no"},"appVersion":"7"},"templates":[)";
  const auto front = read(helm + "what follows is not looked at");
  REQUIRE(front);
  CHECK(front->description == "Upgrade \"x\" \u00e9\U0001F600");
  CHECK(front->chart_version == "1.2.3");
  CHECK(front->app_version == "7");
  CHECK(front->version == 3);
  const auto sorted = read(
      R"({"chart":{"files":[{"a":[1,-2.5e3,true,null,"]"]}],"metadata":{"name":"c","version":"1"}},"info":{"status":"failed"},"name":"web"})");
  REQUIRE(sorted);
  CHECK(sorted->status == "failed");
  for (const char* damaged :
       {"", "[]", "{", R"({"name":)", R"({"info":{"status":"x)", "{}", R"({"info":[]]})",
        R"({"name":"\ud800x","info":{},"chart":{}})"})
    CHECK_FALSE(read(damaged));
}

TEST_CASE("a gzip bomb in a record ends at its bound") {
  std::string bomb = R"({"name":")" + std::string(300U << 20U, 'a');
  kube::Payload head{.ns = "shop", .name = "n", .labels = {{"name", "web"}}, .data = {{"release", base64_encode(gzip(bomb, 1))}}};
  bomb = {};
  CHECK_FALSE(read_summary(head, kube::PayloadKind::secret));
  const auto whole = read_record(head, {}, kube::PayloadKind::secret);
  REQUIRE_FALSE(whole);
  CHECK(one_line(whole.error()).find("unpacks to more than") != std::string::npos);
}

TEST_CASE("the oldest revisions are forgotten, but never the deployed one") {
  History history(4);
  for (int i = 0; i < 4; ++i) history[static_cast<std::size_t>(i)].version = i + 1;
  history[0].status = "deployed";
  const auto excess = excess_of(history, 2);
  REQUIRE(excess.size() == 2);
  CHECK(excess[0]->version == 2);
  CHECK(excess[1]->version == 3);
  CHECK(excess_of(history, 0).empty());
}

TEST_CASE("a damaged record is an error, not a crash") {
  CHECK_FALSE(decode_release("not base64 !"));
  CHECK_FALSE(decode_release(base64_encode("\x1f\x8b cut short")));
  CHECK_FALSE(decode_release(base64_encode("{\"name\":")));
}

TEST_CASE("a record that is plain JSON is read too") {
  const auto release =
      decode_release(base64_encode(R"({"name":"x","version":1,"info":{"status":"failed","deleted":""}})"));
  REQUIRE(release);
  CHECK(release->status == "failed");
}
