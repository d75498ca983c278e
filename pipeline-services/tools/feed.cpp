#include "pipeline-services/tools/feed.hpp"

#include <algorithm>

#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "pipeline-services/core/contract/topics.hpp"

namespace dpctl::pipeline {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kRawLines = ".raw.jsonl";

bool may_be_market_file(const fs::path& path) {
  const auto name = path.filename().string();
  const auto extension = path.extension().string();
  return name.ends_with(kRawLines) || extension == ".csv" || extension == ".json" || extension == ".xml" ||
         extension == ".xlsx";
}

Result<void> add_raw_lines(const fs::path& path, const std::string& text, Feed& feed) {
  const auto name = path.filename().string();
  const Market market = market_of(name.substr(0, name.size() - kRawLines.size()));
  if (market == Market::other)
    return fail(Code::usage, "{} does not begin with a market's name", name)
        .hint("name it nyiso{}, caiso{}, …", kRawLines, kRawLines);
  for (const auto line : split(text, '\n'))
    if (!trim(line).empty())
      feed.messages.push_back({contract::raw_topic(facts(market).name), "raw-lines", std::string(line), 0});
  return {};
}

Result<void> add_file(const fs::path& path, bool named, const FeedOptions& options, Feed& feed) {
  DPCTL_TRY(const std::string text, read_file(path));
  const auto name = path.filename().string();
  if (name.ends_with(kRawLines)) {
    DPCTL_CHECK(add_raw_lines(path, text, feed));
    feed.files.push_back(path.string());
    return {};
  }
  auto file = read_market_file(name, text);
  if (!file) {
    if (!named && file.error().code == Code::usage) {
      feed.ignored.push_back(path.string());
      return {};
    }
    return fail(file.error().code, "cannot read market file {}", path.string()).because(file.error());
  }
  const RawHeader header{
      .tenant = options.tenant, .now = options.now, .backfill = options.backfill, .file_name = name};
  const std::string topic = contract::raw_topic(facts(file->market).name);
  for (const auto& row : file->rows) {
    auto& message = feed.messages.emplace_back(FeedMessage{topic, row.instrument_id, {}, row.order});
    append_raw(message.value, file->market, row, header);
  }
  feed.files.push_back(path.string());
  return {};
}

}  // namespace

Result<Feed> load_feed(const FeedOptions& options) {
  Feed feed;
  for (const auto& input : options.inputs) {
    std::error_code error;
    if (!fs::is_directory(input, error)) {
      DPCTL_CHECK(add_file(input, true, options, feed));
      continue;
    }
    std::vector<fs::path> found;
    for (auto at = fs::recursive_directory_iterator(input, error);
         !error && at != fs::recursive_directory_iterator(); at.increment(error))
      if (at->is_regular_file() && may_be_market_file(at->path())) found.push_back(at->path());
    if (error) return fail(Code::failed, "cannot read folder {}: {}", input.string(), error.message());
    std::sort(found.begin(), found.end());
    for (const auto& path : found) DPCTL_CHECK(add_file(path, false, options, feed));
  }
  if (feed.files.empty())
    return fail(Code::not_found, "there is no market file among the inputs")
        .hint("give a folder with files as the ISOs publish them");
  std::stable_sort(feed.messages.begin(), feed.messages.end(),
                   [](const auto& a, const auto& b) { return a.order < b.order; });
  return feed;
}

Result<void> publish(const Feed& feed, RawSink& sink) {
  for (const auto& message : feed.messages) DPCTL_CHECK(sink.put(message.topic, message.key, message.value));
  return sink.flush();
}

}  // namespace dpctl::pipeline
