#pragma once

// libgit2, loaded by the first chart that lies in a git repository: it brings TLS and SSH libraries with it.
// Include this in place of git2.h.

#include <git2.h>

#include "lib/base/result.hpp"

namespace dpctl::source {

/// The functions of libgit2 that we call, with its own types; names without git_.
struct GitApi {
  decltype(&::git_blob_free) blob_free = nullptr;
  decltype(&::git_blob_lookup) blob_lookup = nullptr;
  decltype(&::git_blob_rawcontent) blob_rawcontent = nullptr;
  decltype(&::git_blob_rawsize) blob_rawsize = nullptr;
  decltype(&::git_credential_ssh_key_from_agent) credential_ssh_key_from_agent = nullptr;
  decltype(&::git_credential_userpass_plaintext_new) credential_userpass_plaintext_new = nullptr;
  decltype(&::git_error_last) error_last = nullptr;
  decltype(&::git_fetch_options_init) fetch_options_init = nullptr;
  decltype(&::git_libgit2_init) libgit2_init = nullptr;
  decltype(&::git_object_free) object_free = nullptr;
  decltype(&::git_object_lookup) object_lookup = nullptr;
  decltype(&::git_object_peel) object_peel = nullptr;
  decltype(&::git_oid_fromstr) oid_fromstr = nullptr;
  decltype(&::git_oid_tostr) oid_tostr = nullptr;
  decltype(&::git_reference_name_to_id) reference_name_to_id = nullptr;
  decltype(&::git_remote_connect) remote_connect = nullptr;
  decltype(&::git_remote_create_anonymous) remote_create_anonymous = nullptr;
  decltype(&::git_remote_disconnect) remote_disconnect = nullptr;
  decltype(&::git_remote_fetch) remote_fetch = nullptr;
  decltype(&::git_remote_free) remote_free = nullptr;
  decltype(&::git_remote_init_callbacks) remote_init_callbacks = nullptr;
  decltype(&::git_remote_ls) remote_ls = nullptr;
  decltype(&::git_repository_free) repository_free = nullptr;
  decltype(&::git_repository_init) repository_init = nullptr;
  decltype(&::git_tree_entry_byindex) tree_entry_byindex = nullptr;
  decltype(&::git_tree_entry_bypath) tree_entry_bypath = nullptr;
  decltype(&::git_tree_entry_filemode) tree_entry_filemode = nullptr;
  decltype(&::git_tree_entry_free) tree_entry_free = nullptr;
  decltype(&::git_tree_entry_id) tree_entry_id = nullptr;
  decltype(&::git_tree_entry_name) tree_entry_name = nullptr;
  decltype(&::git_tree_entry_type) tree_entry_type = nullptr;
  decltype(&::git_tree_entrycount) tree_entrycount = nullptr;
  decltype(&::git_tree_free) tree_free = nullptr;
  decltype(&::git_tree_lookup) tree_lookup = nullptr;
};

/// Opens libgit2.so.1.5, once for the process. Thread-safe. Code::failed with the name of the package when it
/// is missing.
Result<const GitApi*> git();

}  // namespace dpctl::source
