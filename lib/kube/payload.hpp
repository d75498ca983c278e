#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/data/json.hpp"

namespace dpctl::kube {

/// A Secret or a ConfigMap as bytes: what it holds, and of its metadata what tells one from another. There is
/// no tree, because what they hold may be a megabyte each and there may be thousands.
struct Payload {
  using Texts = std::map<std::string, std::string, std::less<>>;
  std::string ns{}, name{}, uid{}, resource_version{};
  Texts labels{}, annotations{};
  Texts data{};  ///< the bytes themselves; of a ConfigMap binaryData too
};

enum class PayloadKind { secret, config_map };
/// "Secret", "ConfigMap".
std::string_view name_of(PayloadKind);

/// Which of them.
struct PayloadQuery {
  PayloadKind kind = PayloadKind::secret;
  std::string ns{};              ///< empty: all namespaces
  std::string name{};            ///< one of them, by name; then `ns` is not empty
  std::string label_selector{};
  bool metadata_only = false;    ///< `data` stays empty, and the server does not send it
};

/// Reads a list or a single object in Kubernetes' protobuf ("k8s\0", then runtime.Unknown; k8s.io/api/core/v1
/// and apimachinery's meta/v1 generated.proto). Unknown fields are passed over. An error when it is none of
/// Secret, ConfigMap, PartialObjectMetadata, or is cut short.
Result<std::vector<Payload>> read_payloads(std::string_view protobuf);
/// The same of a tree, for servers and proxies that answer in JSON whatever they are asked for.
Result<std::vector<Payload>> read_payloads(const Json& tree, PayloadKind kind);

/// What an error that came in protobuf says; nullopt when it is no protobuf.
std::optional<std::string> message_of_status(std::string_view protobuf);

}  // namespace dpctl::kube
