#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/app/command.hpp"
#include "cli/commands/chart/registry_options.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/values.hpp"

namespace dpctl::cli {

/// Helm's value flags. A command's options derive from this and say `.with(value_flags)`.
struct ValueOptions {
  std::vector<std::string> values, set, set_string, set_json, set_file, set_literal, set_secret;
};

/// Where a chart comes from, beside its name: Helm's flags. `.with(source_flags)`.
struct SourceOptions : RegistryFlags {
  std::string version, repository, keyring;
  bool devel = false, pass_credentials = false, verify = false;
  bool dependency_update = false;  ///< of dependency_flags
};

/// The words of those flags of Helm that may hold several, "a,b": each flag is a record of CSV.
std::vector<std::string> comma_separated(const std::vector<std::string>& flags);

/// One map of all value flags; `-f -` reads standard input. Errors name the file or the flag.
Result<chart::Value> values_of(const ValueOptions&, Env&);

/// The flags as they were given, for what tells where a value comes from.
Result<chart::ValueFlags> flags_of(const ValueOptions&, Env&);

/// The chart that `reference` names: builtin:NAME, a folder or a .tgz, REPOSITORY/NAME, oci://, https://,
/// git+SCHEME://…@REF//PATH, or a name in the repository of --repo.
Result<std::shared_ptr<chart::Chart>> chart_of(const std::string& reference, const SourceOptions&, Env&);

inline constexpr auto value_flags = [](auto& builder) {
  builder
      .flag("-f,--values", &ValueOptions::values, "values file, or - for standard input; later ones win",
            "FILE")
      .files()
      .flag("--set", &ValueOptions::set, "value: a.b=c,d[0]=e", "KEY=VALUE")
      .flag("--set-string", &ValueOptions::set_string, "the same, always a string", "KEY=VALUE")
      .flag("--set-json", &ValueOptions::set_json, "the same, JSON", "KEY=JSON")
      .flag("--set-file", &ValueOptions::set_file, "the same, content of a file", "KEY=PATH")
      .flag("--set-literal", &ValueOptions::set_literal, "the same, taken as it is", "KEY=VALUE")
      .flag("--set-secret", &ValueOptions::set_secret,
            "a value that no record holds: env:NAME, file:PATH or secretRef:SECRET/KEY", "KEY=SOURCE");
};

inline constexpr auto source_flags = [](auto& builder) {
  registry_flags(builder);
  builder.flag("--version", &SourceOptions::version, "version of the chart, or a range of them", "VERSION")
      .flag("--repo", &SourceOptions::repository, "address of the chart's repository", "URL")
      .flag("--devel", &SourceOptions::devel, "without --version: pre-releases count too")
      .flag("--pass-credentials", &SourceOptions::pass_credentials,
            "send the credentials to every host that the repository names")
      .flag("--verify", &SourceOptions::verify, "the chart must be signed by a key of the keyring")
      .flag("--keyring", &SourceOptions::keyring, "public keys; default: pubring.gpg of GnuPG's folder",
            "FILE")
      .files();
};

/// For the verbs that render: a chart's folder may have to be completed first.
inline constexpr auto dependency_flags = [](auto& builder) {
  builder.flag("--dependency-update", &SourceOptions::dependency_update,
               "fill charts/ of a chart's folder first when dependencies are missing");
};

}  // namespace dpctl::cli
