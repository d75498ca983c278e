#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/kube/cluster.hpp"
#include "lib/kube/discovery.hpp"
#include "lib/kube/requests.hpp"

namespace dpctl::kube {

/// What the verbs share (requests, discovery), and how they spell a path. For the .cpp files of Cluster
/// alone.
struct Cluster::State {
  State(Connection connection, Options given)
      : options(std::move(given)),
        requests(std::move(connection), options.on_warning, options.trace),
        discovery(requests, options.cache_dir, options.cache_ttl) {}

  Options options;
  Requests requests;
  Discovery discovery;

  /// "/apis/apps/v1/namespaces/x/deployments"; all namespaces when `ns` is empty.
  static std::string collection(const ResourceType&, std::string_view ns);
  /// The object's own path; its namespace defaults to the connection's.
  Result<std::string> path(const ResourceType&, const ObjectRef&, std::string_view subresource = "") const;
  /// "apply deployment.apps/web in data-processing".
  std::string subject(std::string_view verb, const ObjectRef&) const;
  Result<Call> call(std::string_view method, std::string_view verb, const ObjectRef&, Deadline,
                    const StopToken&, std::string_view subresource = "");
  /// Path and subject of a call for each reference, all kinds looked up together; `complete(index, call)`
  /// adds the rest.
  std::vector<Result<Call>> prepare(std::span<const ObjectRef>, std::string_view verb, Deadline,
                                    const StopToken&,
                                    const std::function<void(std::size_t, Call&)>& complete);
};

/// kind and apiVersion of each item of a list, which the server leaves out.
void name_items(Json& list, const Gvk&);

/// `type` as Accept of one object or list of metadata only.
std::string metadata_accept(bool list);

}  // namespace dpctl::kube
