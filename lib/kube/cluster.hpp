#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/event.hpp"
#include "lib/base/result.hpp"
#include "lib/data/json.hpp"
#include "lib/kube/kubeconfig.hpp"
#include "lib/kube/object_ref.hpp"
#include "lib/kube/payload.hpp"
#include "lib/net/http_client.hpp"

namespace dpctl::kube {

/// What discovery says of one resource type.
struct ResourceType {
  Gvk gvk;
  std::string plural;  ///< "deployments"
  std::string singular;
  std::vector<std::string> short_names;
  std::vector<std::string> verbs;
  std::vector<std::string> categories;
  bool namespaced = true;
};

struct ApplyOptions {
  std::string field_manager = "dpctl";
  bool force_conflicts = false;
  bool dry_run = false;  ///< dryRun=All: everything but the write
};

struct ListOptions {
  std::string label_selector{};
  std::string field_selector{};
  bool metadata_only = false;  ///< PartialObjectMetadataList
};

/// One change as the API server tells it.
struct WatchEvent {
  enum class Kind { added, modified, deleted, bookmark };
  Kind kind;
  const Json& object;  ///< valid during the call
};

/// One Kubernetes API server: discovery, typed paths and the verbs. All calls block until answered, take a
/// deadline and a stop token, and are thread-safe. Objects are JSON trees (unstructured first). API errors
/// become Error with the verb and object in `where`, the server's Status message in `what`, and these codes:
/// 401/403 denied, 404 not_found, 409 conflict, 422/400 failed, 429 and 5xx failed and retryable, 504
/// timed_out.
class Cluster {
 public:
  struct Options {
    std::filesystem::path cache_dir{};  ///< discovery cache, keyed by host; empty: no cache
    std::chrono::seconds cache_ttl{6 * 60 * 60};
    std::function<void(std::string_view warning)> on_warning{};  ///< `Warning: 299` headers, once per text
    std::function<void(std::string_view line)> trace{};
    /// A watch that brings nothing for so long is taken for a dead connection; the server's bookmarks come
    /// every minute.
    std::chrono::milliseconds watch_silence{90'000};
  };
  Cluster(Connection connection, Options options);
  ~Cluster();
  Cluster(Cluster&&) noexcept;

  [[nodiscard]] const Connection& connection() const;
  [[nodiscard]] net::HttpClient& http();

  /// GET /version: {"gitVersion": "v1.34.4", …}.
  Result<Json> version(Deadline, StopToken = {});

  /// Aggregated discovery (two requests), from the disk cache when fresh. Looks again, once, when a kind is
  /// not there.
  Result<std::vector<ResourceType>> resources(Deadline, StopToken = {});
  Result<ResourceType> resource_for(const Gvk&, Deadline, StopToken = {});
  /// What a person types: "deploy", "deployments", "deployments.apps", "deployment.v1.apps", "Deployment".
  Result<ResourceType> resource_named(std::string_view word, Deadline, StopToken = {});
  /// Forgets what is cached in memory and on disk (after CRDs were applied).
  void forget_discovery();

  Result<Json> get(const ObjectRef&, Deadline, StopToken = {});
  /// Many at once; the results stand in the order of the references.
  std::vector<Result<Json>> get_all(std::span<const ObjectRef>, Deadline, StopToken = {});
  /// The same as meta.k8s.io/v1 Tables, as the server would print them: columnDefinitions and one row each.
  std::vector<Result<Json>> tables(std::span<const ObjectRef>, Deadline, StopToken = {});
  /// The whole list, chunk by chunk; `ns` empty: all namespaces. The result is a List object with
  /// resourceVersion.
  Result<Json> list(const Gvk&, std::string_view ns, const ListOptions&, Deadline, StopToken = {});

  /// Secrets or ConfigMaps as bytes: every query at once, the answers in the order of the queries. Needs no
  /// discovery. A list comes in one piece; Code::not_found for a name that is not there.
  std::vector<Result<std::vector<Payload>>> payloads(std::span<const PayloadQuery>, Deadline, StopToken = {});

  /// POST; fails with conflict when it exists.
  Result<Json> create(const Json& object, Deadline, StopToken = {});
  /// PUT with the object's resourceVersion.
  Result<Json> replace(const Json& object, Deadline, StopToken = {});
  /// PATCH; `type` is "application/merge-patch+json", "application/json-patch+json" or
  /// "application/strategic-merge-patch+json". `subresource` may be "status" or "scale".
  Result<Json> patch(const ObjectRef&, const Json& body, std::string_view type, Deadline, StopToken = {},
                     std::string_view subresource = "");

  /// Server-side apply (PATCH application/apply-patch+yaml, fieldValidation=Strict). The error of a conflict
  /// names the managers and fields, one per hint.
  Result<Json> apply(const Json& object, const ApplyOptions&, Deadline, StopToken = {});
  /// The same for many, at most 96 in flight, answers in the order of the objects; `on_done(index)` as each
  /// is answered.
  std::vector<Result<Json>> apply_all(std::span<const Json> objects, const ApplyOptions&, Deadline,
                                      StopToken = {}, const std::function<void(std::size_t)>& on_done = {});

  enum class Propagation { background, foreground, orphan };
  /// Answers when the server has accepted the deletion; a missing object is not an error (false).
  Result<bool> remove(const ObjectRef&, Propagation, Deadline, StopToken = {});
  std::vector<Result<bool>> remove_all(std::span<const ObjectRef>, Propagation, Deadline, StopToken = {});

  /// Lists, then watches with bookmarks, and resumes after disconnects and 410 Gone (relist: objects that
  /// vanished meanwhile come as deleted). The end of each list is told as a bookmark. Calls `on_event` until
  /// it returns false (then: success), the deadline passes (Code::timed_out) or a stop is asked for
  /// (Code::interrupted).
  Result<void> watch(const Gvk&, std::string_view ns, const ListOptions&,
                     const std::function<bool(const WatchEvent&)>& on_event, Deadline, StopToken = {});

  struct LogOptions {
    std::string container{};
    bool follow = false, previous = false, timestamps = false;
    std::optional<int> tail_lines{};
    std::optional<int> since_seconds{};
  };
  /// Calls `on_text` with pieces as they come.
  Result<void> logs(std::string_view ns, std::string_view pod, const LogOptions&,
                    const std::function<void(std::string_view)>& on_text, Deadline, StopToken = {});

  struct ExecResult {
    int exit_code = 0;
    std::string out, err;
  };
  /// Runs a command in a container (WebSocket v5.channel.k8s.io) with `input` on its standard input; output
  /// is bounded by `max_output`.
  Result<ExecResult> exec(std::string_view ns, std::string_view pod, std::string_view container,
                          std::span<const std::string> command, std::string_view input, Deadline,
                          StopToken = {}, std::size_t max_output = 16U << 20U);

  /// Any path ("/apis/metrics.k8s.io/v1beta1/nodes"), for what has no verb of its own.
  Result<Json> get_raw(std::string_view path, Deadline, StopToken = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::kube
