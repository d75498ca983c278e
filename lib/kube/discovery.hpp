#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/kube/cluster.hpp"
#include "lib/kube/requests.hpp"

namespace dpctl::kube {

/// What the server serves, in its own order of preference: the core group first, then groups by priority,
/// versions by preference.
struct Served {
  std::vector<ResourceType> types{};
  std::vector<std::string> stale{};  ///< group versions whose server is down; their types may be missing
};

/// Reads an APIGroupDiscoveryList (apidiscovery.k8s.io/v2 or v2beta1) and adds its types. False: it is
/// something else.
bool read_aggregated(const Json& document, Served& into);
/// Reads an APIResourceList, the answer to GET /apis/GROUP/VERSION before aggregated discovery.
void read_resource_list(const Json& document, Served& into);

/// Looks up what a person types: plural, singular, short name or kind, with ".group" or ".version.group";
/// case does not matter. The first in the server's order wins.
const ResourceType* find_named(const std::vector<ResourceType>&, std::string_view word);

/// Discovery with a cache in memory and, keyed by host, on disk. Thread-safe.
class Discovery {
 public:
  Discovery(Requests&, std::filesystem::path cache_dir, std::chrono::seconds ttl);

  Result<std::vector<ResourceType>> all(Deadline, const StopToken&);
  Result<ResourceType> of(const Gvk&, Deadline, const StopToken&);
  /// Every kind at once; looks again, once for all that are missing, unless the server was asked within the
  /// last second.
  std::vector<Result<ResourceType>> of_all(std::span<const Gvk>, Deadline, const StopToken&);
  Result<ResourceType> named(std::string_view word, Deadline, const StopToken&);
  void forget();

 private:
  Result<void> ensure(Deadline, const StopToken&);
  Result<void> refresh(Deadline, const StopToken&);
  Result<Served> ask(Deadline, const StopToken&);
  Result<Served> ask_piecewise(const Json& core, const Json& groups, Deadline, const StopToken&);
  [[nodiscard]] std::optional<Served> from_disk(bool& fresh) const;
  void to_disk(const Served&) const;
  [[nodiscard]] std::filesystem::path file() const;
  [[nodiscard]] const ResourceType* find(const Gvk&) const;
  /// A kind that is missing now was missing a moment ago, too: no use in asking again.
  [[nodiscard]] bool just_asked() const;

  Requests& requests_;
  std::filesystem::path cache_dir_;
  std::chrono::seconds ttl_;
  std::mutex mutex_;
  std::optional<Served> served_;
  std::optional<std::chrono::steady_clock::time_point> asked_{};  ///< when the server itself was asked last
};

}  // namespace dpctl::kube
