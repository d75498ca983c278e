#include "lib/source/locate.hpp"

#include <fmt/format.h>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/net/url.hpp"

namespace dpctl::source {
namespace {

constexpr std::size_t kArchiveLimit = std::size_t{256} << 20U;   // bytes of a .tgz
constexpr std::size_t kProvenanceLimit = std::size_t{1} << 20U;  // bytes of a .prov

bool is_url(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

/// What is said now wins over what repositories.yaml says.
Repository with_access(Repository kept, const Repository& given) {
  if (!given.username.empty()) kept.username = given.username, kept.password = given.password;
  if (!given.ca_file.empty()) kept.ca_file = given.ca_file;
  if (!given.cert_file.empty()) kept.cert_file = given.cert_file, kept.key_file = given.key_file;
  kept.insecure_skip_tls_verify = kept.insecure_skip_tls_verify || given.insecure_skip_tls_verify;
  kept.pass_credentials = kept.pass_credentials || given.pass_credentials;
  return kept;
}

std::string file_of(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  return net::percent_decode(url.substr(url.rfind('/') + 1));
}

Result<void> check_digest(const IndexEntry& entry, std::string_view bytes, std::string_view url) {
  std::string_view digest = entry.digest;
  if (digest.starts_with("sha256:")) digest.remove_prefix(7);
  if (digest.empty()) return {};
  if (const auto actual = sha256_hex(bytes); actual != to_lower(digest))
    return fail(Code::failed,
                "{} is not the archive that its index names: it has sha256 {}, the index says {}", url,
                actual, digest)
        .hint("update the index, or ask whoever runs the repository");
  return {};
}

/// The archive at an address, and its signature when it is asked for.
Result<RemoteChart> download(const ChartRequest& request, const Repository& repository,
                             const std::string& url, const Remotes& remotes) {
  DPCTL_TRY(auto options, client_options(repository, remotes.registry.http));
  net::HttpClient client(std::move(options));
  RemoteChart chart{.file = file_of(url), .bytes = {}, .version = {}};
  DPCTL_TRY(chart.bytes, get(client, repository, url, kArchiveLimit, remotes.deadline, remotes.stop));
  if (request.provenance) {
    DPCTL_TRY(chart.provenance,
              get(client, repository, url + ".prov", kProvenanceLimit, remotes.deadline, remotes.stop));
  }
  return chart;
}

Result<RemoteChart> from_index(const ChartRequest& request, const Repository& repository, const Index& index,
                               const std::string& name, const Remotes& remotes) {
  const auto found = index.choose(name, request.version, request.devel);
  if (!found)
    return fail(found.error().code, "chart \"{}\" matching \"{}\" was not found in the index of {}", name,
                request.version, repository.name.empty() ? repository.url : repository.name)
        .because(found.error())
        .hint("dpctl chart repo update");
  const IndexEntry& entry = **found;
  if (entry.urls.empty())
    return fail(Code::failed, "the index of {} names no address for {} {}", repository.url, name,
                entry.version);
  const auto& address = entry.urls.front();
  const std::string url =
      address.find("://") != std::string::npos ? address : net::join_url(repository.url, address);
  if (is_oci(url)) {
    ChartRequest inner = request;
    inner.reference = url;
    return fetch_chart(inner, remotes);
  }
  DPCTL_TRY(auto chart, download(request, repository, url, remotes));
  DPCTL_CHECK(check_digest(entry, chart.bytes, url));
  chart.version = entry.version;
  return chart;
}

Result<RemoteChart> from_registry(const ChartRequest& request, const Remotes& remotes) {
  DPCTL_TRY(auto pulled, pull_chart(request.reference,
                                    request.version.empty() && request.devel ? ">0.0.0-0" : request.version,
                                    remotes.registry, remotes.deadline, remotes.stop));
  if (request.provenance && pulled.provenance.empty())
    return fail(Code::not_found, "{} has no signature", pulled.reference);
  auto version = pulled.version;
  return RemoteChart{.file = fmt::format("{}-{}.tgz", pulled.name, version),
                     .bytes = std::move(pulled.bytes),
                     .version = version,
                     .provenance = std::move(pulled.provenance),
                     .reference = std::move(pulled.reference),
                     .digest = std::move(pulled.digest)};
}

}  // namespace

bool is_remote(const ChartRequest& request) {
  const std::string_view reference = request.reference;
  if (!request.repository.url.empty() || is_url(reference) || is_oci(reference)) return true;
  const auto slash = reference.find('/');
  return slash != std::string_view::npos && slash > 0 && !reference.starts_with('.') &&
         !reference.ends_with(".tgz");
}

Result<RemoteChart> fetch_chart(const ChartRequest& request, const Remotes& remotes) {
  if (is_oci(request.reference)) return from_registry(request, remotes);
  if (!request.repository.url.empty() && !is_url(request.reference)) {
    DPCTL_TRY(const auto text,
              download_index(request.repository, remotes.registry.http, remotes.deadline, remotes.stop));
    DPCTL_TRY(const auto index, Index::parse(text, request.repository.url));
    return from_index(request, request.repository, index, request.reference, remotes);
  }
  DPCTL_TRY(const auto kept, Repositories::load(remotes.repositories, remotes.cache));
  if (is_url(request.reference)) {
    const auto* serving = kept.serving(request.reference);
    auto repository = with_access(serving != nullptr ? *serving : Repository{}, request.repository);
    if (serving == nullptr) repository.url = request.reference;  // the credentials are meant for this host
    return download(request, repository, request.reference, remotes);
  }
  const auto slash = request.reference.find('/');
  const auto name = request.reference.substr(0, slash);
  const auto* repository = kept.find(name);
  if (repository == nullptr)
    return fail(Code::not_found, "repo {} not found", name)
        .hint("dpctl chart repo add {} URL", name)
        .hint("a chart on disk is named by a path that begins with ./ or /");
  DPCTL_TRY(const auto index, kept.cached_index(name));
  return from_index(request, with_access(*repository, request.repository), index,
                    request.reference.substr(slash + 1), remotes);
}

}  // namespace dpctl::source
