// lib/kube/kubeconfig.cpp: from kubeconfig files, flags and environment to a Connection.
//
// The files of a KUBECONFIG list are merged entry by entry: the first file that has a cluster, user or
// context of a name wins, and the first that sets current-context (k8s.io/client-go tools/clientcmd
// loader.go). Relative paths belong to the folder of the file that holds them, so every entry remembers its
// file; that also gives errors their file:line:column.
#include "lib/kube/kubeconfig.hpp"

#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/data/yaml.hpp"
#include "lib/kube/credentials.hpp"

namespace dpctl::kube {
namespace {

constexpr std::size_t kMaxFile = 16U << 20U;

struct File {
  std::filesystem::path path;
  Json root;
  yaml::Places places;

  [[nodiscard]] Place place(const std::string& pointer) const {
    const auto found = places.find(pointer);
    if (found == places.end()) return Place{.subject = path.string()};
    // Without the line itself: a token or a key may stand in it.
    return Place{
        .subject = found->second.subject, .line = found->second.line, .column = found->second.column};
  }
};

/// A cluster, user or context: its fields, and where they stand.
class Entry {
 public:
  Entry() = default;
  Entry(std::shared_ptr<const File> file, const Json* fields, std::string pointer)
      : file_(std::move(file)), fields_(fields), pointer_(std::move(pointer)) {}

  [[nodiscard]] const Json* field(const std::string& key) const {
    if (fields_ == nullptr || !fields_->is_object()) return nullptr;
    const auto found = fields_->find(key);
    return found == fields_->end() || found->is_null() ? nullptr : &*found;
  }
  [[nodiscard]] Result<std::string> text(const std::string& key) const {
    const Json* value = field(key);
    if (value == nullptr) return std::string();
    if (value->is_string()) return value->get<std::string>();
    return wrong(key, "a string");
  }
  [[nodiscard]] Result<bool> flag(const std::string& key) const {
    const Json* value = field(key);
    if (value == nullptr) return false;
    if (value->is_boolean()) return value->get<bool>();
    return wrong(key, "true or false");
  }
  [[nodiscard]] Result<std::vector<std::string>> texts(const std::string& key) const {
    std::vector<std::string> all;
    const Json* value = field(key);
    if (value == nullptr) return all;
    if (!value->is_array()) return wrong(key, "a list of strings");
    for (const auto& item : *value) {
      if (!item.is_string()) return wrong(key, "a list of strings");
      all.push_back(item.get<std::string>());
    }
    return all;
  }
  /// A path, relative to the folder of the file.
  [[nodiscard]] Result<std::filesystem::path> path(const std::string& key) const {
    DPCTL_TRY(const std::string value, text(key));
    if (value.empty()) return std::filesystem::path();
    return folder() / value;
  }
  /// What the field KEY-data holds in base64, else the content of the file that KEY names, else "".
  [[nodiscard]] Result<std::string> content(const std::string& key) const {
    DPCTL_TRY(const std::string data, text(key + "-data"));
    if (!data.empty()) {
      auto bytes = base64_decode(data);
      if (!bytes)
        return fail(Code::usage, "{}-data is not base64", key)
            .at(place(key + "-data"))
            .because(std::move(bytes).error());
      return bytes;
    }
    DPCTL_TRY(const std::filesystem::path file, path(key));
    if (file.empty()) return std::string();
    auto bytes = read_file(file, kMaxFile);
    if (!bytes) {
      return fail(Code::usage, "cannot read the {} of the kubeconfig", key)
          .at(place(key))
          .because(std::move(bytes).error());
    }
    return bytes;
  }
  [[nodiscard]] Entry inner(const std::string& key) const {
    return {file_, field(key), pointer_ + "/" + key};
  }
  [[nodiscard]] Place place(const std::string& key) const {
    if (!file_) return Place{};
    Place exact = file_->place(pointer_ + "/" + key);
    return exact.line != 0 ? exact : file_->place(pointer_);
  }
  [[nodiscard]] Place place() const { return file_ ? file_->place(pointer_) : Place{}; }
  [[nodiscard]] std::filesystem::path folder() const {
    return file_ ? std::filesystem::absolute(file_->path).parent_path() : std::filesystem::path();
  }
  [[nodiscard]] const Json* fields() const { return fields_; }

