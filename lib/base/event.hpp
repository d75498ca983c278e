#pragma once

#include <string>

namespace dpctl {

/// What long work tells while it works. Renderers (cli/output) turn events into a live tree, plain lines or
/// JSON lines.
struct Event {
  enum class Kind {
    started,   ///< work on `id` began
    progress,  ///< `text` says how far it is
    waiting,   ///< `text` says for what
    done,      ///< `text` says what was done ("configured", "unchanged")
    failed,    ///< `text` says why; the error itself is returned, not emitted
    warning,   ///< worth knowing, stops nothing
  };
  Kind kind = Kind::progress;
  std::string id{};      ///< stable within one run: "deploy", "deploy/deployment.apps/normalization-service"
  std::string parent{};  ///< id of the work this belongs to; empty at the top
  std::string text{};    ///< one line, not yet escaped for a terminal
};

/// Where events go. `emit` may be called from any thread and must not block.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void emit(const Event& event) = 0;
};

/// For callers that do not watch.
class NoEvents final : public EventSink {
 public:
  void emit(const Event&) override {}
};

}  // namespace dpctl
