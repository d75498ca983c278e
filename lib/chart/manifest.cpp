#include "lib/chart/manifest.hpp"

#include <algorithm>
#include <array>
#include <future>
#include <utility>

#include "lib/base/strings.hpp"
#include "lib/chart/functions/path.hpp"
#include "lib/chart/value/literal.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/runes.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::chart {
namespace {

constexpr std::array kInstallOrder{std::string_view("PriorityClass"),
                                   std::string_view("Namespace"),
                                   std::string_view("NetworkPolicy"),
                                   std::string_view("ResourceQuota"),
                                   std::string_view("LimitRange"),
                                   std::string_view("PodSecurityPolicy"),
                                   std::string_view("PodDisruptionBudget"),
                                   std::string_view("ServiceAccount"),
                                   std::string_view("Secret"),
                                   std::string_view("SecretList"),
                                   std::string_view("ConfigMap"),
                                   std::string_view("StorageClass"),
                                   std::string_view("PersistentVolume"),
                                   std::string_view("PersistentVolumeClaim"),
                                   std::string_view("CustomResourceDefinition"),
                                   std::string_view("ClusterRole"),
                                   std::string_view("ClusterRoleList"),
                                   std::string_view("ClusterRoleBinding"),
                                   std::string_view("ClusterRoleBindingList"),
                                   std::string_view("Role"),
                                   std::string_view("RoleList"),
                                   std::string_view("RoleBinding"),
                                   std::string_view("RoleBindingList"),
                                   std::string_view("Service"),
                                   std::string_view("DaemonSet"),
                                   std::string_view("Pod"),
                                   std::string_view("ReplicationController"),
                                   std::string_view("ReplicaSet"),
                                   std::string_view("Deployment"),
                                   std::string_view("HorizontalPodAutoscaler"),
                                   std::string_view("StatefulSet"),
                                   std::string_view("Job"),
                                   std::string_view("CronJob"),
                                   std::string_view("IngressClass"),
                                   std::string_view("Ingress"),
                                   std::string_view("APIService"),
                                   std::string_view("MutatingWebhookConfiguration"),
                                   std::string_view("ValidatingWebhookConfiguration")};

constexpr std::array kUninstallOrder{std::string_view("ValidatingWebhookConfiguration"),
                                     std::string_view("MutatingWebhookConfiguration"),
                                     std::string_view("APIService"),
                                     std::string_view("Ingress"),
                                     std::string_view("IngressClass"),
                                     std::string_view("Service"),
                                     std::string_view("CronJob"),
                                     std::string_view("Job"),
                                     std::string_view("StatefulSet"),
                                     std::string_view("HorizontalPodAutoscaler"),
                                     std::string_view("Deployment"),
                                     std::string_view("ReplicaSet"),
                                     std::string_view("ReplicationController"),
                                     std::string_view("Pod"),
                                     std::string_view("DaemonSet"),
                                     std::string_view("RoleBindingList"),
                                     std::string_view("RoleBinding"),
                                     std::string_view("RoleList"),
                                     std::string_view("Role"),
                                     std::string_view("ClusterRoleBindingList"),
                                     std::string_view("ClusterRoleBinding"),
                                     std::string_view("ClusterRoleList"),
                                     std::string_view("ClusterRole"),
                                     std::string_view("CustomResourceDefinition"),
                                     std::string_view("PersistentVolumeClaim"),
                                     std::string_view("PersistentVolume"),
                                     std::string_view("StorageClass"),
                                     std::string_view("ConfigMap"),
                                     std::string_view("SecretList"),
                                     std::string_view("Secret"),
                                     std::string_view("ServiceAccount"),
                                     std::string_view("PodDisruptionBudget"),
                                     std::string_view("PodSecurityPolicy"),
                                     std::string_view("LimitRange"),
                                     std::string_view("ResourceQuota"),
                                     std::string_view("NetworkPolicy"),
                                     std::string_view("Namespace"),
                                     std::string_view("PriorityClass")};

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kEvents{{
    {"pre-install", "pre-install"},
    {"post-install", "post-install"},
    {"pre-delete", "pre-delete"},
    {"post-delete", "post-delete"},
    {"pre-upgrade", "pre-upgrade"},
    {"post-upgrade", "post-upgrade"},
    {"pre-rollback", "pre-rollback"},
    {"post-rollback", "post-rollback"},
    {"test", "test"},
    {"test-success", "test"},
}};

template <class Order>
int rank(const Order& order, std::string_view kind) {
  const auto found = std::find(order.begin(), order.end(), kind);
  return static_cast<int>(found - order.begin());
}

/// By the order of kinds; unknown kinds last, among themselves by name of kind.
template <class T>
bool kind_before(const T& a, const T& b) {
  const int x = install_rank(a.kind);
  const int y = install_rank(b.kind);
  if (x != y) return x < y;
  return static_cast<std::size_t>(x) == kInstallOrder.size() && a.kind < b.kind;
}

/// A scalar as text: Helm reads names, kinds and annotations that are numbers or booleans as what they print
/// as.
std::string text_at(const Value& map, std::string_view key) {
  const auto* value = map.find(key);
  return value == nullptr || value->is_nil() || value->is_map() || value->is_list() ? "" : print(*value);
}

/// The fields of a document that sorting needs have types: Helm refuses a document where they are something
/// else.
Result<void> check_head(const Value& head, const std::string& path) {
  const auto refuse = [&](const Value& value, std::string_view where) {
    const char* kind = value.is_map()      ? "object"
                       : value.is_list()   ? "array"
                       : value.is_string() ? "string"
                       : value.is_bool()   ? "bool"
                                           : "number";
    return fail(Code::failed,
                "YAML parse error on {}: error unmarshaling JSON: while decoding JSON: json: cannot "
                "unmarshal {} into Go {}",
                path, kind, where);
  };
  if (head.is_nil()) return {};
  if (!head.is_map()) return refuse(head, "value of type util.SimpleHead");
  for (const char* field : {"apiVersion", "kind"})
    if (const auto* value = head.find(field); value != nullptr && (value->is_map() || value->is_list()))
      return refuse(*value, fmt::format("struct field SimpleHead.{} of type string", field));
  const auto* metadata = head.find("metadata");
  if (metadata == nullptr || metadata->is_nil()) return {};
  if (!metadata->is_map()) return refuse(*metadata, "struct field SimpleHead.metadata");
  if (const auto* name = metadata->find("name"); name != nullptr && (name->is_map() || name->is_list()))
    return refuse(*name, "struct field .metadata.name of type string");
  const auto* annotations = metadata->find("annotations");
  if (annotations == nullptr || annotations->is_nil()) return {};
  if (!annotations->is_map())
    return refuse(*annotations, "struct field .metadata.annotations of type map[string]string");
  for (const auto& entry : annotations->as_map().entries)
    if (entry.value.is_map() || entry.value.is_list())
      return refuse(entry.value, "struct field .metadata.annotations of type string");
  return {};
}

std::vector<std::string> words(const Value& annotations, std::string_view key) {
  std::vector<std::string> out;
  if (annotations.find(key) == nullptr) return out;
  const std::string text = text_at(annotations, key);  // outlives the views of split
  for (const auto word : split(text, ',')) out.push_back(to_lower(trim(word)));
  return out;
}

/// False when one of the events is unknown: Helm then drops the whole hook.
bool read_hook(const Value& annotations, Hook& hook) {
  for (const auto& word : words(annotations, "helm.sh/hook")) {
    const auto known =
        std::find_if(kEvents.begin(), kEvents.end(), [&](const auto& event) { return event.first == word; });
    if (known == kEvents.end()) return false;
    hook.events.emplace_back(known->second);
  }
  hook.weight = static_cast<int>(parse_decimal(text_at(annotations, "helm.sh/hook-weight")).value_or(0));
  hook.delete_policies = words(annotations, "helm.sh/hook-delete-policy");
  hook.output_log_policies = words(annotations, "helm.sh/hook-output-log-policy");
  return true;
}

/// A document of a file, and what its YAML says.
struct Document {
  RenderedFile* file;
  std::string_view content;  ///< of the file
  bool alone = false;        ///< in its file
  Result<Value> head{Value()};

