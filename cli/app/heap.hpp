#pragma once

namespace dpctl::cli {

/// For commands that read charts: tens of megabytes in small pieces, most of them kept until the end. The
/// heap then grows in large steps, of which only what is used becomes memory. Call it before the first chart
/// is read; once is enough.
void expect_large_heap();

}  // namespace dpctl::cli
