#include "lib/source/repositories.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/base/file.hpp"
#include "lib/data/yaml.hpp"
#include "lib/net/url.hpp"

namespace dpctl::source {
namespace {

namespace fs = std::filesystem;

constexpr yaml::Options kLenient{.duplicate_keys = yaml::DuplicateKeys::last_wins};

constexpr std::size_t kIndexLimit = std::size_t{128} << 20U;  // bytes; the largest public ones have 30 MB

Repository read_row(const Json& row) {
  return {.name = string_at(row, "name"),
          .url = string_at(row, "url"),
          .username = string_at(row, "username"),
          .password = string_at(row, "password"),
          .ca_file = string_at(row, "caFile"),
          .cert_file = string_at(row, "certFile"),
          .key_file = string_at(row, "keyFile"),
          .insecure_skip_tls_verify = bool_at(row, "insecure_skip_tls_verify"),
          .pass_credentials = bool_at(row, "pass_credentials_all")};
}

Json write_row(const Repository& repository) {
  return {{"caFile", repository.ca_file},
          {"certFile", repository.cert_file},
          {"insecure_skip_tls_verify", repository.insecure_skip_tls_verify},
          {"keyFile", repository.key_file},
          {"name", repository.name},
          {"pass_credentials_all", repository.pass_credentials},
          {"password", repository.password},
          {"url", repository.url},
          {"username", repository.username}};
}

bool same_host(std::string_view a, std::string_view b) {
  const auto x = net::Url::parse(a);
  const auto y = net::Url::parse(b);
  return x && y && x->scheme == y->scheme && x->host == y->host && x->port == y->port;
}

fs::path index_file(const fs::path& cache, std::string_view name) {
  return cache / fmt::format("{}-index.yaml", name);
}
fs::path names_file(const fs::path& cache, std::string_view name) {
  return cache / fmt::format("{}-charts.txt", name);
}

}  // namespace

Result<Repositories> Repositories::load(fs::path file, fs::path cache) {
  Repositories all;
  all.file_ = std::move(file);
  all.cache_ = std::move(cache);
  std::error_code error;
  if (!fs::exists(all.file_, error)) return all;
  DPCTL_TRY(const auto text, read_file(all.file_));
  DPCTL_TRY(const auto json, yaml::decode(text, all.file_.string(), kLenient));
  for (const auto& row : array_at(json, "repositories")) all.all_.push_back(read_row(row));
  return all;
}

const Repository* Repositories::find(std::string_view name) const {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one.name == name; });
  return found == all_.end() ? nullptr : &*found;
}

const Repository* Repositories::serving(std::string_view url) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& one) {
    return !one.url.empty() && url.starts_with(net::join_url(one.url, ""));
  });
  return found == all_.end() ? nullptr : &*found;
}

void Repositories::put(Repository repository) {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one.name == repository.name; });
  if (found == all_.end()) {
    all_.push_back(std::move(repository));
  } else {
    *found = std::move(repository);
  }
}

bool Repositories::remove(std::string_view name) {
  if (std::erase_if(all_, [&](const auto& one) { return one.name == name; }) == 0) return false;
  std::error_code error;
  fs::remove(index_file(cache_, name), error);
  fs::remove(names_file(cache_, name), error);
  return true;
}

Result<void> Repositories::save() const {
  Json rows = Json::array();
  for (const auto& one : all_) rows.push_back(write_row(one));
  return write_file(
      file_,
      yaml::encode(
          {{"apiVersion", ""}, {"generated", "0001-01-01T00:00:00Z"}, {"repositories", std::move(rows)}}),
      0600);
}

Result<Index> Repositories::cached_index(std::string_view name) const {
  const auto file = index_file(cache_, name);
  std::error_code error;
  if (!fs::exists(file, error))
    return fail(Code::not_found, "the index of repository {} was not downloaded yet", name)
        .hint("dpctl chart repo update");
  DPCTL_TRY(const auto text, read_file(file, kIndexLimit));
  return Index::parse(text, file.string());
}

Result<void> Repositories::keep_index(std::string_view name, std::string_view text) const {
  DPCTL_TRY(const auto index, Index::parse(text, name));
  std::string names;
  for (const auto& [chart, versions] : index.charts()) names += chart + "\n";
  DPCTL_CHECK(write_file(names_file(cache_, name), names));
  return write_file(index_file(cache_, name), text);
}

Result<net::ClientOptions> client_options(const Repository& repository, net::ClientOptions base) {
  const auto pem = [](const std::string& path, std::string& into) -> Result<void> {
    if (path.empty()) return {};
    DPCTL_TRY(into, read_file(path));
    return {};
  };
  DPCTL_CHECK(pem(repository.ca_file, base.tls.ca_pem));
  DPCTL_CHECK(pem(repository.cert_file, base.tls.client_cert_pem));
  DPCTL_CHECK(pem(repository.key_file, base.tls.client_key_pem));
  if (repository.insecure_skip_tls_verify) base.tls.verify = false;
  return base;
}

Result<std::string> get(net::HttpClient& client, const Repository& repository, const std::string& url,
                        std::size_t limit, Deadline deadline, StopToken stop) {
  net::Request request{.url = url, .max_response_bytes = limit, .max_redirects = 10};
  const bool ours = repository.url.empty() || same_host(url, repository.url);
  if (!repository.username.empty() && (ours || repository.pass_credentials))
    request.headers.add("Authorization",
                        "Basic " + base64_encode(repository.username + ":" + repository.password));
  DPCTL_TRY(auto response, client.send(request, deadline, std::move(stop)));
  if (response.status == 200) return std::move(response.body);
  const Code code = response.status == 404                             ? Code::not_found
                    : response.status == 401 || response.status == 403 ? Code::denied
                                                                       : Code::failed;
  return fail(code, "failed to fetch {}: the server answered {}", url, response.status);
}

Result<std::string> download_index(const Repository& repository, const net::ClientOptions& base,
                                   Deadline deadline, StopToken stop) {
  DPCTL_TRY(auto options, client_options(repository, base));
  net::HttpClient client(std::move(options));
  const auto url = net::join_url(repository.url, "index.yaml");
  auto text = get(client, repository, url, kIndexLimit, deadline, std::move(stop));
  if (text) {
    if (const auto index = Index::parse(*text, url))
      return text;
    else
      text = fail(index.error());
  }
  return fail(text.error().code, "{} is not a chart repository, or cannot be reached", repository.url)
      .because(text.error());
}

}  // namespace dpctl::source
