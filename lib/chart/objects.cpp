#include "lib/chart/objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/chart/functions/path.hpp"
#include "lib/chart/text/error.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/data/glob.hpp"

namespace dpctl::chart {
namespace {

// The Helm that charts are told they run under: the one whose behaviour this engine has.
constexpr std::string_view kHelmVersion = "v4.1.4";
constexpr std::string_view kHelmCommit = "05fa37973dc9e42b76e1d2883494c87174b6074f";
constexpr std::string_view kHelmGo = "go1.25.9";
constexpr std::string_view kHelmClient = "v1.35";

// The group versions of client-go's scheme of that release, in its order, without kinds.
constexpr std::string_view kKnownVersions =
    "v1 admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 "
    "admissionregistration.k8s.io/v1beta1 "
    "internal.apiserver.k8s.io/v1alpha1 apps/v1 apps/v1beta1 apps/v1beta2 authentication.k8s.io/v1 "
    "authentication.k8s.io/v1alpha1 authentication.k8s.io/v1beta1 authorization.k8s.io/v1 "
    "authorization.k8s.io/v1beta1 "
    "autoscaling/v1 autoscaling/v2 autoscaling/v2beta1 autoscaling/v2beta2 batch/v1 batch/v1beta1 "
    "certificates.k8s.io/v1 "
    "certificates.k8s.io/v1beta1 certificates.k8s.io/v1alpha1 coordination.k8s.io/v1alpha2 "
    "coordination.k8s.io/v1beta1 "
    "coordination.k8s.io/v1 discovery.k8s.io/v1 discovery.k8s.io/v1beta1 events.k8s.io/v1 "
    "events.k8s.io/v1beta1 "
    "extensions/v1beta1 flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1beta1 "
    "flowcontrol.apiserver.k8s.io/v1beta2 flowcontrol.apiserver.k8s.io/v1beta3 networking.k8s.io/v1 "
    "networking.k8s.io/v1beta1 node.k8s.io/v1 node.k8s.io/v1alpha1 node.k8s.io/v1beta1 policy/v1 "
    "policy/v1beta1 "
    "rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1 rbac.authorization.k8s.io/v1alpha1 "
    "resource.k8s.io/v1 resource.k8s.io/v1beta2 resource.k8s.io/v1beta1 resource.k8s.io/v1alpha3 "
    "scheduling.k8s.io/v1alpha1 scheduling.k8s.io/v1beta1 scheduling.k8s.io/v1 storage.k8s.io/v1beta1 "
    "storage.k8s.io/v1 "
    "storage.k8s.io/v1alpha1 storagemigration.k8s.io/v1beta1 apiextensions.k8s.io/v1beta1 "
    "apiextensions.k8s.io/v1";

class KubeVersion final : public Object {
 public:
  explicit KubeVersion(const Capabilities& of) : of_(of) {}
  std::string_view type_name() const override { return "common.KubeVersion"; }
  Value field(std::string_view name) const override {
    if (name == "Version") return Value::string(of_.version);
    if (name == "Major") return Value::string(of_.major);
    if (name == "Minor") return Value::string(of_.minor);
    return {};
  }
  bool has_method(std::string_view name) const override { return name == "String" || name == "GitVersion"; }
  Value call(std::string_view name, std::span<const Value>) const override {
    return Value::string(name == "String" ? of_.text() : of_.version);
  }
  std::string print() const override {
    return fmt::format("{{{} {} {} {}}}", of_.version, of_.normalized, of_.major, of_.minor);
  }
  std::string show() const override { return of_.text(); }
  Value plain() const override {
    return map_of({{"Version", Value::string(of_.version)},
                   {"Major", Value::string(of_.major)},
                   {"Minor", Value::string(of_.minor)}});
  }
  std::span<const std::string_view> declared_fields() const override {
    static constexpr std::array<std::string_view, 3> kFields{"Version", "Major", "Minor"};
    return kFields;
  }

