#pragma once

#include <string>

#include "lib/image/session.hpp"

namespace dpctl::image {

/// What an upload needs to know besides the bytes.
struct UploadOptions {
  std::string repository;
  std::size_t chunk_bytes = 8U << 20U;
  std::string mount_from{};  ///< a repository of the same registry that has the blob; empty: none known
};

enum class UploadOutcome { existed, mounted, uploaded };

/// Brings a blob into the repository (distribution-spec 1.1, "pushing a blob"): nothing when it is there, a
/// mount when another repository has it, else chunks. After a broken connection the server is asked how far
/// it got, and the rest is sent.
Result<UploadOutcome> upload_blob(Session&, const Blob&, const UploadOptions&, Deadline, StopToken);

}  // namespace dpctl::image
