#include "lib/chart/parse_ahead.hpp"

#include <atomic>
#include <deque>
#include <unordered_map>

#include "lib/base/beside.hpp"
#include "lib/chart/functions/path.hpp"
#include "lib/chart/text/error.hpp"
#include "lib/chart/text/parser.hpp"

namespace dpctl::chart {
namespace {

struct Entry {
  Entry(const File& f, std::shared_ptr<const void> k, std::string p)
      : file(f), keeper(std::move(k)), path(std::move(p)) {}
  const File& file;
  std::shared_ptr<const void> keeper;  ///< of the file
  std::string path;  ///< what it will be called, unless the subchart gets another name
  std::atomic<bool> taken{false};
  std::shared_ptr<const Source> source{};  ///< null also when it has an error
};

/// A library chart often comes once with each subchart: a text that was parsed already only gets another
/// name.
class TextParser {
 public:
  std::shared_ptr<const Source> parse(const Entry& entry) {
    const auto [same, is_new] = known_.try_emplace(entry.file.data, nullptr);
    std::shared_ptr<const Source> source;
    if (!is_new && same->second != nullptr) source = renamed(*same->second, entry.path);
    if (source == nullptr) source = parse_or_throw(entry.path, entry.file.data, entry.keeper, arena_);
    same->second = source;
    return source;
  }

 private:
  static constexpr std::size_t kFirstNodes = std::size_t{64} << 10U;  // bytes
  std::shared_ptr<NodeArena> arena_ = std::make_shared<NodeArena>(kFirstNodes);
  std::unordered_map<std::string_view, std::shared_ptr<const Source>> known_;
};

}  // namespace

class ParseAhead::Impl {
 public:
  explicit Impl(const Chart& chart) {
    gather(chart, chart.name());
    if (bytes_ >= kWorthAThread)
      parsing_ = beside([this] {
        TextParser parser;
        for (auto entry = entries_.begin(); entry != entries_.end() && !stop_; ++entry) parse(*entry, parser);
      });
  }
  ~Impl() { end(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::vector<std::shared_ptr<const Source>> finish(const std::vector<Wanted>& wanted) {
    std::unordered_map<const File*, Entry*> by_file;
    for (auto& entry : entries_) by_file.emplace(&entry.file, &entry);
    TextParser parser;
    for (const auto& one : wanted)
      if (const auto found = by_file.find(one.file); found != by_file.end()) parse(*found->second, parser);
    end();
    std::vector<std::shared_ptr<const Source>> sources;
    for (const auto& one : wanted) {
      const auto found = by_file.find(one.file);
      auto source = found == by_file.end() ? nullptr : found->second->source;
      if (source != nullptr && source->name != *one.path) source = renamed(*source, *one.path);
      if (source == nullptr) source = parse_or_throw(*one.path, one.file->data);
      sources.push_back(std::move(source));
    }
    return sources;
  }

 private:
  static constexpr std::size_t kWorthAThread = std::size_t{64} << 10U;  // bytes

  void gather(const Chart& chart, const std::string& path) {
    for (const auto& file : chart.templates) {
      entries_.emplace_back(file, chart.templates.keeper(), clean_path(path + "/" + file.name));
      bytes_ += file.data.size();
    }
    for (const auto& sub : chart.subcharts) gather(*sub, path + "/charts/" + sub->name());
  }

  static void parse(Entry& entry, TextParser& parser) {
    if (entry.taken.exchange(true)) return;
    try {
      entry.source = parser.parse(entry);
    } catch (const TemplateError&) {
      // Told by finish(), when the template takes part.
    }
  }

  void end() {
    stop_ = true;
    if (parsing_.valid()) parsing_.get();
  }

  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
  std::atomic<bool> stop_{false};
  std::future<void> parsing_;
};

ParseAhead::ParseAhead(const Chart& chart) : impl_(std::make_unique<Impl>(chart)) {}
ParseAhead::~ParseAhead() = default;
std::vector<std::shared_ptr<const Source>> ParseAhead::finish(const std::vector<Wanted>& wanted) {
  return impl_->finish(wanted);
}

}  // namespace dpctl::chart
