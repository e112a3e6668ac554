// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace irmae::storage {

/// Bytes as text (RFC 4648), without line breaks: how a page holds a picture itself.
std::string base64(std::string_view bytes);

}  // namespace irmae::storage
