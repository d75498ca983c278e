#pragma once

// libcurl, loaded on first use.
//
// libcurl brings 30 shared libraries with it (LDAP, Kerberos, SSH, RTMP, …); loading them costs 5 to 7 ms,
// more than all of `dpctl version` may take. So no program of ours links it: it is opened by the first
// request. Include this in place of curl.h.

#include <curl/curl.h>

#include "lib/base/result.hpp"

namespace dpctl::net {

/// The functions of libcurl that we call, with libcurl's own types.
struct CurlApi {
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_pause) easy_pause = nullptr;
  decltype(&::curl_easy_send) easy_send = nullptr;
  decltype(&::curl_easy_recv) easy_recv = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_multi_init) multi_init = nullptr;
  decltype(&::curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&::curl_multi_setopt) multi_setopt = nullptr;
  decltype(&::curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&::curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&::curl_multi_perform) multi_perform = nullptr;
  decltype(&::curl_multi_info_read) multi_info_read = nullptr;
  decltype(&::curl_multi_poll) multi_poll = nullptr;
  decltype(&::curl_multi_wakeup) multi_wakeup = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
};

/// Opens libcurl.so.4 and initialises it, once for the process; it stays open. Thread-safe. Code::failed with
/// the name of the package when it is missing or older than 7.84 (the first whose global initialisation is
/// thread-safe).
Result<const CurlApi*> curl_api();

}  // namespace dpctl::net
