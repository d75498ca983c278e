#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "pipeline-services/tools/print_error.hpp"
#include "pipeline-services/tools/tickgen.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t count = 100'000;
  std::string out;
  std::string format = "jsonl";
  std::string day = "plain";
  std::string tenant = "default";
};

/// jsonl: a line each (no message holds a line feed). frames: a little-endian 32-bit length before each.
Result<TickgenCounts> write_ticks(const Options& options, std::FILE* file) {
  DPCTL_CHECK(load_time_zones());
  TickgenOptions wanted{.seed = options.seed, .tenant = options.tenant};
  if (options.day != "plain") {
    wanted.day = options.day == "spring" ? TickDay::spring : TickDay::autumn;
    wanted.step = std::max<Micros>(1, 25 * kHour / static_cast<Micros>(options.count));
  }
  TickGenerator ticks(wanted);
  std::string piece;
  for (std::uint64_t i = 0; i < options.count; ++i) {
    ticks.next();
    piece.clear();
    if (options.format == "frames")
      for (unsigned shift = 0; shift < 32; shift += 8)
        piece += static_cast<char>((ticks.value().size() >> shift) & 0xFFU);
    piece += ticks.value();
    if (options.format == "jsonl") piece += '\n';
    if (std::fwrite(piece.data(), 1, piece.size(), file) != piece.size())
      return fail(Code::failed, "cannot write {}", options.out.empty() ? "standard output" : options.out)
          .hint("is there room, and may this user write there?");
  }
  return ticks.counts();
}

int run(const Options& options) {
  std::FILE* file = options.out.empty() ? stdout : std::fopen(options.out.c_str(), "wb");
  if (file == nullptr)
    return print_error(fail(Code::failed, "cannot open {} for writing", options.out).take());
  auto counts = write_ticks(options, file);
  if (!options.out.empty() && std::fclose(file) != 0 && counts)
    counts = fail(Code::failed, "cannot write {}", options.out);
  if (!counts) return print_error(counts.error());
  const auto number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::fprintf(stderr,
               "%llu messages: %llu below zero, %llu zero, %llu late, %llu very late, %llu repeated, %llu "
               "corrected, %llu malformed\n",
               number(counts->messages), number(counts->negative), number(counts->zero), number(counts->late),
               number(counts->very_late), number(counts->duplicates), number(counts->corrections),
               number(counts->malformed));
  return kOk;
}

}  // namespace

Verb tickgen_verb() {
  return {"tickgen", "Generate raw messages for benchmarks: the same for the same seed", [](CLI::App& app) {
            auto options = std::make_shared<Options>();
            app.add_option("--seed", options->seed, "begins the random numbers")->capture_default_str();
            app.add_option("--count", options->count, "messages")
                ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
                ->capture_default_str();
            app.add_option("-o,--out", options->out, "file; standard output when absent");
            app.add_option("--format", options->format,
                           "jsonl: a line each; frames: a 32-bit little-endian length before each")
                ->check(CLI::IsMember({"jsonl", "frames"}))
                ->capture_default_str();
            app.add_option("--day", options->day,
                           "plain: UTC; spring, autumn: the days clocks change, with the markets' offsets")
                ->check(CLI::IsMember({"plain", "spring", "autumn"}))
                ->capture_default_str();
            app.add_option("--tenant", options->tenant, "tenant of the messages")->capture_default_str();
            app.footer(
                "Example:\n  pipeline tickgen --seed 7 --count 1000000 --out /tmp/ticks.jsonl\n\n"
                "To Kafka at a rate: pipeline feed --generate 100000 --seed 7 --rate 5000 --bootstrap …");
            return [options] { return run(*options); };
          }};
}

}  // namespace dpctl::pipeline
