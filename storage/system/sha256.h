// SPDX-License-Identifier: MIT
// SHA-256 by OpenSSL's libcrypto: cell ids and value hashes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace irmae::storage {

/// Streaming SHA-256.
class Sha256 {
 public:
  Sha256();
  /// Adds these bytes to those hashed so far.
  void update(const void* data, std::size_t bytes);
  /// The hash of all bytes, 64 hex digits. The object may not be used afterwards.
  std::string hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// SHA-256 of a text's bytes, 64 hex digits.
std::string sha256(std::string_view text);

}  // namespace irmae::storage