 private:
  [[nodiscard]] Failure wrong(const std::string& key, std::string_view wanted) const {
    return fail(Code::usage, "{} of the kubeconfig must be {}", key, wanted).at(place(key));
  }

  std::shared_ptr<const File> file_;
  const Json* fields_ = nullptr;
  std::string pointer_;
};

struct Merged {
  std::map<std::string, Entry> clusters, users, contexts;
  std::string current_context;
  Place current_place;
  std::vector<std::string> files;  ///< those that were read

  [[nodiscard]] bool empty() const {
    return clusters.empty() && users.empty() && contexts.empty() && current_context.empty();
  }
};

Result<void> merge_list(const std::shared_ptr<const File>& file, const std::string& list,
                        const std::string& inner, std::map<std::string, Entry>& into) {
  const auto found = file->root.find(list);
  if (found == file->root.end() || found->is_null()) return {};
  if (!found->is_array())
    return fail(Code::usage, "{} of the kubeconfig must be a list", list).at(file->place("/" + list));
  for (std::size_t i = 0; i < found->size(); ++i) {
    const Json& item = (*found)[i];
    const std::string pointer = fmt::format("/{}/{}", list, i);
    const std::string name = string_at(item, "name");
    if (!item.is_object() || name.empty()) {
      return fail(Code::usage, "an entry of {} in the kubeconfig has no name", list).at(file->place(pointer));
    }
    const auto fields = item.find(inner);
    const Json* value = fields == item.end() ? nullptr : &*fields;
    if (value != nullptr && !value->is_object() && !value->is_null()) {
      return fail(Code::usage, "{} of \"{}\" in the kubeconfig must be a map", inner, name)
          .at(file->place(pointer + "/" + inner));
    }
    into.emplace(name, Entry(file, value, pointer + "/" + inner));
  }
  return {};
}

Result<void> merge_file(const std::filesystem::path& path, bool must_exist, Merged& into) {
  auto text = read_file(path, kMaxFile);
  if (!text) {
    if (text.error().code == Code::not_found && !must_exist) return {};
    return fail(Code::usage, "cannot read the kubeconfig")
        .because(std::move(text).error())
        .hint("pass another file with --kubeconfig");
  }
  auto file = std::make_shared<File>();
  file->path = path;
  // kubectl reads it with sigs.k8s.io/yaml, which lets the last of two equal keys win.
  auto root = yaml::decode_located(*text, path.string(), file->places,
                                   {.duplicate_keys = yaml::DuplicateKeys::last_wins,
                                    .limits = {.bytes = kMaxFile, .depth = 64, .nodes = 1'000'000}});
  if (!root) {
    Error error = std::move(root).error();
    error.code = Code::usage;
    error.hints.push_back("correct the kubeconfig, or pass another one with --kubeconfig");
    return fail(std::move(error));
  }
  file->root = *std::move(root);
  into.files.push_back(path.string());
  if (file->root.is_null()) return {};
  if (!file->root.is_object()) return fail(Code::usage, "the kubeconfig is not a map").at(file->place(""));
  const std::string kind = string_at(file->root, "kind");
  if (!kind.empty() && kind != "Config") {
    return fail(Code::usage, "the kubeconfig is of kind {}, not Config", kind).at(file->place("/kind"));
  }
  DPCTL_CHECK(merge_list(file, "clusters", "cluster", into.clusters));
  DPCTL_CHECK(merge_list(file, "users", "user", into.users));
  DPCTL_CHECK(merge_list(file, "contexts", "context", into.contexts));
  const std::string current = string_at(file->root, "current-context");
  if (into.current_context.empty() && !current.empty()) {
    into.current_context = current;
    into.current_place = file->place("/current-context");
  }
  return {};
}

std::string variable(const ConnectionOptions& options, const std::string& name) {
  const auto found = options.environment.find(name);
  return found == options.environment.end() ? std::string() : found->second;
}

Result<Merged> read_files(const ConnectionOptions& options) {
  Merged merged;
  for (const auto& path : options.kubeconfig)
    DPCTL_CHECK(merge_file(path, options.explicit_kubeconfig, merged));
  return merged;
}

std::vector<std::string> names_of(const std::map<std::string, Entry>& entries) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries) names.push_back(name);
  return names;
}

