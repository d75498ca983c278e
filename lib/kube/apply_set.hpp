#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "lib/kube/cluster.hpp"

namespace dpctl::kube {

/// A set of objects that are applied together, by the labels of the ApplySet specification (KEP-3659): the
/// parent object carries the set's id and the kinds it contains, each member names the set. kubectl and
/// others can read it, and what is no longer applied can be found and pruned.
class ApplySet {
 public:
  /// `parent` names the object that stands for the set: a Secret or ConfigMap in the set's namespace.
  explicit ApplySet(ObjectRef parent);

  /// "applyset-<base64url(sha256(name.namespace.kind.group))>-v1".
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const ObjectRef& parent() const { return parent_; }

  /// Puts the member label on an object that is going to be applied.
  void adopt(Json& object) const;

  /// The parent as it is to be applied before the members: id, tool, kinds and namespaces of `members`.
  /// `also` are kinds and namespaces of before, which must stay listed until pruning has succeeded.
  [[nodiscard]] Json parent_object(std::span<const ObjectRef> members,
                                   std::span<const ObjectRef> also = {}) const;

  /// Everything that carries the set's label now, found through the kinds that the parent lists; empty when
  /// there is no parent yet.
  Result<std::vector<ObjectRef>> members(Cluster&, Deadline, StopToken = {}) const;

  /// Those of `before` that are not `wanted` (versions of a kind are the same kind), in a stable order.
  static std::vector<ObjectRef> to_prune(std::span<const ObjectRef> before,
                                         std::span<const ObjectRef> wanted);

 private:
  ObjectRef parent_;
  std::string id_;
};

}  // namespace dpctl::kube
