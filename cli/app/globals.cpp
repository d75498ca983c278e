#include "cli/app/globals.hpp"

#include "cli/app/completers.hpp"

namespace dpctl::cli {

const std::vector<Param>& global_params() {
  static const std::vector<Param> params = [] {
    Command rows =
        command<Globals>("")
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
            .flag("-s,--server", &Globals::server, "address of the API server", "URL")
            .flag("--token-file", &Globals::token_file, "file with a bearer token", "FILE")
            .files()
            .flag("--as", &Globals::as, "user to impersonate", "USER")
            .flag("--as-uid", &Globals::as_uid, "UID to impersonate", "UID")
            .flag("--as-group", &Globals::as_groups, "group to impersonate", "GROUP")
            .flag("--certificate-authority", &Globals::certificate_authority,
                  "file with the server's authority", "FILE")
            .files()
            .flag("--client-certificate", &Globals::client_certificate, "file with our certificate", "FILE")
            .files()
            .flag("--client-key", &Globals::client_key, "file with our key", "FILE")
            .files()
            .flag("--tls-server-name", &Globals::tls_server_name, "name to check in the server's certificate",
                  "NAME")
            .flag("--insecure-skip-tls-verify", &Globals::insecure_skip_tls_verify,
                  "do not check the server's certificate")
            .flag("--color", &Globals::color, "colour on the terminal", "WHEN", {"auto", "always", "never"})
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

}  // namespace dpctl::cli