  /// Ends the view.
  [[nodiscard]] std::string take_content() const {
    if (!alone) return std::string(content);
    std::string& all = file->content;
    all.resize(static_cast<std::size_t>(content.data() - all.data()) + content.size());
    all.erase(0, all.size() - content.size());
    return std::move(all);
  }
};

/// Two threads read one half of the documents each: reading them as YAML is most of the work.
void read_heads(std::vector<Document>& documents) {
  constexpr std::size_t kWorthAThread = std::size_t{32} << 10U;  // bytes
  std::size_t total = 0;
  for (const auto& document : documents) total += document.content.size();
  std::size_t middle = 0;
  if (total >= kWorthAThread)
    for (std::size_t seen = 0; seen < total / 2; ++middle) seen += documents[middle].content.size();
  const auto read = [&documents](std::size_t from, std::size_t to) {
    for (auto i = from; i < to; ++i)
      documents[i].head = head_from_yaml(documents[i].content, documents[i].file->path);
  };
  std::future<void> first;
  if (middle > 0) first = std::async(std::launch::async, read, std::size_t{0}, middle);
  read(middle, documents.size());
  if (first.valid()) first.get();
}

Result<void> add_document(Document document, Rendered& into) {
  const std::string& path = document.file->path;
  std::string content = document.take_content();
  auto head = std::move(document.head);
  if (!head)
    return fail(Code::failed, "YAML parse error on {}", path)
        .because(head.error())
        .at(head.error().where.value_or(Place{.subject = path}));
  DPCTL_CHECK(check_head(*head, path));
  const Value kNone = Value::map();
  const auto* metadata = head->find("metadata");
  if (metadata == nullptr || !metadata->is_map()) metadata = &kNone;
  const auto* annotations = metadata->find("annotations");
  if (annotations == nullptr || !annotations->is_map() || annotations->find("helm.sh/hook") == nullptr) {
    into.manifests.push_back({path, std::move(content), text_at(*head, "apiVersion"), text_at(*head, "kind"),
                              text_at(*metadata, "name")});
    return {};
  }
  Hook hook;
  hook.name = text_at(*metadata, "name");
  hook.kind = text_at(*head, "kind");
  hook.path = path;
  hook.manifest = std::move(content);
  if (read_hook(*annotations, hook)) {
    into.hooks.push_back(std::move(hook));
  } else {
    into.warnings.push_back("skipping unknown hooks: " + text_at(*annotations, "helm.sh/hook"));
  }
  return {};
}

}  // namespace

