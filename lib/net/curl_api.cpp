#include "lib/net/curl_api.hpp"

#include "lib/base/dynamic_library.hpp"

namespace dpctl::net {
namespace {

Result<CurlApi> load() {
  constexpr unsigned kOldest = 0x075400;  // 7.84.0
  DPCTL_TRY(auto library, DynamicLibrary::open("libcurl.so.4", "libcurl4"));
  CurlApi api;
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_version_info) version_info = nullptr;
  library.bind("curl_global_init", global_init);
  library.bind("curl_version_info", version_info);
  library.bind("curl_easy_init", api.easy_init);
  library.bind("curl_easy_cleanup", api.easy_cleanup);
  library.bind("curl_easy_setopt", api.easy_setopt);
  library.bind("curl_easy_getinfo", api.easy_getinfo);
  library.bind("curl_easy_pause", api.easy_pause);
  library.bind("curl_easy_send", api.easy_send);
  library.bind("curl_easy_recv", api.easy_recv);
  library.bind("curl_easy_strerror", api.easy_strerror);
  library.bind("curl_multi_init", api.multi_init);
  library.bind("curl_multi_cleanup", api.multi_cleanup);
  library.bind("curl_multi_setopt", api.multi_setopt);
  library.bind("curl_multi_add_handle", api.multi_add_handle);
  library.bind("curl_multi_remove_handle", api.multi_remove_handle);
  library.bind("curl_multi_perform", api.multi_perform);
  library.bind("curl_multi_info_read", api.multi_info_read);
  library.bind("curl_multi_poll", api.multi_poll);
  library.bind("curl_multi_wakeup", api.multi_wakeup);
  library.bind("curl_slist_append", api.slist_append);
  library.bind("curl_slist_free_all", api.slist_free_all);
  DPCTL_CHECK(library.outcome());
  if (const auto* version = version_info(CURLVERSION_NOW); version->version_num < kOldest) {
    return fail(Code::failed, "libcurl {} is too old", version->version)
        .hint("install libcurl 7.84 or newer");
  }
  if (global_init(CURL_GLOBAL_ALL) != CURLE_OK) return fail(Code::failed, "libcurl cannot be initialised");
  return api;
}

}  // namespace

Result<const CurlApi*> curl_api() {
  static const Result<CurlApi> api = load();
  if (!api) return fail(api.error());
  return &*api;
}

}  // namespace dpctl::net
