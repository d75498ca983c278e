#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/event.hpp"
#include "lib/base/result.hpp"
#include "lib/data/json.hpp"
#include "lib/kube/cluster.hpp"
#include "lib/plan/environment.hpp"

namespace dpctl::plan {

/// One field of an object before and after, as JSON text; "" where there was or will be none. Secret data is
/// never shown.
struct FieldChange {
  std::string path;
  std::string before, after;
};

/// One thing that has to happen.
struct Change {
  enum class Verb { create, configure, remove, run };
  Verb verb = Verb::create;
  std::string object;  ///< "deployment.apps/web", "clickhouse/001_core", "release/data-processing-pipeline"
  std::string ns{};
  std::vector<FieldChange> fields{};
  std::string reason{};              ///< why, where the verb does not say it
  std::vector<std::string> marks{};  ///< risks that need --accept: "data-loss", "immutable-field", …
  std::string
      fence{};  ///< what must still hold when it is applied: a resourceVersion, a revision, a checksum
  std::shared_ptr<const Json> body{};  ///< the object to apply, for object changes
  bool adopt = false;  ///< fields that our manager set without server-side apply become its own first
};
std::string_view name_of(Change::Verb verb);

/// What has to happen in one step, and how much was already as wanted.
struct StepPlan {
  std::string step;
  std::vector<Change> changes{};
  std::size_t unchanged = 0;
  std::string_view manager = "dpctl";  ///< field manager of its objects
  [[nodiscard]] bool empty() const { return changes.empty(); }
};

/// What a check found.
struct Finding {
  enum class Level { ok, warning, failed };
  Level level = Level::ok;
  std::string check;   ///< "deployment.apps/normalization-service"
  std::string text{};  ///< "Available: 2/2"
  std::vector<std::string> hints{};
};

/// What a step works with. Lives as long as the command.
struct Context {
  const Environment& environment;
  kube::Cluster& cluster;
  std::map<std::string, std::string> variables;  ///< the process's environment, for `env:` secret sources
  EventSink& events;
  Deadline deadline;
  StopToken stop;
  bool force_conflicts = false;
  bool acting = false;  ///< what is planned is carried out in the same run: locks may be taken and records
                        ///< begun meanwhile
  kube::PayloadKind records = kube::PayloadKind::secret;  ///< what release records are kept in: HELM_DRIVER
};

/// Should the step's things be there, or be gone?
enum class Goal { present, absent };

/// One part of the guide. There is one way to change the cluster, and it is this one: `dpctl up` runs all
/// steps, `dpctl migrate` one.
class Step {
 public:
  virtual ~Step() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Names of the steps that come before this one.
  [[nodiscard]] virtual std::vector<std::string_view> needs() const = 0;
  /// Looks at what is there and says what has to change. Writes nothing; with Context::acting at most what
  /// says that somebody is at work, which goes again when the plan fails.
  virtual Result<StepPlan> plan(Context&, Goal) = 0;
  /// Does it and waits until it holds. Called only with a plan that this object made in this run and that is
  /// not empty.
  virtual Result<void> apply(Context&, const StepPlan&, Goal) = 0;
  /// Looks whether it holds now. An Error means that it could not look.
  virtual Result<std::vector<Finding>> verify(Context&) = 0;
};

/// The value of a secret source. `none` is an empty string. Reads Secrets of the environment's namespace
/// through the API server.
Result<std::string> resolve(Context&, const SecretSource&, std::string_view what_for);

}  // namespace dpctl::plan
