#include "cli/output/progress.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "cli/output/text.hpp"
#include "lib/base/duration.hpp"
#include "lib/data/json.hpp"

namespace dpctl::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Write = std::function<void(std::string_view)>;

std::string elapsed(Clock::time_point since) {
  return human_age(std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - since));
}

std::string leaf(const Event& event) {
  const bool nested = !event.parent.empty() && event.id.starts_with(event.parent + "/");
  return nested ? event.id.substr(event.parent.size() + 1) : event.id;
}

std::string warning_line(const Terminal& terminal, const Event& event) {
  return paint(terminal, Paint::yellow, "warning:") + " " + safe_text(event.text) + "\n";
}

/// A thread that calls `tick` at an interval until it is destroyed.
class Ticker {
 public:
  Ticker(std::chrono::milliseconds interval, std::function<void()> tick)
      : thread_([this, interval, tick = std::move(tick)](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          while (!wake_.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) tick();
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

class Quiet final : public EventSink {
 public:
  Quiet(Write write, Terminal terminal) : write_(std::move(write)), terminal_(terminal) {}
  void emit(const Event& event) override {
    if (event.kind != Event::Kind::warning) return;
    const std::lock_guard lock(mutex_);
    write_(warning_line(terminal_, event));
  }

 private:
  std::mutex mutex_;
  Write write_;
  Terminal terminal_;
};

class Plain final : public EventSink {
 public:
  Plain(Write write, Terminal terminal)
      : write_(std::move(write)), terminal_(terminal), ticker_(std::chrono::seconds(1), [this] { beat(); }) {}

  void emit(const Event& event) override {
    const std::lock_guard lock(mutex_);
    std::string line;
    switch (event.kind) {
      case Event::Kind::started: line = fmt::format("{}: started\n", event.id); break;
      case Event::Kind::progress: line = fmt::format("{} {}\n", event.id, event.text); break;
      case Event::Kind::waiting: line = fmt::format("{}: waiting, {}\n", event.id, event.text); break;
      case Event::Kind::done: line = fmt::format("{}: done, {}\n", event.id, event.text); break;
      case Event::Kind::failed: line = fmt::format("{}: failed, {}\n", event.id, event.text); break;
      case Event::Kind::warning: line = warning_line(terminal_, event); break;
    }
    if (event.kind == Event::Kind::warning) return write_(line);
    if (line == last_) return;
    last_ = line;
    last_written_ = Clock::now();
    write_(safe_text(line));
  }

 private:
  void beat() {
    const std::lock_guard lock(mutex_);
    if (last_.empty() || Clock::now() - last_written_ < std::chrono::seconds(30)) return;
    last_written_ = Clock::now();
    write_(fmt::format("still working after {}: {}", elapsed(begun_), safe_text(last_)));
  }

  std::mutex mutex_;
  Write write_;
  Terminal terminal_;
  Clock::time_point begun_ = Clock::now(), last_written_ = begun_;
  std::string last_;
  Ticker ticker_;
};

class JsonLines final : public EventSink {
 public:
  JsonLines(Write write, const std::string& command) : write_(std::move(write)) {
    write_(dump_json(Json{{"type", "version"}, {"format", "dpctl/events/v1"}, {"command", command}}) + "\n");
  }
  void emit(const Event& event) override {
    constexpr std::string_view kKinds[] = {"started", "progress", "waiting", "done", "failed", "warning"};
    const Json line{{"type", kKinds[static_cast<int>(event.kind)]},
                    {"id", event.id},
                    {"parent", event.parent.empty() ? Json() : Json(event.parent)},
                    {"text", event.text}};
    const std::lock_guard lock(mutex_);
    write_(dump_json(line) + "\n");
  }

 private:
  std::mutex mutex_;
  Write write_;
};

/// The work at the top, and below each what is still under way.
class Tree final : public EventSink {
 public:
  Tree(Write write, Terminal terminal)
      : write_(std::move(write)),
        terminal_(terminal),
        ticker_(std::chrono::milliseconds(100), [this] { redraw(); }) {}
  ~Tree() override { redraw(); }

  void emit(const Event& event) override {
    const std::lock_guard lock(mutex_);
    if (event.kind == Event::Kind::warning) {
      warnings_ += warning_line(terminal_, event);
    } else if (event.parent.empty()) {
      if (!nodes_.contains(event.id)) order_.push_back(event.id);
      nodes_[event.id].state = event;
    } else {
      if (!nodes_.contains(event.parent)) order_.push_back(event.parent);
      auto& children = nodes_[event.parent].children;
      if (event.kind == Event::Kind::done || event.kind == Event::Kind::progress)
        children.erase(event.id);
      else
        children[event.id] = event;
      nodes_[event.parent].last = event;
    }
    dirty_ = true;
  }

 private:
  struct Node {
    Event state{};
    Event last{};
    std::map<std::string, Event> children{};
    Clock::time_point begun = Clock::now();
  };

  std::string fit(std::string line) const {
    const auto width = static_cast<std::size_t>(std::max(terminal_.width - 1, 20));
    while (display_width(line) > width) {
      do line.pop_back();
      while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0U) == 0x80);
    }
    return line;
  }

  void add_node(const std::string& id, const Node& node, std::vector<std::string>& lines) const {
    const auto kind = node.state.kind;
    const bool over = kind == Event::Kind::done || kind == Event::Kind::failed;
    const std::string mark = kind == Event::Kind::done     ? paint(terminal_, Paint::green, "✔")
                             : kind == Event::Kind::failed ? paint(terminal_, Paint::red, "✗")
                                                           : paint(terminal_, Paint::bold, "►");
    const std::string text =
        over ? node.state.text : leaf(node.last) + (node.last.text.empty() ? "" : " " + node.last.text);
    lines.push_back(mark + " " +
                    fit(fmt::format("{:<10} {} ({})", id, safe_text(text), elapsed(node.begun))));
    if (over) return;
    std::size_t shown = 0;
    for (const auto& [child, event] : node.children) {
      if (++shown > 8) break;
      lines.push_back(fit(fmt::format("    {} {}", leaf(event), safe_text(event.text))));
    }
    if (node.children.size() > 8) lines.push_back(fmt::format("    and {} more", node.children.size() - 8));
  }

  void redraw() {
    const std::lock_guard lock(mutex_);
    if (!dirty_ && Clock::now() - drawn_ < std::chrono::seconds(1)) return;
    std::string screen;
    if (lines_ > 0) screen += fmt::format("\x1b[{}A\x1b[J", lines_);
    screen += warnings_;
    warnings_.clear();
    std::vector<std::string> lines;
    for (const auto& id : order_) add_node(id, nodes_.at(id), lines);
    for (const auto& line : lines) screen += line + "\n";
    lines_ = lines.size();
    dirty_ = false;
    drawn_ = Clock::now();
    write_(screen);
  }

  std::mutex mutex_;
  Write write_;
  Terminal terminal_;
  std::vector<std::string> order_;
  std::map<std::string, Node> nodes_;
  std::string warnings_;
  std::size_t lines_ = 0;
  bool dirty_ = false;
  Clock::time_point drawn_ = Clock::now();
  Ticker ticker_;
};

}  // namespace

std::unique_ptr<EventSink> make_progress(std::string_view how, std::function<void(std::string_view)> write,
                                         Terminal terminal, std::string command) {
  if (how == "none") return std::make_unique<Quiet>(std::move(write), terminal);
  if (how == "json") return std::make_unique<JsonLines>(std::move(write), command);
  if (how == "tree" || (how == "auto" && terminal.tty))
    return std::make_unique<Tree>(std::move(write), terminal);
  return std::make_unique<Plain>(std::move(write), terminal);
}

}  // namespace dpctl::cli
