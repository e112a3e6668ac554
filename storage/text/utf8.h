// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace irmae::storage {

/// Bytes of the UTF-8 character (RFC 3629) that begins at `text[at]`; 0 where none does: overlong forms, surrogates and what
/// lies beyond Unicode are none.
std::size_t utf8_length(std::string_view text, std::size_t at);

/// Characters of a UTF-8 text; a byte with which none begins counts as one.
std::size_t utf8_characters(std::string_view text);

/// Whether the whole text is UTF-8.
bool is_utf8(std::string_view text);

}  // namespace irmae::storage
