#pragma once

// librnp, loaded by the first signature that is made or checked: it brings Botan and json-c with it. Include
// this in place of rnp/rnp.h.

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include "lib/base/result.hpp"

namespace dpctl::source {

/// The functions of librnp that we call, with its own types; names without rnp_.
struct RnpApi {
  decltype(&::rnp_buffer_destroy) buffer_destroy = nullptr;
  decltype(&::rnp_detect_key_format) detect_key_format = nullptr;
  decltype(&::rnp_ffi_create) ffi_create = nullptr;
  decltype(&::rnp_ffi_destroy) ffi_destroy = nullptr;
  decltype(&::rnp_identifier_iterator_create) identifier_iterator_create = nullptr;
  decltype(&::rnp_identifier_iterator_destroy) identifier_iterator_destroy = nullptr;
  decltype(&::rnp_identifier_iterator_next) identifier_iterator_next = nullptr;
  decltype(&::rnp_input_destroy) input_destroy = nullptr;
  decltype(&::rnp_input_from_memory) input_from_memory = nullptr;
  decltype(&::rnp_key_get_primary_fprint) key_get_primary_fprint = nullptr;
  decltype(&::rnp_key_get_fprint) key_get_fprint = nullptr;
  decltype(&::rnp_key_get_uid_at) key_get_uid_at = nullptr;
  decltype(&::rnp_key_get_uid_count) key_get_uid_count = nullptr;
  decltype(&::rnp_key_handle_destroy) key_handle_destroy = nullptr;
  decltype(&::rnp_key_have_secret) key_have_secret = nullptr;
  decltype(&::rnp_key_is_primary) key_is_primary = nullptr;
  decltype(&::rnp_key_is_protected) key_is_protected = nullptr;
  decltype(&::rnp_key_unlock) key_unlock = nullptr;
  decltype(&::rnp_load_keys) load_keys = nullptr;
  decltype(&::rnp_locate_key) locate_key = nullptr;
  decltype(&::rnp_op_sign_add_signature) op_sign_add_signature = nullptr;
  decltype(&::rnp_op_sign_cleartext_create) op_sign_cleartext_create = nullptr;
  decltype(&::rnp_op_sign_destroy) op_sign_destroy = nullptr;
  decltype(&::rnp_op_sign_execute) op_sign_execute = nullptr;
  decltype(&::rnp_op_sign_set_hash) op_sign_set_hash = nullptr;
  decltype(&::rnp_op_verify_create) op_verify_create = nullptr;
  decltype(&::rnp_op_verify_destroy) op_verify_destroy = nullptr;
  decltype(&::rnp_op_verify_execute) op_verify_execute = nullptr;
  decltype(&::rnp_op_verify_get_signature_at) op_verify_get_signature_at = nullptr;
  decltype(&::rnp_op_verify_get_signature_count) op_verify_get_signature_count = nullptr;
  decltype(&::rnp_op_verify_signature_get_key) op_verify_signature_get_key = nullptr;
  decltype(&::rnp_op_verify_signature_get_status) op_verify_signature_get_status = nullptr;
  decltype(&::rnp_output_destroy) output_destroy = nullptr;
  decltype(&::rnp_output_memory_get_buf) output_memory_get_buf = nullptr;
  decltype(&::rnp_output_to_memory) output_to_memory = nullptr;
  decltype(&::rnp_result_to_string) result_to_string = nullptr;
};

/// Opens librnp.so.0, once for the process. Thread-safe. Code::failed with the name of the package when it is
/// missing.
Result<const RnpApi*> rnp();

}  // namespace dpctl::source
