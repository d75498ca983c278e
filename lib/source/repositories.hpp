#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "lib/net/http_client.hpp"
#include "lib/source/index.hpp"

namespace dpctl::source {

/// A chart repository as Helm's repositories.yaml keeps it. Certificates are named by file.
struct Repository {
  std::string name, url;
  std::string username{}, password{};
  std::string ca_file{}, cert_file{}, key_file{};
  bool insecure_skip_tls_verify = false;
  bool pass_credentials = false;  ///< credentials go to other hosts too

  bool operator==(const Repository&) const = default;
};

/// Helm's own files, so that what one adds the other sees. Not for several threads; each change is written
/// whole, beside and renamed, with permissions 0600.
class Repositories {
 public:
  /// `file` is repositories.yaml, which may be missing; `cache` the folder of the downloaded indexes.
  static Result<Repositories> load(std::filesystem::path file, std::filesystem::path cache);

  [[nodiscard]] const std::vector<Repository>& all() const { return all_; }
  /// nullptr when there is none of that name.
  [[nodiscard]] const Repository* find(std::string_view name) const;
  /// The first one whose address an absolute URL begins with; nullptr when there is none.
  [[nodiscard]] const Repository* serving(std::string_view url) const;
  /// Adds it, or replaces the one of that name; does not write.
  void put(Repository repository);
  /// False when there was none. Its cached index goes with it.
  bool remove(std::string_view name);
  [[nodiscard]] Result<void> save() const;

  /// The index as `repo update` left it. Code::not_found when it was never downloaded.
  [[nodiscard]] Result<Index> cached_index(std::string_view name) const;
  /// Checks the text and keeps it: NAME-index.yaml, and NAME-charts.txt for completion.
  [[nodiscard]] Result<void> keep_index(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path file_, cache_;
  std::vector<Repository> all_;
};

/// A client for a repository, with its certificates read.
Result<net::ClientOptions> client_options(const Repository& repository, net::ClientOptions base);

/// GET of an address of the repository. Credentials go along when the address is on the repository's host, or
/// when it says so. At most `limit` bytes, at most ten redirects. A status other than 200 is Code::not_found
/// or Code::failed.
Result<std::string> get(net::HttpClient& client, const Repository& repository, const std::string& url,
                        std::size_t limit, Deadline deadline, StopToken stop);

/// Downloads and checks index.yaml.
Result<std::string> download_index(const Repository& repository, const net::ClientOptions& base,
                                   Deadline deadline, StopToken stop);

}  // namespace dpctl::source
