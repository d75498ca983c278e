#include "lib/chart/parse_ahead.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "lib/base/beside.hpp"
#include "lib/chart/functions/path.hpp"
#include "lib/chart/text/error.hpp"
#include "lib/chart/text/parser.hpp"

namespace dpctl::chart {
namespace {

struct Entry {
  enum class Defines : std::uint8_t { unknown, nothing, maybe };
  enum class State : std::uint32_t { waits, taken, parsed };

  Entry(const File& f, std::shared_ptr<const void> k, std::string p)
      : file(f), keeper(std::move(k)), path(std::move(p)) {}
  const File& file;
  std::shared_ptr<const void> keeper;  ///< of the file
  std::string path;                    ///< what it will be called, unless the subchart gets another name
  std::atomic<Defines> defines{Defines::unknown};
  std::atomic<State> state{State::waits};
  std::shared_ptr<const Source> source{};  ///< once it is parsed; null then when it has an error
};

/// Whether a text may have a define or a block. One that is only quoted counts too.
bool may_define(std::string_view text) {
  for (auto at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    at += 2;
    if (at < text.size() && text[at] == '-') ++at;
    at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
    const auto action = text.substr(at);
    if (action.starts_with("define") || action.starts_with("block")) return true;
  }
  return false;
}

bool may_define(Entry& entry) {
  auto defines = entry.defines.load(std::memory_order_relaxed);
  if (defines == Entry::Defines::unknown) {
    defines = may_define(std::string_view(entry.file.data)) ? Entry::Defines::maybe : Entry::Defines::nothing;
    entry.defines.store(defines, std::memory_order_relaxed);
  }
  return defines == Entry::Defines::maybe;
}

/// The texts that one thread parses. A library chart often comes once with each subchart: a text that was
/// parsed already only gets another name.
class TextParser {
 public:
  /// Unless another thread has taken it.
  void parse(Entry& entry) {
    auto waits = Entry::State::waits;
    if (!entry.state.compare_exchange_strong(waits, Entry::State::taken)) return;
    try {
      entry.source = source_of(entry);
    } catch (const TemplateError&) {
      // Told by finish(), when the template takes part.
    }
    entry.state.store(Entry::State::parsed, std::memory_order_release);
    entry.state.notify_all();
  }

 private:
  std::shared_ptr<const Source> source_of(const Entry& entry) {
    const auto [same, is_new] = known_.try_emplace(entry.file.data, nullptr);
    std::shared_ptr<const Source> source;
    if (!is_new && same->second != nullptr) source = renamed(*same->second, entry.path);
    if (source == nullptr) source = parse_or_throw(entry.path, entry.file.data, entry.keeper, arena_);
    same->second = source;
    return source;
  }

  static constexpr std::size_t kFirstNodes = std::size_t{64} << 10U;  // bytes
  std::shared_ptr<NodeArena> arena_ = std::make_shared<NodeArena>(kFirstNodes);
  std::unordered_map<std::string_view, std::shared_ptr<const Source>> known_;
};

}  // namespace

class ParseAhead::Impl {
 public:
  explicit Impl(const Chart& chart) {
    gather(chart, chart.name());
    if (bytes_ >= kWorthHelp) parsing_.emplace([this] { parse_all(); });
  }
  ~Impl() {
    stop_ = true;
    parsing_.reset();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void define(const std::vector<Wanted>& wanted, Definitions& into) {
    find_entries(wanted);
    const auto defined = defined_names();
    for (const auto& part : parts_) {
      if (may_define(*part.entry) || defined.contains(*part.path))
        into.add(source_of(part));
      else
        into.add_later(*part.path, [this, &part] { return source_of(part); });
    }
  }

  void finish() {
    for (const auto& part : parts_)
      if (parsed(*part.entry) == nullptr) throw_error_of(part);
  }

 private:
  static constexpr std::size_t kWorthHelp = std::size_t{64} << 10U;  // bytes

  /// A template that takes part.
  struct Part {
    Entry* entry;
    const std::string* path;
  };

  void gather(const Chart& chart, const std::string& path) {
    for (const auto& file : chart.templates) {
      entries_.emplace_back(file, chart.templates.keeper(), clean_path(path + "/" + file.name));
      bytes_ += file.data.size();
    }
    for (const auto& sub : chart.subcharts) gather(*sub, path + "/charts/" + sub->name());
  }

  /// What is waited for first comes first: what may define something, then in the order of execution.
  void parse_all() {
    struct Rank {
      bool may_define;
      std::ptrdiff_t depth;
      std::string_view path;
      bool operator<(const Rank& other) const {
        return std::tie(may_define, depth, path) > std::tie(other.may_define, other.depth, other.path);
      }
    };
    std::vector<std::pair<Rank, Entry*>> order;
    order.reserve(entries_.size());
    for (auto& entry : entries_)
      order.emplace_back(
          Rank{may_define(entry), std::count(entry.path.begin(), entry.path.end(), '/'), entry.path}, &entry);
    std::sort(order.begin(), order.end());
    TextParser parser;
    for (const auto& [rank, entry] : order) {
      if (stop_) return;
      parser.parse(*entry);
    }
  }

  void find_entries(const std::vector<Wanted>& wanted) {
    std::unordered_map<const File*, Entry*> by_file;
    for (auto& entry : entries_) by_file.emplace(&entry.file, &entry);
    parts_.reserve(wanted.size());
    for (const auto& one : wanted) parts_.push_back({by_file.at(one.file), one.path});
  }

  /// The names of all defines, which must not be parsed later than a file that has one of them.
  std::unordered_set<std::string_view> defined_names() {
    std::vector<Entry*> defining;
    for (const auto& part : parts_)
      if (may_define(*part.entry)) defining.push_back(part.entry);
    for (auto* entry : defining) parser_.parse(*entry);
    std::unordered_set<std::string_view> names;
    for (auto* entry : defining)
      if (const auto source = parsed(*entry); source != nullptr)
        for (const auto& tree : source->trees) names.insert(tree->name);
    return names;
  }

  /// Null when it has an error. Blocks when the helper is just at it.
  const std::shared_ptr<const Source>& parsed(Entry& entry) {
    if (entry.state.load(std::memory_order_acquire) != Entry::State::parsed) {
      parser_.parse(entry);
      entry.state.wait(Entry::State::taken, std::memory_order_acquire);
    }
    return entry.source;
  }

  std::shared_ptr<const Source> source_of(const Part& part) {
    auto source = parsed(*part.entry);
    if (source == nullptr) throw_error_of(part);
    if (source->name != *part.path) source = renamed(*source, *part.path);
    return source != nullptr ? source : parse_or_throw(*part.path, part.entry->file.data);
  }

  [[noreturn]] static void throw_error_of(const Part& part) {
    parse_or_throw(*part.path, part.entry->file.data);
    throw std::logic_error(*part.path + " has an error the first time only");
  }

  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
  std::vector<Part> parts_;
  TextParser parser_;
  std::atomic<bool> stop_{false};
  std::optional<Helped> parsing_;
};

ParseAhead::ParseAhead(const Chart& chart) : impl_(std::make_unique<Impl>(chart)) {}
ParseAhead::~ParseAhead() = default;
void ParseAhead::define(const std::vector<Wanted>& wanted, Definitions& into) { impl_->define(wanted, into); }
void ParseAhead::finish() { impl_->finish(); }

}  // namespace dpctl::chart
