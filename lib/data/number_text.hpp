#pragma once

#include <string>

namespace dpctl {

/// The shortest decimal text that reads back as the same number, in the form of Go's strconv.FormatFloat(x,
/// 'g', -1, 64): "0.5", "1e-07", "1.2345675e+06", "1e+21"; "+Inf", "-Inf", "NaN". Go's %v prints the same.
std::string format_go_g(double value);
/// The same with bit size 32: the value is rounded to a float first.
std::string format_go_g32(double value);

/// As Go's encoding/json writes a float64: plain digits between 1e-6 and 1e21, else "1e-7", "1e+21". Not for
/// NaN or infinity.
std::string format_go_json(double value);

}  // namespace dpctl