Failure no_such(std::string_view what, const std::string& name, const std::map<std::string, Entry>& known,
                Place place) {
  const auto names = names_of(known);
  auto failure = fail(Code::usage, "the kubeconfig has no {} \"{}\"", what, name).at(std::move(place));
  const auto near = did_you_mean(name, names);
  if (!near.empty()) return std::move(failure).hint("{}", near);
  if (!names.empty()) return std::move(failure).hint("it has: {}", join(names, ", "));
  return failure;
}

Result<Entry> pick(std::string_view what, const std::string& name, const std::map<std::string, Entry>& known,
                   const Place& place) {
  if (name.empty()) return Entry();
  const auto found = known.find(name);
  if (found == known.end()) return no_such(what, name, known, place);
  return found->second;
}

/// What the three entries of the chosen context say.
struct Chosen {
  Entry cluster, user, context;
  std::string context_name, user_name;
};

Result<Chosen> choose(const ConnectionOptions& options, const Merged& merged) {
  Chosen chosen;
  chosen.context_name = options.context.empty() ? merged.current_context : options.context;
  const Place asked = options.context.empty() ? merged.current_place : Place{.subject = "--context"};
  DPCTL_TRY(chosen.context, pick("context", chosen.context_name, merged.contexts, asked));
  DPCTL_TRY(std::string cluster, chosen.context.text("cluster"));
  Place cluster_place = chosen.context.place("cluster");
  if (!options.cluster.empty()) {
    cluster = options.cluster;
    cluster_place = Place{.subject = "--cluster"};
  }
  DPCTL_TRY(chosen.cluster, pick("cluster", cluster, merged.clusters, cluster_place));
  DPCTL_TRY(chosen.user_name, chosen.context.text("user"));
  Place user_place = chosen.context.place("user");
  if (!options.user.empty()) {
    chosen.user_name = options.user;
    user_place = Place{.subject = "--user"};
  }
  DPCTL_TRY(chosen.user, pick("user", chosen.user_name, merged.users, user_place));
  return chosen;
}

Result<std::string> clean_server(std::string server, const Place& place) {
  while (!server.empty() && server.back() == '/') server.pop_back();
  if (server.find("://") == std::string::npos) server = "https://" + server;
  const bool http = server.rfind("http://", 0) == 0;
  if (!http && server.rfind("https://", 0) != 0) {
    return fail(Code::usage, "the server \"{}\" is neither https:// nor http://", server).at(place);
  }
  const auto rest = server.substr(server.find("://") + 3);
  if (rest.empty() || rest.front() == '/' || rest.find_first_of(" \t\r\n?#@") != std::string::npos) {
    return fail(Code::usage, "the server \"{}\" is not an address", server).at(place);
  }
  return server;
}

Result<void> fill_cluster(const ConnectionOptions& options, const Chosen& chosen, Connection& connection) {
  const Entry& cluster = chosen.cluster;
  DPCTL_TRY(std::string server, cluster.text("server"));
  Place place = cluster.place("server");
  if (!options.server.empty()) {
    server = options.server;
    place = Place{.subject = "--server"};
  }
  if (server.empty()) {
    auto failure = fail(Code::usage, "no API server is configured");
    if (chosen.context_name.empty()) {
      return std::move(failure).hint(
          "choose a context with --context, or set current-context in the kubeconfig");
    }
    return std::move(failure)
        .at(chosen.cluster.fields() != nullptr ? cluster.place() : chosen.context.place())
        .hint("name the cluster's server in the kubeconfig, or pass --server");
  }
  DPCTL_TRY(connection.server, clean_server(std::move(server), place));
  auto& tls = connection.http.tls;
  DPCTL_TRY(tls.server_name, cluster.text("tls-server-name"));
  if (!options.tls_server_name.empty()) tls.server_name = options.tls_server_name;
  DPCTL_TRY(const bool insecure, cluster.flag("insecure-skip-tls-verify"));
  tls.verify = !options.insecure_skip_tls_verify.value_or(insecure);
  if (!options.certificate_authority.empty()) {
    DPCTL_TRY(tls.ca_pem, read_file(options.certificate_authority, kMaxFile));
  } else if (tls.verify) {
    DPCTL_TRY(tls.ca_pem, cluster.content("certificate-authority"));
  }
  connection.http.proxy = options.proxy;
  DPCTL_TRY(const std::string proxy, cluster.text("proxy-url"));
  if (!proxy.empty()) connection.http.proxy = proxy;
  DPCTL_TRY(connection.disable_compression, cluster.flag("disable-compression"));
  return {};
}

