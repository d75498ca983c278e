// lib/kube/watch.cpp: list, then watch, for as long as the caller likes.
//
// A watch ends for many reasons that are no news: the server closes it after timeoutSeconds, a connection
// breaks, a proxy goes silent. Then it resumes from the last resource version seen (bookmarks keep that one
// young). When the server no longer keeps that version (410 Gone), everything is listed again, and the caller
// is told the difference: what is new, what has changed, what has gone.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>

#include "lib/kube/cluster_state.hpp"

namespace dpctl::kube {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxLine = 64U << 20U;
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{10'000};

enum class After { stop, resume, relist };

class Watching {
 public:
  Watching(Requests& requests, ResourceType type, std::string path, std::string subject,
           const ListOptions& options, const std::function<bool(const WatchEvent&)>& on_event,
           milliseconds silence)
      : requests_(requests),
        type_(std::move(type)),
        path_(std::move(path)),
        subject_(std::move(subject)),
        options_(options),
        on_event_(on_event),
        silence_(silence) {}

  /// Tells what a list says that was not known. False: the caller has had enough.
  bool learn(Json list) {
    version_ = string_at(list, "metadata.resourceVersion");
    std::map<std::string, Json> before = std::move(known_);
    known_.clear();
    for (const auto& item : array_at(list, "items")) {
      const std::string key = key_of(item);
      const auto old = before.find(key);
      const bool added = old == before.end();
      const bool changed = !added && string_at(old->second, "metadata.resourceVersion") !=
                                         string_at(item, "metadata.resourceVersion");
      if (!added) before.erase(old);
      known_[key] = remembered(item);
      if ((added || changed) &&
          !on_event_({added ? WatchEvent::Kind::added : WatchEvent::Kind::modified, item}))
        return false;
    }
    for (const auto& [key, item] : before) {
      if (!on_event_({WatchEvent::Kind::deleted, item})) return false;
    }
    // As a streaming list marks its end (KEP-3157).
    Json bookmark = Json::object();
    bookmark["metadata"]["resourceVersion"] = version_;
    bookmark["metadata"]["annotations"]["k8s.io/initial-events-end"] = "true";
    return on_event_({WatchEvent::Kind::bookmark, bookmark});
  }

  /// One watch request, from its start to its end.
  Result<After> run(Deadline deadline, const StopToken& stop) {
    progress_ = false;
    auto body = requests_.stream(call(), deadline, stop);
    if (!body) return broken(std::move(body).error());
    std::string buffer;
    while (true) {
      auto piece = (*body)->next(deadline.at_most(silence_), stop);
      if (!piece && piece.error().code == Code::timed_out && !deadline.passed())
        return After::resume;  // silent: a half-open connection
      if (!piece) return broken(std::move(piece).error());
      if (!*piece) return After::resume;
      buffer += **piece;
      DPCTL_TRY(const auto next, lines(buffer));
      if (next) return *next;
    }
  }

  /// Did the last run bring anything? Then the server is well and there is no reason to wait.
  [[nodiscard]] bool progress() const { return progress_; }

 private:
  static std::string key_of(const Json& item) {
    return string_at(item, "metadata.namespace") + "/" + string_at(item, "metadata.name");
  }

  /// What a deletion tells when the object vanished unseen: its names, as they were last known.
  Json remembered(const Json& item) const {
    Json metadata = Json::object();
    for (const char* field : {"name", "namespace", "uid", "resourceVersion", "labels", "ownerReferences"}) {
      const Json& all = object_at(item, "metadata");
      if (const auto found = all.find(field); found != all.end()) metadata[field] = *found;
    }
    Json object = Json::object();
    object["apiVersion"] = type_.gvk.api_version();
    object["kind"] = type_.gvk.kind;
    object["metadata"] = std::move(metadata);
    return object;
  }

  [[nodiscard]] Call call() const {
    // The server's own spread of ends; without it every watch of a client would end in the same moment.
    static thread_local std::minstd_rand random{std::random_device{}()};
    const int seconds = std::uniform_int_distribution<int>(300, 600)(random);
    Query query;
    query.add("watch", "1").add("allowWatchBookmarks", "true").add("resourceVersion", version_);
    query.add("labelSelector", options_.label_selector).add("fieldSelector", options_.field_selector);
    query.add("timeoutSeconds", std::to_string(seconds));
    Call call;
    call.path = path_ + query.text();
    call.subject = subject_;
    if (options_.metadata_only) call.accept = metadata_accept(false);
    return call;
  }

  /// Takes the complete lines out of the buffer; a value when this watch has ended.
  Result<std::optional<After>> lines(std::string& buffer) {
    std::size_t from = 0;
    for (auto end = buffer.find('\n'); end != std::string::npos; end = buffer.find('\n', from)) {
      const std::string_view line = std::string_view(buffer).substr(from, end - from);
      from = end + 1;
      if (line.empty()) continue;
      auto event = parse_json(line, subject_);
      // Half a line, or garbage of a proxy: what comes after it cannot be trusted, what came before it
      // stands.
      if (!event) return std::optional(After::resume);
      DPCTL_TRY(const auto next, one(*event));
      if (next) return next;
    }
    buffer.erase(0, from);
    if (buffer.size() > kMaxLine) {
      return fail(Code::failed, "an event of the watch is over {} bytes", kMaxLine)
          .at(Place{.subject = subject_});
    }
    return std::optional<After>();
  }

  Result<std::optional<After>> one(Json& event) {
    const std::string kind = string_at(event, "type");
    const auto found = event.find("object");
    if (found == event.end() || !found->is_object()) return std::optional(After::resume);
    Json& object = *found;
    if (kind == "ERROR") {
      auto next = broken(status_error(object, subject_, requests_.connection()));
      if (!next) return fail(std::move(next).error());
      return std::optional(*next);
    }
    progress_ = true;
    const std::string version = string_at(object, "metadata.resourceVersion");
    if (!version.empty()) version_ = version;
    if (kind == "BOOKMARK") return told({WatchEvent::Kind::bookmark, object});
    if (options_.metadata_only) {
      object["kind"] = type_.gvk.kind;
      object["apiVersion"] = type_.gvk.api_version();
    }
    const std::string key = key_of(object);
    if (kind == "DELETED") {
      known_.erase(key);
      return told({WatchEvent::Kind::deleted, object});
    }
    const bool added = known_.find(key) == known_.end();
    known_[key] = remembered(object);
    return told({added ? WatchEvent::Kind::added : WatchEvent::Kind::modified, object});
  }

  std::optional<After> told(const WatchEvent& event) {
    if (on_event_(event)) return std::nullopt;
    return After::stop;
  }

  /// What an end means: some errors are for the caller, the others for the next try.
  static Result<After> broken(Error error) {
    if (is_gone(error)) return After::relist;
    switch (error.code) {
      case Code::interrupted:
      case Code::denied:
      case Code::not_found:
      case Code::usage: return fail(std::move(error));
      default: return After::resume;
    }
  }

  Requests& requests_;
  ResourceType type_;
  std::string path_, subject_;
  const ListOptions& options_;
  const std::function<bool(const WatchEvent&)>& on_event_;
  milliseconds silence_;
  std::string version_;
  std::map<std::string, Json> known_;
  bool progress_ = false;
};

/// Waits, unless the deadline or a stop comes first.
void pause(milliseconds span, Deadline deadline, const StopToken& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_until(lock, stop, deadline.at_most(span).time(), [] { return false; });
}

bool worth_another_try(const Error& error) {
  return error.retryable || error.code == Code::failed || error.code == Code::timed_out;
}

}  // namespace

Result<void> Cluster::watch(const Gvk& gvk, std::string_view ns, const ListOptions& options,
                            const std::function<bool(const WatchEvent&)>& on_event, Deadline deadline,
                            StopToken stop) {
  DPCTL_TRY(const ResourceType type, state_->discovery.of(gvk, deadline, stop));
  const std::string subject =
      fmt::format("watch {}{}", type.plural, ns.empty() ? "" : " in " + std::string(ns));
  Watching watching(state_->requests, type, State::collection(type, ns), subject, options, on_event,
                    state_->options.watch_silence);
  milliseconds wait = kFirstPause;
  bool listed = false;
  bool ever_listed = false;
  while (true) {
    if (stop.stop_requested()) return fail(Code::interrupted, "interrupted").at(Place{.subject = subject});
    if (deadline.passed()) return fail(Code::timed_out, "the time is up").at(Place{.subject = subject});
    if (!listed) {
      auto list = this->list(gvk, ns, options, deadline, stop);
      if (!list && (!ever_listed || !worth_another_try(list.error()))) return fail(std::move(list).error());
      if (list) {
        listed = ever_listed = true;
        if (!watching.learn(*std::move(list))) return {};
      }
    }
    bool fruitful = false;
    if (listed) {
      DPCTL_TRY(const After next, watching.run(deadline, stop));
      if (next == After::stop) return {};
      listed = next != After::relist;
      fruitful = watching.progress();
    }
    wait = fruitful ? kFirstPause : std::min(wait * 2, kLongestPause);
    if (listed || !fruitful) pause(wait / 2, deadline, stop);
  }
}

}  // namespace dpctl::kube
