// lib/kube/exec_plugin.cpp: runs a kubeconfig exec plugin.
//
// The plugin is told about itself in KUBERNETES_EXEC_INFO (an ExecCredential), answers with an ExecCredential
// on standard output, and may talk to the terminal on standard error and input when there is one. Every byte
// and every second it takes is bounded.
#include <nlohmann/json.hpp>

#include "lib/base/strings.hpp"
#include "lib/base/subprocess.hpp"
#include "lib/kube/credentials.hpp"
#include "lib/kube/time.hpp"

namespace dpctl::kube {
namespace {

constexpr std::size_t kMaxOutput = 1U << 20U;

Json exec_info(const ExecPlugin& plugin, bool interactive) {
  Json spec = Json::object();
  spec["interactive"] = interactive;
  if (plugin.cluster) spec["cluster"] = *plugin.cluster;
  Json info = Json::object();
  info["kind"] = "ExecCredential";
  info["apiVersion"] = plugin.api_version;
  info["spec"] = std::move(spec);
  return info;
}

Failure plugin_failed(const ExecPlugin& plugin, Error cause) {
  const Code code =
      cause.code == Code::interrupted || cause.code == Code::timed_out ? cause.code : Code::denied;
  auto failure = fail(code, "no credentials for user \"{}\": the exec plugin {} failed", plugin.user,
                      plugin.command.string())
                     .because(std::move(cause));
  const auto hint = trim(plugin.install_hint);
  if (!hint.empty()) return std::move(failure).hint("{}", hint);
  return std::move(failure).hint("run it by hand to see what it says: {} {}", plugin.command.string(),
                                 join(plugin.args, " "));
}

using Answer = std::pair<Grant, std::chrono::system_clock::time_point>;

Result<Answer> read_answer(const ExecPlugin& plugin, const std::string& text) {
  if (text.size() > kMaxOutput) return fail(Code::denied, "its answer is over {} bytes", kMaxOutput);
  DPCTL_TRY(const Json answer, parse_json(text, "the output of " + plugin.command.filename().string(),
                                          {.depth = 32, .bytes = kMaxOutput}));
  if (string_at(answer, "kind") != "ExecCredential")
    return fail(Code::denied, "its answer is not an ExecCredential");
  if (string_at(answer, "apiVersion") != plugin.api_version) {
    return fail(Code::denied, "it answered in {}, the kubeconfig says {}", string_at(answer, "apiVersion"),
                plugin.api_version);
  }
  Grant grant;
  const std::string token = string_at(answer, "status.token");
  if (!token.empty()) grant.authorization = "Bearer " + token;
  grant.client_cert_pem = string_at(answer, "status.clientCertificateData");
  grant.client_key_pem = string_at(answer, "status.clientKeyData");
  if (grant.client_cert_pem.empty() != grant.client_key_pem.empty()) {
    return fail(Code::denied, "its answer has only one of clientCertificateData and clientKeyData");
  }
  if (grant == Grant{}) return fail(Code::denied, "its answer has neither a token nor a client certificate");
  if (!grant.client_cert_pem.empty()) {
    DPCTL_CHECK(check_client_certificate(grant.client_cert_pem, grant.client_key_pem, plugin.user));
  }
  auto expires = std::chrono::system_clock::time_point::max();
  const std::string expiry = string_at(answer, "status.expirationTimestamp");
  if (!expiry.empty()) {
    const auto time = parse_time(expiry);
    if (!time) return fail(Code::denied, "its expirationTimestamp \"{}\" is not a time", expiry);
    expires = *time;
  }
  return Answer{std::move(grant), expires};
}

}  // namespace

Result<Answer> run_exec_plugin(const ExecPlugin& plugin, Deadline deadline, StopToken stop) {
  if (plugin.interactive_mode == ExecPlugin::Interactive::always && !plugin.terminal) {
    return plugin_failed(plugin, fail(Code::denied, "it needs a terminal, and there is none").take());
  }
  const bool interactive = plugin.terminal && plugin.interactive_mode != ExecPlugin::Interactive::never;
  const auto path = plugin.environment.find("PATH");
  Subprocess process{.program = find_program(
                         plugin.command, path == plugin.environment.end() ? "" : path->second, plugin.base),
                     .words = {plugin.command.string()},
                     .environment = {},
                     .terminal = interactive,
                     .most_output = kMaxOutput};
  if (process.program.empty())
    return plugin_failed(plugin, fail(Code::denied, "{} is not in PATH", plugin.command.string()).take());
  process.words.insert(process.words.end(), plugin.args.begin(), plugin.args.end());
  for (const auto& [name, value] : plugin.environment)
    if (name != "KUBERNETES_EXEC_INFO") process.environment.push_back(name + "=" + value);
  process.environment.push_back("KUBERNETES_EXEC_INFO=" + dump_json(exec_info(plugin, interactive)));
  auto done = run(process, deadline.at_most(plugin.timeout), stop);
  if (!done) return plugin_failed(plugin, std::move(done).error());
  auto answer = read_answer(plugin, done->out);
  if (!answer) return plugin_failed(plugin, std::move(answer).error());
  return answer;
}

}  // namespace dpctl::kube
