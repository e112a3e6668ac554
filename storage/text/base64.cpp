// SPDX-License-Identifier: MIT
#include "storage/text/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace irmae::storage {

std::string base64(std::string_view bytes) {
  constexpr std::size_t kPart = 3 << 20;  // OpenSSL counts in int; a multiple of 3 makes no padding in the middle
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // it writes a zero behind the text
  std::size_t end = 0;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kPart, bytes.size())))
    end += static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + end),
                                                    reinterpret_cast<const unsigned char*>(bytes.data()),
                                                    static_cast<int>(std::min(kPart, bytes.size()))));
  out.resize(end);
  return out;
}

}  // namespace irmae::storage
