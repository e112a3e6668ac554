// SPDX-License-Identifier: MIT
#include "storage/text/toml_text.h"

#include "storage/text/json_text.h"

namespace irmae::storage {

std::string toml_text(std::string_view text) {
  // TOML has JSON's strings, except that DEL is a control character, too.
  std::string quoted;
  for (const char c : json_text(text)) {
    if (c == '\x7f')
      quoted += "\\u007f";
    else
      quoted += c;
  }
  return quoted;
}

}  // namespace irmae::storage