Result<void> fill_certificate(const ConnectionOptions& options, const Chosen& chosen,
                              Connection& connection) {
  auto& tls = connection.http.tls;
  Place place =
      chosen.user.place(chosen.user.field("client-certificate-data") != nullptr ? "client-certificate-data"
                                                                                : "client-certificate");
  if (!options.client_certificate.empty()) {
    DPCTL_TRY(tls.client_cert_pem, read_file(options.client_certificate, kMaxFile));
    place = Place{.subject = options.client_certificate.string()};
  } else {
    DPCTL_TRY(tls.client_cert_pem, chosen.user.content("client-certificate"));
  }
  if (!options.client_key.empty()) {
    DPCTL_TRY(tls.client_key_pem, read_file(options.client_key, kMaxFile));
  } else {
    DPCTL_TRY(tls.client_key_pem, chosen.user.content("client-key"));
  }
  if (tls.client_cert_pem.empty() && tls.client_key_pem.empty()) return {};
  if (tls.client_cert_pem.empty() || tls.client_key_pem.empty()) {
    return fail(Code::usage, "user \"{}\" has a client {} but no client {}", chosen.user_name,
                tls.client_cert_pem.empty() ? "key" : "certificate",
                tls.client_cert_pem.empty() ? "certificate" : "key")
        .at(chosen.user.place());
  }
  auto checked = check_client_certificate(tls.client_cert_pem, tls.client_key_pem, chosen.user_name);
  if (!checked) {
    Error error = std::move(checked).error();
    error.where = std::move(place);
    return fail(std::move(error));
  }
  return {};
}

/// spec.cluster of what an exec plugin is told.
Result<Json> cluster_info(const Chosen& chosen, const Connection& connection) {
  Json info = Json::object();
  info["server"] = connection.server;
  const auto& tls = connection.http.tls;
  if (!tls.server_name.empty()) info["tls-server-name"] = tls.server_name;
  if (!tls.verify) info["insecure-skip-tls-verify"] = true;
  if (!tls.ca_pem.empty()) info["certificate-authority-data"] = base64_encode(tls.ca_pem);
  DPCTL_TRY(const std::string proxy, chosen.cluster.text("proxy-url"));
  if (!proxy.empty()) info["proxy-url"] = proxy;
  if (connection.disable_compression) info["disable-compression"] = true;
  if (chosen.cluster.fields() == nullptr) return info;
  for (const auto& extension : array_at(*chosen.cluster.fields(), "extensions")) {
    if (string_at(extension, "name") != "client.authentication.k8s.io/exec") continue;
    if (const auto found = extension.find("extension"); found != extension.end()) info["config"] = *found;
  }
  return info;
}

Result<ExecPlugin::Interactive> interactive_mode(const Entry& exec, const std::string& api_version) {
  DPCTL_TRY(const std::string mode, exec.text("interactiveMode"));
  if (mode == "Never") return ExecPlugin::Interactive::never;
  if (mode == "Always") return ExecPlugin::Interactive::always;
  if (mode == "IfAvailable" || (mode.empty() && api_version != "client.authentication.k8s.io/v1")) {
    return ExecPlugin::Interactive::if_available;
  }
  return fail(Code::usage, "interactiveMode must be Never, IfAvailable or Always")
      .at(exec.place("interactiveMode"));
}

