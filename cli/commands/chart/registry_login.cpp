#include <filesystem>

#include "cli/app/env.hpp"
#include "cli/commands/chart/registry_options.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/source/registry_login.hpp"

namespace dpctl::cli {
namespace {

struct Login : RegistryFlags {
  std::string host;
  bool password_stdin = false;
};

struct Logout {
  std::string host;
};

/// The file that holds the logins; empty text when there is none yet.
Result<std::string> read_logins(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return std::string();
  return read_file(file);
}

Result<void> check_host(const std::string& host) {
  if (host.find('/') == std::string::npos) return {};
  return fail(Code::usage, "'{}' is no host of a registry", host)
      .hint("write HOST[:PORT], without scheme and path");
}

Result<ExitCode> login(const Login& options, Env& env) {
  DPCTL_CHECK(check_host(options.host));
  DPCTL_TRY(auto access, registry_access(options, env));
  access.logins.clear();
  if (options.password_stdin) {
    DPCTL_TRY(const auto text, env.read("-"));
    access.password = std::string(trim(text));
  }
  if (access.username.empty() || access.password.empty())
    return fail(Code::usage, "a login takes a user and a password")
        .hint("dpctl chart registry login {} --username NAME --password-stdin <FILE", options.host);
  DPCTL_CHECK(source::check_login(options.host, access, env.deadline(), env.stop()));
  const auto file = registry_config(env);
  DPCTL_TRY(const auto before, read_logins(file));
  DPCTL_TRY(const auto after,
            source::add_login(before, file.string(), options.host, {access.username, access.password}));
  DPCTL_CHECK(write_file(file, after, 0600));
  env.print_text("Login Succeeded\n");
  return ExitCode::ok;
}

Result<ExitCode> logout(const Logout& options, Env& env) {
  DPCTL_CHECK(check_host(options.host));
  const auto file = registry_config(env);
  DPCTL_TRY(const auto before, read_logins(file));
  DPCTL_TRY(const auto after, source::remove_login(before, file.string(), options.host));
  DPCTL_CHECK(write_file(file, after, 0600));
  env.print_text("Removing login credentials for " + options.host + "\n");
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartRegistryLogin("chart registry login", [] {
  return command<Login>()
      .summary("Keep the password of a registry, where Helm keeps it")
      .describe(
          "The registry is asked whether it takes them; then they go into registry/config.json of Helm's "
          "folder.")
      .example("Log in with a password from a file",
               "dpctl chart registry login registry.example.com --username me --password-stdin <password.txt")
      .argument("HOST", &Login::host, "HOST[:PORT] of the registry")
      .flag("--password-stdin", &Login::password_stdin, "read the password from standard input")
      .with(registry_flags)
      .flag("-u", &Login::username, "the same as --username", "NAME")
      .flag("-p", &Login::password, "the same as --password", "TEXT")
      .run(login);
});

constinit const Row kChartRegistryLogout("chart registry logout", [] {
  return command<Logout>()
      .summary("Forget the password of a registry")
      .example("Log out", "dpctl chart registry logout registry.example.com")
      .argument("HOST", &Logout::host, "HOST[:PORT] of the registry")
      .run(logout);
});

}  // namespace dpctl::cli