int install_rank(std::string_view kind) { return rank(kInstallOrder, kind); }
int uninstall_rank(std::string_view kind) { return rank(kUninstallOrder, kind); }

// The separator is (?:^|\s*\n)---\s* : dashes at the start of a line, with the blank space around them.
std::vector<std::string_view> split_documents(std::string_view text) {
  std::vector<std::string_view> documents;
  text = trim_spaces(text);
  const auto add = [&](std::string_view document) {
    if (!document.empty()) documents.push_back(trim_spaces(document));
  };
  std::size_t start = 0;
  std::size_t at = 0;
  while (at <= text.size()) {
    const auto found = text.find("---", at);
    if (found == std::string_view::npos) break;
    // The line break in front must not belong to the separator before.
    if (found != 0 && (text[found - 1] != '\n' || found - 1 < start)) {
      at = found + 1;
      continue;
    }
    auto end = found;
    constexpr std::string_view kBlank = " \t\n\f\r";
    while (end > start && kBlank.find(text[end - 1]) != std::string_view::npos) --end;
    add(text.substr(start, end - start));
    start = std::min(text.find_first_not_of(kBlank, found + 3), text.size());
    at = start;
  }
  add(text.substr(start));
  return documents;
}

Result<void> sort_documents(std::vector<RenderedFile> files, Rendered& into) {
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  std::vector<Document> documents;
  for (auto& file : files) {
    if (base_of(file.path).starts_with('_') || trim_spaces(file.content).empty()) continue;
    const auto parts = split_documents(file.content);
    for (const auto part : parts) documents.push_back({.file = &file, .content = part, .alone = parts.size() == 1});
  }
  read_heads(documents);
  for (auto& document : documents) DPCTL_CHECK(add_document(std::move(document), into));
  std::stable_sort(into.manifests.begin(), into.manifests.end(), kind_before<Manifest>);
  std::stable_sort(into.hooks.begin(), into.hooks.end(), kind_before<Hook>);
  return {};
}

}  // namespace dpctl::chart
