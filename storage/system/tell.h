// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "storage/text/utf8.h"

namespace irmae::storage {

/// Prints to standard error as fmt::print does, without the control characters that a file's or a user's text may bring to the
/// terminal (printable() in storage/text/utf8.h), and throws nothing where that cannot be written, as on a full disk or when a
/// terminal is gone: there is nowhere left to say so, and work that is going on must not end for it.
template <class... Words>
void tell(fmt::format_string<Words...> format, Words&&... words) {
  std::fputs(printable(fmt::format(format, std::forward<Words>(words)...)).c_str(), stderr);
}

}  // namespace irmae::storage
