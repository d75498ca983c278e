#include "lib/source/git_api.hpp"

#include "lib/base/dynamic_library.hpp"

namespace dpctl::source {
namespace {

Result<GitApi> load() {
  DPCTL_TRY(auto library, DynamicLibrary::open("libgit2.so.1.5", "libgit2-1.5"));
  GitApi api;
  library.bind("git_blob_free", api.blob_free);
  library.bind("git_blob_lookup", api.blob_lookup);
  library.bind("git_blob_rawcontent", api.blob_rawcontent);
  library.bind("git_blob_rawsize", api.blob_rawsize);
  library.bind("git_credential_ssh_key_from_agent", api.credential_ssh_key_from_agent);
  library.bind("git_credential_userpass_plaintext_new", api.credential_userpass_plaintext_new);
  library.bind("git_error_last", api.error_last);
  library.bind("git_fetch_options_init", api.fetch_options_init);
  library.bind("git_libgit2_init", api.libgit2_init);
  library.bind("git_object_free", api.object_free);
  library.bind("git_object_lookup", api.object_lookup);
  library.bind("git_object_peel", api.object_peel);
  library.bind("git_oid_fromstr", api.oid_fromstr);
  library.bind("git_oid_tostr", api.oid_tostr);
  library.bind("git_reference_name_to_id", api.reference_name_to_id);
  library.bind("git_remote_connect", api.remote_connect);
  library.bind("git_remote_create_anonymous", api.remote_create_anonymous);
  library.bind("git_remote_disconnect", api.remote_disconnect);
  library.bind("git_remote_fetch", api.remote_fetch);
  library.bind("git_remote_free", api.remote_free);
  library.bind("git_remote_init_callbacks", api.remote_init_callbacks);
  library.bind("git_remote_ls", api.remote_ls);
  library.bind("git_repository_free", api.repository_free);
  library.bind("git_repository_init", api.repository_init);
  library.bind("git_tree_entry_byindex", api.tree_entry_byindex);
  library.bind("git_tree_entry_bypath", api.tree_entry_bypath);
  library.bind("git_tree_entry_filemode", api.tree_entry_filemode);
  library.bind("git_tree_entry_free", api.tree_entry_free);
  library.bind("git_tree_entry_id", api.tree_entry_id);
  library.bind("git_tree_entry_name", api.tree_entry_name);
  library.bind("git_tree_entry_type", api.tree_entry_type);
  library.bind("git_tree_entrycount", api.tree_entrycount);
  library.bind("git_tree_free", api.tree_free);
  library.bind("git_tree_lookup", api.tree_lookup);
  DPCTL_CHECK(library.outcome());
  if (api.libgit2_init() < 0)
    return fail(Code::failed, "cannot start libgit2: {}", api.error_last()->message);
  return api;
}

}  // namespace

Result<const GitApi*> git() {
  static const Result<GitApi> api = load();
  if (!api) return fail(api.error());
  return &*api;
}

}  // namespace dpctl::source
