#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>

#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/tools/dead_letters.hpp"
#include "pipeline-services/tools/print_error.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  std::string action = "list";
  std::string bootstrap;
  std::string stage;
  std::string since, until;
  LetterFilter filter;
  std::int64_t most_retries = 5;
  std::uint64_t limit = 20;
  bool all = false;
  bool dry_run = false;
  int timeout_seconds = 60;
};

std::vector<std::string> topics_of(const std::string& stage) {
  std::vector<std::string> topics;
  for (const auto name : contract::kStages)
    if (stage.empty() || stage == name)
      topics.push_back("processing.deadletter." + std::string(name) + ".v1");
  return topics;
}

/// What was found, told at the end on stderr when it is not all well.
struct Seen {
  std::uint64_t letters = 0, matched = 0, unreadable = 0, too_often = 0;
};

/// Calls `each` for every letter that matches; it returns false to stop.
Result<Seen> walk(const Options& options, Deadline deadline,
                  const std::function<bool(const io::Record&, const DeadLetter&)>& each) {
  Seen seen;
  for (const auto& topic : topics_of(options.stage)) {
    const auto look = [&](const io::Record& record) {
      ++seen.letters;
      const auto letter = read_dead_letter(record.value);
      if (!letter) return ++seen.unreadable, true;
      if (!options.filter.matches(*letter, record.offset)) return true;
      ++seen.matched;
      return each(record, *letter);
    };
    DPCTL_TRY(const auto count, io::read_topic(options.bootstrap, topic, deadline, look));
    static_cast<void>(count);
  }
  return seen;
}

/// A line for each topic, code and issue, with the time of the newest.
Result<Seen> list(const Options& options, Deadline deadline) {
  struct Group {
    std::uint64_t count = 0;
    Micros newest = 0;
  };
  std::map<std::array<std::string, 4>, Group> groups;
  DPCTL_TRY(const auto seen, walk(options, deadline, [&](const io::Record&, const DeadLetter& letter) {
              auto& group = groups[{letter.stage, letter.topic, letter.code, letter.issue}];
              ++group.count;
              group.newest = std::max(group.newest, letter.occurred_at);
              return true;
            }));
  std::printf("%-14s %-32s %-20s %-26s %8s  %s\n", "STAGE", "TOPIC", "CODE", "ISSUE", "LETTERS", "NEWEST");
  for (const auto& [name, group] : groups)
    std::printf("%-14s %-32s %-20s %-26s %8llu  %s\n", name[0].c_str(), name[1].c_str(), name[2].c_str(),
                name[3].c_str(), static_cast<unsigned long long>(group.count), iso(group.newest).c_str());
  return seen;
}

/// The letters themselves, one JSON object a line.
Result<Seen> show(const Options& options, Deadline deadline) {
  std::uint64_t shown = 0;
  return walk(options, deadline, [&](const io::Record& record, const DeadLetter&) {
    std::fwrite(record.value.data(), 1, record.value.size(), stdout);
    std::fputc('\n', stdout);
    return ++shown < options.limit;
  });
}

/// Sends the originals to the topics they came from, byte for byte. Nothing is taken out of the dead-letter
/// topic; a message that fails again comes back with a higher retry count, until that is too high.
Result<Seen> replay(const Options& options, Deadline deadline) {
  if (options.filter.empty() && !options.all)
    return fail(Code::usage, "nothing says which letters to send again")
        .hint("narrow with --issue, --code, --topic, --key, --since, --until or --offset, or say --all")
        .hint("look first: pipeline dlq list, and --dry-run");
  std::unique_ptr<io::Producer> producer;
  if (!options.dry_run) {
    DPCTL_TRY(producer, io::Producer::open({.bootstrap = options.bootstrap, .client_id = "pipeline-dlq"}));
  }
  Seen skipped;
  Result<void> sent;
  std::uint64_t count = 0;
  DPCTL_TRY(
      auto seen, walk(options, deadline, [&](const io::Record& record, const DeadLetter& letter) {
        if (letter.retry_count >= options.most_retries) return ++skipped.too_often, true;
        std::printf("%s/%d/%lld -> %s  key %s, %zu bytes, try %lld, %s\n", std::string(record.topic).c_str(),
                    record.partition, static_cast<long long>(record.offset), letter.topic.c_str(),
                    letter.key.c_str(), letter.value.size(), static_cast<long long>(letter.retry_count + 1),
                    letter.issue.c_str());
        ++count;
        if (options.dry_run) return true;
        const auto headers = replay_headers(letter);
        std::vector<io::Header> views;
        for (const auto& [name, value] : headers) views.push_back({name, value});
        const auto key = letter.key.empty() ? std::nullopt : std::optional<std::string_view>(letter.key);
        sent = producer->send(letter.topic, key, letter.value, views);
        return sent.has_value();
      }));
  DPCTL_CHECK(std::move(sent));
  if (producer) DPCTL_CHECK(producer->flush(deadline));
  std::printf("%llu letters %s\n", static_cast<unsigned long long>(count),
              options.dry_run ? "would be sent again" : "sent again and acknowledged");
  seen.too_often = skipped.too_often;
  return seen;
}

