#include "lib/source/rnp_api.hpp"

#include <cstdlib>

#include "lib/base/dynamic_library.hpp"

namespace dpctl::source {
namespace {

Result<RnpApi> load() {
  DPCTL_TRY(auto library, DynamicLibrary::open("librnp.so.0", "librnp0"));
  // It writes its own words to standard error unless this is 0, which it looks up with its first message;
  // there is no function for it.
  ::setenv("RNP_LOG_CONSOLE", "0", 0);
  RnpApi api;
  library.bind("rnp_buffer_destroy", api.buffer_destroy);
  library.bind("rnp_detect_key_format", api.detect_key_format);
  library.bind("rnp_ffi_create", api.ffi_create);
  library.bind("rnp_ffi_destroy", api.ffi_destroy);
  library.bind("rnp_identifier_iterator_create", api.identifier_iterator_create);
  library.bind("rnp_identifier_iterator_destroy", api.identifier_iterator_destroy);
  library.bind("rnp_identifier_iterator_next", api.identifier_iterator_next);
  library.bind("rnp_input_destroy", api.input_destroy);
  library.bind("rnp_input_from_memory", api.input_from_memory);
  library.bind("rnp_key_get_primary_fprint", api.key_get_primary_fprint);
  library.bind("rnp_key_get_fprint", api.key_get_fprint);
  library.bind("rnp_key_get_uid_at", api.key_get_uid_at);
  library.bind("rnp_key_get_uid_count", api.key_get_uid_count);
  library.bind("rnp_key_handle_destroy", api.key_handle_destroy);
  library.bind("rnp_key_have_secret", api.key_have_secret);
  library.bind("rnp_key_is_primary", api.key_is_primary);
  library.bind("rnp_key_is_protected", api.key_is_protected);
  library.bind("rnp_key_unlock", api.key_unlock);
  library.bind("rnp_load_keys", api.load_keys);
  library.bind("rnp_locate_key", api.locate_key);
  library.bind("rnp_op_sign_add_signature", api.op_sign_add_signature);
  library.bind("rnp_op_sign_cleartext_create", api.op_sign_cleartext_create);
  library.bind("rnp_op_sign_destroy", api.op_sign_destroy);
  library.bind("rnp_op_sign_execute", api.op_sign_execute);
  library.bind("rnp_op_sign_set_hash", api.op_sign_set_hash);
  library.bind("rnp_op_verify_create", api.op_verify_create);
  library.bind("rnp_op_verify_destroy", api.op_verify_destroy);
  library.bind("rnp_op_verify_execute", api.op_verify_execute);
  library.bind("rnp_op_verify_get_signature_at", api.op_verify_get_signature_at);
  library.bind("rnp_op_verify_get_signature_count", api.op_verify_get_signature_count);
  library.bind("rnp_op_verify_signature_get_key", api.op_verify_signature_get_key);
  library.bind("rnp_op_verify_signature_get_status", api.op_verify_signature_get_status);
  library.bind("rnp_output_destroy", api.output_destroy);
  library.bind("rnp_output_memory_get_buf", api.output_memory_get_buf);
  library.bind("rnp_output_to_memory", api.output_to_memory);
  library.bind("rnp_result_to_string", api.result_to_string);
  DPCTL_CHECK(library.outcome());
  return api;
}

}  // namespace

Result<const RnpApi*> rnp() {
  static const Result<RnpApi> api = load();
  if (!api) return fail(api.error());
  return &*api;
}

}  // namespace dpctl::source
