// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace irmae::storage {

/// Bytes of the UTF-8 character (RFC 3629) that begins at `text[at]`; 0 where none does: overlong forms, surrogates and what
/// lies beyond Unicode are none.
std::size_t utf8_length(std::string_view text, std::size_t at);

/// Whether this byte of a UTF-8 text is not the first of its character.
constexpr bool is_within_utf8(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// A text as it may be printed on a terminal and stand in JSON, whoever wrote it: a control character, which a terminal would
/// obey, becomes a space, but for line breaks, and a byte with which no UTF-8 character begins '?'.
std::string printable(std::string_view text);
/// The same of a text that stands in one line: its line breaks become spaces, too.
std::string printable_in_line(std::string_view text);

/// Characters of a UTF-8 text; a byte with which none begins counts as one.
std::size_t utf8_characters(std::string_view text);

/// Whether the whole text is UTF-8.
bool is_utf8(std::string_view text);

}  // namespace irmae::storage