Result<std::shared_ptr<Credentials>> exec_section(const ConnectionOptions& options, const Chosen& chosen,
                                                  const Connection& connection) {
  const Entry exec = chosen.user.inner("exec");
  ExecPlugin plugin;
  plugin.user = chosen.user_name;
  DPCTL_TRY(plugin.api_version, exec.text("apiVersion"));
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    return fail(Code::usage, "the exec plugin of user \"{}\" speaks \"{}\"", chosen.user_name,
                plugin.api_version)
        .at(exec.place("apiVersion"))
        .hint("update the plugin to client.authentication.k8s.io/v1 or v1beta1");
  }
  DPCTL_TRY(const std::string command, exec.text("command"));
  if (command.empty())
    return fail(Code::usage, "the exec plugin of user \"{}\" has no command", chosen.user_name)
        .at(exec.place());
  plugin.command = command;
  plugin.base = exec.folder();
  DPCTL_TRY(plugin.args, exec.texts("args"));
  DPCTL_TRY(plugin.install_hint, exec.text("installHint"));
  DPCTL_TRY(plugin.interactive_mode, interactive_mode(exec, plugin.api_version));
  plugin.terminal = options.interactive;
  plugin.environment = options.environment;
  if (exec.fields() != nullptr) {
    for (const auto& entry : array_at(*exec.fields(), "env")) {
      const std::string name = string_at(entry, "name");
      if (name.empty() || name.find('=') != std::string::npos) {
        return fail(Code::usage, "an entry of env has no name").at(exec.place("env"));
      }
      plugin.environment[name] = string_at(entry, "value");
    }
  }
  DPCTL_TRY(const bool told, exec.flag("provideClusterInfo"));
  if (told) {
    DPCTL_TRY(Json info, cluster_info(chosen, connection));
    plugin.cluster = std::make_shared<const Json>(std::move(info));
  }
  return exec_credentials(std::move(plugin));
}

Result<void> fill_credentials(const ConnectionOptions& options, const Chosen& chosen,
                              Connection& connection) {
  if (!options.token.empty()) {
    connection.credentials = fixed_credentials("Bearer " + options.token);
    return {};
  }
  if (!options.token_file.empty()) {
    connection.credentials = token_file_credentials(options.token_file, "");
    return {};
  }
  const Entry& user = chosen.user;
  DPCTL_TRY(const std::string token, user.text("token"));
  DPCTL_TRY(const std::filesystem::path token_file, user.path("tokenFile"));
  DPCTL_TRY(const std::string name, user.text("username"));
  DPCTL_TRY(const std::string password, user.text("password"));
  if (!token_file.empty()) {
    connection.credentials = token_file_credentials(token_file, token);
  } else if (!token.empty()) {
    connection.credentials = fixed_credentials("Bearer " + token);
  } else if (!name.empty() || !password.empty()) {
    connection.credentials = fixed_credentials("Basic " + base64_encode(name + ":" + password));
  } else if (user.field("exec") != nullptr) {
    DPCTL_TRY(connection.credentials, exec_section(options, chosen, connection));
  } else if (user.field("auth-provider") != nullptr && connection.http.tls.client_cert_pem.empty()) {
    return fail(Code::usage, "user \"{}\" has an auth-provider, which Kubernetes removed in 1.26",
                chosen.user_name)
        .at(user.place("auth-provider"))
        .hint("replace it by the provider's exec plugin");
  } else {
    connection.credentials = fixed_credentials("");
  }
  return {};
}

