#pragma once

#include <string_view>

#include "lib/base/result.hpp"
#include "lib/chart/render.hpp"

namespace dpctl::chart {

/// Renders so that what is drawn by lot stays as it was: `previous_manifest` (Release::manifest of the last
/// revision) gives the results of random and certificate functions and of the clock, so that a render in
/// which nothing else changed is equal to it, byte for byte. Without a previous manifest this is render().
///
/// The rule. The chart is rendered twice, the second time with the clock moved; a scalar that differs between
/// the two, at the same field of the same object (apiVersion, kind, namespace, name), is drawn by lot. It
/// takes the value that the previous manifest has there, if that is a scalar of the same kind. Two exceptions
/// keep things that belong together together:
/// - Certificates and keys (PEM, plain or in base64) of one chart or subchart are kept all or none: none when
///   one of them has no predecessor, when a certificate has expired, or when it is for other names than the
///   new one.
/// - An annotation that is a digest (32 or more hexadecimal digits) is kept only when the Secrets and
///   ConfigMaps of the same chart, and all its objects that hold drawn values, are what they were; else the
///   new digest stands.
/// Everything that does not differ between the two renders is taken from the first one.
///
/// Limits: an object whose name is drawn by lot, a list whose length is, and hooks and notes are rendered
/// anew. A drawn value that is also printed as part of a longer text is restored with that text, so a change
/// of the text's other part is not seen. A digest of a password outside of annotations is restored like a
/// password.
Result<Rendered> render_stable(const Chart& chart, const Value& values, const RenderOptions& options,
                               std::string_view previous_manifest);

}  // namespace dpctl::chart
