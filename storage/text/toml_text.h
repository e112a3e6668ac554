// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace irmae::storage {

/// A TOML string of this text, with its quotes; other bytes than quotes, backslashes and control characters stay as they are,
/// so for a TOML file the text has to be UTF-8 already. Cells' ids are hashes of such text: it must stay the same.
std::string toml_text(std::string_view text);

}  // namespace irmae::storage