Result<Seen> run(Options options) {
  const auto deadline = Deadline::after(std::chrono::seconds(options.timeout_seconds));
  if (!options.since.empty()) {
    DPCTL_TRY(options.filter.since, parse_iso(options.since));
  }
  if (!options.until.empty()) {
    DPCTL_TRY(options.filter.until, parse_iso(options.until));
  }
  if (options.action == "list") return list(options, deadline);
  if (options.action == "show") return show(options, deadline);
  return replay(options, deadline);
}

int finish(const Result<Seen>& seen, const Options& options) {
  if (!seen) return print_error(seen.error());
  if (seen->unreadable > 0)
    std::fprintf(stderr, "pipeline: %llu records are no dead letters of this schema, left out\n",
                 static_cast<unsigned long long>(seen->unreadable));
  if (seen->too_often > 0)
    std::fprintf(stderr, "pipeline: %llu letters had %lld tries already, left out (--most-retries)\n",
                 static_cast<unsigned long long>(seen->too_often),
                 static_cast<long long>(options.most_retries));
  return kOk;
}

void declare(CLI::App& app, Options& options) {
  app.add_option("ACTION", options.action,
                 "list: how many of each kind; show: the letters, one JSON object a line; replay: send the "
                 "original messages once more")
      ->check(CLI::IsMember({"list", "show", "replay"}))
      ->capture_default_str();
  app.add_option("--bootstrap", options.bootstrap, "brokers, host:port with commas")
      ->required()
      ->envname("DATA_PROC_KAFKA_BOOTSTRAP");
  app.add_option("--stage", options.stage,
                 "normalization, enrichment, aggregation or projection; all when absent")
      ->check(CLI::IsMember({"normalization", "enrichment", "aggregation", "projection"}));
  app.add_option("--issue", options.filter.issue, "only this issue, as list shows it");
  app.add_option("--code", options.filter.code, "only this code, as list shows it");
  app.add_option("--topic", options.filter.topic, "only messages that came from this topic");
  app.add_option("--key", options.filter.key, "only messages with this key");
  app.add_option("--since", options.since, "only what failed at this ISO 8601 time or later");
  app.add_option("--until", options.until, "only what failed before this time");
  app.add_option("--offset", options.filter.offsets, "only the letters at these offsets of their topic");
  app.add_option("--limit", options.limit, "letters of a stage to show")->capture_default_str();
  app.add_flag("--all", options.all, "replay: every letter, without narrowing");
  app.add_flag("--dry-run", options.dry_run, "replay: tell what would be sent, and send nothing");
  app.add_option("--most-retries", options.most_retries, "replay: leave out what was tried so often")
      ->capture_default_str();
  app.add_option("--timeout", options.timeout_seconds, "seconds until it must be done")
      ->capture_default_str();
  app.footer(
      "Examples:\n  pipeline dlq list --bootstrap localhost:9092\n"
      "  pipeline dlq show --stage normalization --issue invalid_number --bootstrap localhost:9092\n"
      "  pipeline dlq replay --issue ambiguous_local_time --since 2026-11-01T06:00:00Z --dry-run --bootstrap "
      "localhost:9092");
}

}  // namespace

Verb dlq_verb() {
  return {"dlq", "Dead letters: count them, show them, send their originals once more", [](CLI::App& app) {
            auto options = std::make_shared<Options>();
            declare(app, *options);
            return [options] { return finish(run(*options), *options); };
          }};
}

}  // namespace dpctl::pipeline
