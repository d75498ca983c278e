#include "cli/commands/chart/chart_options.hpp"

#include "cli/app/env.hpp"
#include "cli/commands/chart/keyring.hpp"
#include "lib/base/file.hpp"
#include "lib/deploy/release_chart.hpp"
#include "lib/source/git.hpp"
#include "lib/source/oci.hpp"
#include "lib/source/package.hpp"

namespace dpctl::cli {
namespace {

/// "host/path/web:1.0.0" → "web-1.0.0.tgz", the name under which its signature knows it.
Result<std::string> archive_name(const source::RegistryChart& chart) {
  DPCTL_TRY(const auto loaded, chart::load_archive(chart.bytes, chart.reference));
  return source::package_name(loaded->metadata);
}

Result<std::shared_ptr<chart::Chart>> from_registry(const std::string& reference,
                                                    const SourceOptions& options, Env& env) {
  DPCTL_TRY(const auto access, registry_access(options, env));
  DPCTL_TRY(const auto fetched,
            source::pull_chart(reference, options.version, access, env.deadline(), env.stop()));
  if (options.verify) {
    if (fetched.provenance.empty())
      return fail(Code::denied, "the chart {} is not signed", reference)
          .hint("without --verify it is taken as it is");
    DPCTL_TRY(const auto ring, keyring_of(options.keyring, env));
    DPCTL_TRY(const auto name, archive_name(fetched));
    DPCTL_CHECK(source::verify_provenance(fetched.bytes, name, fetched.provenance, ring));
  }
  return chart::load_archive(fetched.bytes, fetched.reference);
}

}  // namespace

Result<chart::ValueFlags> flags_of(const ValueOptions& options, Env& env) {
  chart::ValueFlags flags{.set_json = options.set_json,
                          .set = options.set,
                          .set_string = options.set_string,
                          .set_file = options.set_file,
                          .set_literal = options.set_literal,
                          .read_file = [&env](const std::string& path) { return env.read(path); }};
  for (const auto& path : options.values) {
    DPCTL_TRY(auto text, env.read(path));
    flags.files.push_back({path, std::move(text)});
  }
  return flags;
}

Result<chart::Value> values_of(const ValueOptions& options, Env& env) {
  DPCTL_TRY(const auto flags, flags_of(options, env));
  return chart::merge_flags(flags);
}

Result<std::shared_ptr<chart::Chart>> chart_of(const std::string& reference, const SourceOptions& options,
                                               Env& env) {
  if (source::is_oci(reference)) return from_registry(reference, options, env);
  if (source::is_git(reference)) {
    if (options.verify)
      return fail(Code::usage, "{}: charts of a git repository have no signature that --verify could check",
                  reference);
    const TempDir folder;
    DPCTL_TRY(const auto chart_folder,
              source::fetch_git(reference, folder.path(), {}, env.deadline(), env.stop()));
    return chart::load_chart(chart_folder.path.string());
  }
  if (options.verify) DPCTL_CHECK(verify_archive(reference, options.keyring, env));
  return deploy::find_chart(reference, env.world().directory);
}

}  // namespace dpctl::cli
