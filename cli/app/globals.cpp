#include "cli/app/globals.hpp"

#include "cli/app/completers.hpp"

namespace dpctl::cli {

const std::vector<Param>& global_params() {
  static const std::vector<Param> params = [] {
    Command rows =
        command<Globals>()
            .flag("-n,--namespace", &Globals::ns, "namespace; default: the environment's, then the context's",
                  "NAME")
            .flag("-o,--output", &Globals::output, "output format", "FORMAT",
                  {"table", "json", "yaml", "name"})
            .flag("--timeout", &Globals::timeout,
                  "give up after this long, for the whole command; default: 15m", "DURATION")
            .flag("--kubeconfig", &Globals::kubeconfig,
                  "kubeconfig file in place of $KUBECONFIG and ~/.kube/config", "FILE")
            .files()
            .flag("--context,--kube-context", &Globals::context, "kubeconfig context", "NAME")
            .completes(complete::contexts)
            .flag("--cluster", &Globals::cluster, "kubeconfig cluster", "NAME")
            .flag("--user", &Globals::user, "kubeconfig user", "NAME")
            .flag("-s,--server,--kube-apiserver", &Globals::server, "address of the API server", "URL")
            .flag("--token,--kube-token", &Globals::token,
                  "bearer token; other users of the machine may see it, --token-file is safer", "TOKEN")
            .flag("--token-file", &Globals::token_file, "file with a bearer token", "FILE")
            .files()
            .flag("--as,--kube-as-user", &Globals::as, "user to impersonate", "USER")
            .flag("--as-uid", &Globals::as_uid, "UID to impersonate", "UID")
            .flag("--as-group,--kube-as-group", &Globals::as_groups, "group to impersonate", "GROUP")
            .flag("--certificate-authority,--kube-ca-file", &Globals::certificate_authority,
                  "file with the server's authority", "FILE")
            .files()
            .flag("--client-certificate", &Globals::client_certificate, "file with our certificate", "FILE")
            .files()
            .flag("--client-key", &Globals::client_key, "file with our key", "FILE")
            .files()
            .flag("--tls-server-name,--kube-tls-server-name", &Globals::tls_server_name,
                  "name to check in the server's certificate", "NAME")
            .flag("--insecure-skip-tls-verify,--kube-insecure-skip-tls-verify,--insecure",
                  &Globals::insecure_skip_tls_verify, "do not check the server's certificate")
            .flag("--color,--colour", &Globals::color, "colour on the terminal", "WHEN",
                  {"auto", "always", "never"})
            .flag("--progress", &Globals::progress, "how progress is shown on standard error", "HOW",
                  {"auto", "tree", "plain", "json", "none"})
            .flag("-q,--quiet", &Globals::quiet, "no progress, only the result and errors")
            .flag("--debug-http", &Globals::debug_http,
                  "show every request on standard error; secrets are redacted")
            .flag("-h,--help", &Globals::help, "help for the command")
            .run(nullptr);
    return std::move(rows.params);
  }();
  return params;
}

const std::vector<Param>& helm_params() {
  static const std::vector<Param> params = [] {
    Command rows = command<Globals>()
                       .flag("--registry-config", &Globals::registry_config,
                             "file with the logins of registries, in place of Helm's", "FILE")
                       .files()
                       .flag("--repository-config", &Globals::repository_config,
                             "file with the repositories, in place of Helm's", "FILE")
                       .files()
                       .flag("--repository-cache", &Globals::repository_cache,
                             "folder of the repositories' indexes, in place of Helm's", "FOLDER")
                       .files()
                       .without_effect(Param::Kind::flag, {"--debug"})
                       .without_effect(Param::Kind::value, {"--burst-limit", "--qps", "--content-cache"})
                       .run(nullptr);
    return std::move(rows.params);
  }();
  return params;
}

std::vector<const Param*> params_of(const Command* command) {
  std::vector<const Param*> params;
  const auto add = [&](const std::vector<Param>& rows) {
    for (const auto& param : rows) params.push_back(&param);
  };
  if (command != nullptr) add(command->params);
  add(global_params());
  if (command != nullptr && command->path.starts_with("chart ")) add(helm_params());
  return params;
}

}  // namespace dpctl::cli
