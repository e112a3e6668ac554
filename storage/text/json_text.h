// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace irmae::storage {

/// A JSON string (RFC 8259) of this text, with its quotes; other bytes than quotes, backslashes and control characters stay as
/// they are, so the text has to be UTF-8 already.
std::string json_text(std::string_view text);

}  // namespace irmae::storage
