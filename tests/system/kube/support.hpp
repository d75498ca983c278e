#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/data/json.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::kube::system_test {

/// The cluster that KUBECONFIG names; ends the program when there is none.
Cluster cluster(Cluster::Options options = {});
ConnectionOptions connection_options();

/// A namespace of its own, deleted with the object.
class Namespace {
 public:
  explicit Namespace(Cluster&, const std::string& word);
  ~Namespace();
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  Cluster& cluster_;
  std::string name_;
};

Json parse(const std::string& text);
Json config_map(const std::string& ns, const std::string& name, const std::string& value);
/// One container of the lab's busybox that runs `script`, without a grace period.
Json pod(const std::string& ns, const std::string& name, const std::string& script);
Json deployment(const std::string& ns, const std::string& name, const std::string& image,
                const std::string& script);

Deadline within(int seconds);

extern const char* const kBusybox;

}  // namespace dpctl::kube::system_test