Result<void> fill_impersonation(const ConnectionOptions& options, const Chosen& chosen,
                                Connection& connection) {
  const Entry& user = chosen.user;
  DPCTL_TRY(std::string as, user.text("as"));
  DPCTL_TRY(std::string uid, user.text("as-uid"));
  DPCTL_TRY(std::vector<std::string> groups, user.texts("as-groups"));
  if (!options.as.empty()) as = options.as;
  if (!options.as_uid.empty()) uid = options.as_uid;
  if (!options.as_groups.empty()) groups = options.as_groups;
  const Json* extra = user.field("as-user-extra");
  if (as.empty()) {
    if (uid.empty() && groups.empty() && extra == nullptr) return {};
    return fail(Code::usage, "impersonating a group, uid or extra needs a user as well")
        .at(user.place("as-groups"))
        .hint("pass --as");
  }
  auto& headers = connection.impersonation;
  headers.add("Impersonate-User", as);
  if (!uid.empty()) headers.add("Impersonate-Uid", uid);
  for (const auto& group : groups) headers.add("Impersonate-Group", group);
  if (extra == nullptr) return {};
  if (!extra->is_object())
    return fail(Code::usage, "as-user-extra must be a map of lists").at(user.place("as-user-extra"));
  const Entry lists = user.inner("as-user-extra");
  for (const auto& item : extra->items()) {
    DPCTL_TRY(const std::vector<std::string> values, lists.texts(item.key()));
    for (const auto& value : values)
      headers.add("Impersonate-Extra-" + percent_encode(to_lower(item.key())), value);
  }
  return {};
}

/// A pod's own service account (k8s.io/client-go rest.InClusterConfig); nullopt outside of a pod.
Result<std::optional<Connection>> in_cluster(const ConnectionOptions& options) {
  std::string host = variable(options, "KUBERNETES_SERVICE_HOST");
  const std::string port = variable(options, "KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) return std::optional<Connection>();
  const auto token_file = options.service_account_dir / "token";
  std::error_code ignored;
  if (!std::filesystem::exists(token_file, ignored)) return std::optional<Connection>();
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  Connection connection;
  connection.server = fmt::format("https://{}:{}", host, port);
  if (!options.server.empty()) {
    DPCTL_TRY(connection.server, clean_server(options.server, Place{.subject = "--server"}));
  }
  DPCTL_TRY(connection.http.tls.ca_pem, read_file(options.service_account_dir / "ca.crt", kMaxFile));
  connection.credentials = token_file_credentials(token_file, "");
  if (!options.token.empty()) connection.credentials = fixed_credentials("Bearer " + options.token);
  if (auto ns = read_file(options.service_account_dir / "namespace", 4096); ns && !trim(*ns).empty()) {
    connection.ns = trim(*ns);
  }
  if (!options.ns.empty()) connection.ns = options.ns;
  connection.http.proxy = options.proxy;
  DPCTL_CHECK(fill_impersonation(options, {}, connection));
  return std::optional(std::move(connection));
}

Result<Connection> from_files(const ConnectionOptions& options, const Merged& merged) {
  DPCTL_TRY(const Chosen chosen, choose(options, merged));
  Connection connection;
  connection.context = chosen.context_name;
  DPCTL_TRY(const std::string ns, chosen.context.text("namespace"));
  if (!ns.empty()) connection.ns = ns;
  if (!options.ns.empty()) connection.ns = options.ns;
  DPCTL_CHECK(fill_cluster(options, chosen, connection));
  DPCTL_CHECK(fill_certificate(options, chosen, connection));
  DPCTL_CHECK(fill_credentials(options, chosen, connection));
  DPCTL_CHECK(fill_impersonation(options, chosen, connection));
  return connection;
}

}  // namespace

Result<Connection> connect(const ConnectionOptions& options) {
  DPCTL_TRY(Merged merged, read_files(options));
  if (merged.empty() && options.server.empty() && options.context.empty()) {
    DPCTL_TRY(auto inside, in_cluster(options));
    if (inside) return *std::move(inside);
  }
  const std::string home = variable(options, "HOME");
  if (merged.empty() && options.kubeconfig.empty() && !home.empty()) {
    DPCTL_CHECK(merge_file(std::filesystem::path(home) / ".kube" / "config", false, merged));
  }
  if (merged.empty() && options.server.empty()) {
    std::vector<std::string> looked;
    for (const auto& path : options.kubeconfig) looked.push_back(path.string());
    return fail(Code::usage, "no kubeconfig{}{}", looked.empty() ? "" : " in ", join(looked, ", "))
        .hint("set KUBECONFIG, or pass --kubeconfig FILE")
        .hint("or pass --server and --token-file");
  }
  return from_files(options, merged);
}

}  // namespace dpctl::kube