 private:
  Capabilities of_;
};

class HelmVersion final : public Object {
 public:
  std::string_view type_name() const override { return "version.BuildInfo"; }
  Value field(std::string_view name) const override {
    if (name == "Version") return Value::string(kHelmVersion);
    if (name == "GitCommit") return Value::string(kHelmCommit);
    if (name == "GitTreeState") return Value::string("clean");
    if (name == "GoVersion") return Value::string(kHelmGo);
    if (name == "KubeClientVersion") return Value::string(kHelmClient);
    return {};
  }
  std::string print() const override {
    return fmt::format("{{{} {} clean {} {}}}", kHelmVersion, kHelmCommit, kHelmGo, kHelmClient);
  }
  Value plain() const override {
    return map_of({{"version", Value::string(kHelmVersion)},
                   {"git_commit", Value::string(kHelmCommit)},
                   {"git_tree_state", Value::string("clean")},
                   {"go_version", Value::string(kHelmGo)},
                   {"kube_client_version", Value::string(kHelmClient)}});
  }
  std::span<const std::string_view> declared_fields() const override {
    static constexpr std::array<std::string_view, 5> kFields{"version", "git_commit", "git_tree_state",
                                                             "go_version", "kube_client_version"};
    return kFields;
  }
};

class CapabilitiesObject final : public Object {
 public:
  explicit CapabilitiesObject(const Capabilities& of)
      : kube_(Value::object(std::make_shared<KubeVersion>(of))),
        versions_(strings_of(of.api_versions).as_named(true)),
        helm_(Value::object(std::make_shared<HelmVersion>())) {}
  std::string_view type_name() const override { return "*common.Capabilities"; }
  std::string_view kind_name() const override { return "ptr"; }
  Value field(std::string_view name) const override {
    if (name == "KubeVersion") return kube_;
    if (name == "APIVersions") return versions_;
    if (name == "HelmVersion") return helm_;
    return {};
  }
  std::string print() const override {
    return "&{" + kube_.as_object().print() + " " + chart::print(versions_) + " " +
           helm_.as_object().print() + "}";
  }
  std::string show() const override { return print().substr(1); }
  Value plain() const override {
    return map_of({{"KubeVersion", kube_}, {"APIVersions", versions_}, {"HelmVersion", helm_}});
  }
  std::span<const std::string_view> declared_fields() const override {
    static constexpr std::array<std::string_view, 3> kFields{"KubeVersion", "APIVersions", "HelmVersion"};
    return kFields;
  }

 private:
  Value kube_, versions_, helm_;
};

class FilesObject final : public Object {
 public:
  explicit FilesObject(std::vector<const File*> files) : files_(std::move(files)) {
    std::stable_sort(files_.begin(), files_.end(),
                     [](const File* a, const File* b) { return a->name < b->name; });
  }
  std::string_view type_name() const override { return "engine.files"; }
  std::string_view kind_name() const override { return "map"; }
  Value field(std::string_view name) const override {
    const auto* file = find(name);
    // A key that a Go map of bytes lacks is an empty list, not nothing.
    return bytes(file == nullptr ? std::string_view() : std::string_view(file->data));
  }
  bool has_method(std::string_view name) const override {
    return name == "Get" || name == "GetBytes" || name == "Glob" || name == "Lines" || name == "AsConfig" ||
           name == "AsSecrets";
  }
  int arity(std::string_view name) const override { return name.starts_with("As") ? 0 : 1; }
  Value call(std::string_view name, std::span<const Value> args) const override {
    if (name == "Get") {
      const auto* file = find(args[0].as_string());
      return Value::string(file == nullptr ? std::string() : file->data);
    }
    if (name == "GetBytes") {
      const auto* file = find(args[0].as_string());
      return bytes(file == nullptr ? std::string_view() : std::string_view(file->data));
    }
    if (name == "Glob") return glob(args[0].as_string());
    if (name == "Lines") return lines(args[0].as_string());
    return Value::string(as_yaml(name == "AsSecrets"));
  }
  std::string print() const override { return chart::print(plain()); }
  Value plain() const override {
    auto map = Value::map();
    for (const auto* file : files_) map.as_map().set(file->name, bytes(file->data));
    return map;
  }
  bool truth() const override { return !files_.empty(); }

