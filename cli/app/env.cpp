#include "cli/app/env.hpp"

#include "cli/output/error_text.hpp"
#include "cli/output/printer.hpp"
#include "cli/output/progress.hpp"
#include "cli/output/text.hpp"
#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::cli {
namespace {

// HTTPS_PROXY and NO_PROXY as Go reads them; a kubeconfig's proxy-url wins over both.
std::string proxy_from(const Env& env) {
  for (const char* name : {"HTTPS_PROXY", "https_proxy"})
    if (auto value = env.variable(name); !value.empty()) return value;
  return {};
}

std::vector<std::filesystem::path> kubeconfig_files(const Env& env) {
  std::vector<std::filesystem::path> files;
  const std::string list = env.variable("KUBECONFIG");
  for (const auto part : split(list, ':'))
    if (!part.empty()) files.emplace_back(part);
  if (files.empty())
    if (auto home = env.variable("HOME"); !home.empty())
      files.push_back(std::filesystem::path(home) / ".kube" / "config");
  return files;
}

}  // namespace

Env::Env(World world) : world_(std::move(world)) {}
Env::~Env() = default;

void Env::begin(Globals globals, std::string_view command) {
  globals_ = std::move(globals);
  deadline_ = Deadline::after(std::chrono::duration_cast<std::chrono::milliseconds>(globals_.timeout));
  command_ = command;
  for (Terminal* terminal : {&world_.out_terminal, &world_.err_terminal})
    if (globals_.color != "auto") terminal->color = globals_.color == "always";
}

std::string Env::variable(std::string_view name) const {
  const auto found = world_.variables.find(std::string(name));
  return found == world_.variables.end() ? "" : found->second;
}

EventSink& Env::events() {
  if (!events_)
    events_ =
        make_progress(globals_.quiet ? "none" : globals_.progress, world_.err, world_.err_terminal, command_);
  return *events_;
}

void Env::end_progress() { events_.reset(); }

kube::ConnectionOptions Env::connection_options(std::string_view context) const {
  kube::ConnectionOptions options;
  options.explicit_kubeconfig = !globals_.kubeconfig.empty();
  options.kubeconfig = options.explicit_kubeconfig ? std::vector<std::filesystem::path>{globals_.kubeconfig}
                                                   : kubeconfig_files(*this);
  options.context = globals_.context.empty() ? std::string(context) : globals_.context;
  options.cluster = globals_.cluster;
  options.user = globals_.user;
  options.ns = globals_.ns;
  options.server = globals_.server;
  options.token = globals_.token;
  options.token_file = globals_.token_file;
  options.as = globals_.as;
  options.as_uid = globals_.as_uid;
  options.as_groups = globals_.as_groups;
  if (globals_.insecure_skip_tls_verify) options.insecure_skip_tls_verify = true;
  options.certificate_authority = globals_.certificate_authority;
  options.client_certificate = globals_.client_certificate;
  options.client_key = globals_.client_key;
  options.tls_server_name = globals_.tls_server_name;
  options.proxy = proxy_from(*this);
  options.environment = world_.variables;
  options.interactive = world_.err_terminal.tty;
  return options;
}

Result<kube::Cluster*> Env::cluster(std::string_view context) { return connect(context, false); }
Result<kube::Cluster*> Env::cluster_for_large_answers() { return connect("", true); }

Result<kube::Cluster*> Env::connect(std::string_view context, bool http1_only) {
  if (cluster_) return cluster_.get();
  net::load_ahead();
  DPCTL_TRY(auto connection, kube::connect(connection_options(context)));
  connection.http.http1_only = http1_only;
  kube::Cluster::Options options;
  if (auto cache = cache_dir(); !cache.empty()) options.cache_dir = cache / "discovery";
  options.on_warning = [this](std::string_view text) { warn(text); };
  if (globals_.debug_http) options.trace = [this](std::string_view line) { say(line); };
  cluster_ = std::make_unique<kube::Cluster>(std::move(connection), std::move(options));
  return cluster_.get();
}

Result<void> Env::print(const View& view) {
  end_progress();
  DPCTL_TRY(const auto text, render(view, globals_.output));
  world_.out(text);
  return {};
}

void Env::print_text(std::string_view text) {
  end_progress();
  world_.out(text);
}

Result<std::string> Env::read(const std::string& path) const {
  return path == "-" ? world_.in() : read_file(world_.directory / path);
}

void Env::say(std::string_view line) { world_.err(safe_text(line) + "\n"); }

void Env::warn(std::string_view line) {
  events().emit({.kind = Event::Kind::warning, .text = std::string(line)});
}

void Env::report(const Error& error) {
  end_progress();
  world_.err(error_text(error, world_.err_terminal));
  if (globals_.output == "json" || globals_.output == "yaml")
    world_.out(error_document(error, globals_.output));
}

std::filesystem::path Env::cache_dir() const {
  if (auto cache = variable("XDG_CACHE_HOME"); !cache.empty()) return std::filesystem::path(cache) / "dpctl";
  if (auto home = variable("HOME"); !home.empty()) return std::filesystem::path(home) / ".cache" / "dpctl";
  return {};
}

}  // namespace dpctl::cli
