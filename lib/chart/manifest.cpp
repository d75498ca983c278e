#include "lib/chart/manifest.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "lib/base/beside.hpp"
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
void sort_by_kind(std::vector<T>& items) {
  std::vector<std::pair<int, T*>> ranked;  // a rank is looked up once, and an item is moved once
  ranked.reserve(items.size());
  for (auto& item : items) ranked.emplace_back(install_rank(item.kind), &item);
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    return static_cast<std::size_t>(a.first) == kInstallOrder.size() && a.second->kind < b.second->kind;
  });
  std::vector<T> sorted;
  sorted.reserve(items.size());
  for (const auto& one : ranked) sorted.push_back(std::move(*one.second));
  items = std::move(sorted);
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

/// What a document is: a manifest, a hook, or nothing that is installed, with a warning.
using Sorted = std::variant<Manifest, Hook, std::string>;

Result<Sorted> sorted_document(std::string_view document, const std::string& path) {
  const auto head = head_from_yaml(document, path);
  if (!head)
    return fail(Code::failed, "YAML parse error on {}", path)
        .because(head.error())
        .at(head.error().where.value_or(Place{.subject = path}));
  DPCTL_CHECK(check_head(*head, path));
  const Value kNone = Value::map();
  const auto* metadata = head->find("metadata");
  if (metadata == nullptr || !metadata->is_map()) metadata = &kNone;
  const auto* annotations = metadata->find("annotations");
  if (annotations == nullptr || !annotations->is_map() || annotations->find("helm.sh/hook") == nullptr)
    return Manifest{path, "", text_at(*head, "apiVersion"), text_at(*head, "kind"),
                    text_at(*metadata, "name")};
  Hook hook;
  hook.name = text_at(*metadata, "name");
  hook.kind = text_at(*head, "kind");
  hook.path = path;
  if (!read_hook(*annotations, hook))
    return "skipping unknown hooks: " + text_at(*annotations, "helm.sh/hook");
  return hook;
}

void set_content(Result<Sorted>& document, std::string content) {
  if (!document) return;
  if (auto* manifest = std::get_if<Manifest>(&*document)) manifest->content = std::move(content);
  if (auto* hook = std::get_if<Hook>(&*document)) hook->manifest = std::move(content);
}

/// Leaves of `all` the part that `of` is a view of.
void cut_to(std::string_view of, std::string& all) {
  all.resize(static_cast<std::size_t>(of.data() - all.data()) + of.size());
  all.erase(0, all.size() - of.size());
}

/// A rendered file, and the documents that it holds, which take its text over.
struct ReadFile {
  RenderedFile file{};
  std::vector<Result<Sorted>> documents{};

  void read() {
    if (base_of(file.path).starts_with('_') || trim_spaces(file.content).empty()) return;
    auto text = std::exchange(file.content, {});
    const auto parts = split_documents(text);
    documents.reserve(parts.size());
    for (const auto part : parts) {
      documents.push_back(sorted_document(part, file.path));
      if (parts.size() > 1) set_content(documents.back(), std::string(part));
    }
    if (parts.size() != 1) return;
    cut_to(parts.front(), text);
    set_content(documents.front(), std::move(text));
  }
};

Result<void> add_document(Result<Sorted>& document, Rendered& into) {
  if (!document) return fail(std::move(document).error());
  if (auto* manifest = std::get_if<Manifest>(&*document))
    into.manifests.push_back(std::move(*manifest));
  else if (auto* hook = std::get_if<Hook>(&*document))
    into.hooks.push_back(std::move(*hook));
  else
    into.warnings.push_back(std::get<std::string>(*std::move(document)));
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

// Whoever reads takes the next file, and waits until it has come: the helper at once, the caller when all
// have come.
class DocumentSorter::Impl {
 public:
  explicit Impl(std::size_t most) : files_(std::make_unique<ReadFile[]>(most)) {
    if (most >= kWorthHelp) reading_.emplace([this] { read(); });
  }
  ~Impl() { end(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void add(RenderedFile file) {
    const auto count = come_.load(std::memory_order_relaxed) & ~kAll;
    files_[count].file = std::move(file);
    come_.store(count + 1, std::memory_order_release);
    // Waking somebody up costs as much as reading a small file.
    if ((count + 1) % kWorthWaking == 0) come_.notify_one();
  }

  std::span<ReadFile> take_all() {
    come_.fetch_or(kAll, std::memory_order_release);
    come_.notify_one();
    read();
    end();
    return {files_.get(), come_.load() & ~kAll};
  }

 private:
  static constexpr std::size_t kWorthHelp = 32, kWorthWaking = 16;
  static constexpr std::uint32_t kAll = 0x8000'0000U;  // no more will come

  void end() {
    come_.fetch_or(kAll, std::memory_order_release);
    come_.notify_one();
    if (reading_) reading_->finish();
  }

  void read() {
    for (auto i = next_.fetch_add(1); wait_for(i); i = next_.fetch_add(1)) files_[i].read();
  }
  bool wait_for(std::uint32_t index) const {
    for (auto come = come_.load(std::memory_order_acquire);; come = come_.load(std::memory_order_acquire)) {
      if (index < (come & ~kAll)) return true;
      if ((come & kAll) != 0) return false;
      come_.wait(come, std::memory_order_acquire);
    }
  }

  std::unique_ptr<ReadFile[]> files_;
  std::atomic<std::uint32_t> come_{0};  ///< how many files are there, and kAll
  std::atomic<std::uint32_t> next_{0};  ///< to be read
  std::optional<Helped> reading_;
};

DocumentSorter::DocumentSorter(std::size_t most) : impl_(std::make_unique<Impl>(most)) {}
DocumentSorter::~DocumentSorter() = default;
void DocumentSorter::add(RenderedFile file) { impl_->add(std::move(file)); }

Result<void> DocumentSorter::sort_into(Rendered& into) {
  std::vector<ReadFile*> files;
  for (auto& file : impl_->take_all()) files.push_back(&file);
  std::sort(files.begin(), files.end(),
            [](const auto* a, const auto* b) { return a->file.path < b->file.path; });
  std::size_t documents = 0;
  for (const auto* file : files) documents += file->documents.size();
  into.manifests.reserve(documents);
  for (auto* file : files)
    for (auto& document : file->documents) DPCTL_CHECK(add_document(document, into));
  sort_by_kind(into.manifests);
  sort_by_kind(into.hooks);
  return {};
}

}  // namespace dpctl::chart