 private:
  [[nodiscard]] const File* find(std::string_view name) const {
    const auto found =
        std::find_if(files_.begin(), files_.end(), [&](const File* file) { return file->name == name; });
    return found == files_.end() ? nullptr : *found;
  }
  static Value bytes(std::string_view data) {
    std::vector<Value> items;
    items.reserve(data.size());
    for (const char c : data) items.push_back(Value::byte(static_cast<std::uint8_t>(c)));
    return Value::list(std::move(items), Elem::byte);
  }
  [[nodiscard]] Value glob(const std::string& pattern) const {
    // A malformed pattern matches everything: Helm falls back to `**`.
    const auto glob = Glob::parse(pattern);
    std::vector<const File*> matching;
    for (const auto* file : files_)
      if (!glob || glob->matches(file->name)) matching.push_back(file);
    return Value::object(std::make_shared<FilesObject>(std::move(matching)));
  }
  [[nodiscard]] Value lines(const std::string& name) const {
    const auto* file = find(name);
    if (file == nullptr) return strings_of({});
    if (file->data.empty()) throw_error("runtime error: index out of range [-1]");
    std::string_view text = file->data;
    if (text.ends_with('\n')) text.remove_suffix(1);
    std::vector<std::string> all;
    for (const auto line : split(text, '\n')) all.emplace_back(line);
    return strings_of(std::move(all));
  }
  [[nodiscard]] std::string as_yaml(bool encoded) const {
    auto map = Value::map();
    for (const auto* file : files_)
      map.as_map().set(base_of(file->name), Value::string(encoded ? base64_encode(file->data) : file->data));
    auto text = to_yaml(map);
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }

  std::vector<const File*> files_;
};

}  // namespace

Capabilities Capabilities::defaults() {
  Capabilities capabilities;
  for (const auto version : split(kKnownVersions, ' ')) capabilities.api_versions.emplace_back(version);
  return capabilities;
}

Result<void> Capabilities::set_version(std::string_view text) {
  const auto refuse = [&] {
    return fail(Code::usage, "invalid kube version '{}': could not parse it as a version", text)
        .hint("give it like 1.32 or v1.32.1");
  };
  std::string_view rest = trim(text);
  if (rest.starts_with('v')) rest.remove_prefix(1);
  // Numbers separated by dots; whatever follows them is a suffix.
  std::vector<std::string> numbers;
  for (;;) {
    const auto end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (end == 0) return refuse();
    numbers.push_back(
        std::to_string(std::stoull(std::string(rest.substr(0, std::min<std::size_t>(end, 18))))));
    rest = rest.substr(end);
    if (!rest.starts_with('.') || rest.size() < 2 || rest[1] < '0' || rest[1] > '9' || numbers.size() == 3)
      break;
    rest.remove_prefix(1);
  }
  if (numbers.size() < 2) return refuse();
  version = text.starts_with('v') ? std::string(text) : "v" + std::string(text);
  normalized = "v" + join(numbers, ".");
  major = numbers[0];
  minor = numbers[1];
  return {};
}

void Capabilities::set_served_version(std::string git_version, std::string server_major,
                                      std::string server_minor) {
  version = std::move(git_version);
  normalized.clear();
  major = std::move(server_major);
  minor = std::move(server_minor);
}

Value capabilities_value(const Capabilities& capabilities) {
  return Value::object(std::make_shared<CapabilitiesObject>(capabilities));
}

Value files_value(const Files& files) {
  std::vector<const File*> all;
  for (const auto& file : files) all.push_back(&file);
  return Value::object(std::make_shared<FilesObject>(std::move(all)));
}

}  // namespace dpctl::chart
