// SPDX-License-Identifier: MIT
#include "storage/system/system_failure.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace irmae::storage {

namespace {

/// Empty where another place is no way out.
std::string another_place(int reason) {
  switch (reason) {
    case EACCES:
    case EROFS:
    case EPERM:
      return "choose a folder that you may write to (-o)";
    case ENOTDIR:
    case EEXIST:
      return "a file stands where a folder is needed: choose another place (-o)";
    default:
      return "";
  }
}

}  // namespace

void fail(const char* what, const std::filesystem::path& path, int reason) {
  const std::string failure = fmt::format("{} {}: {}", what, path.string(), std::strerror(reason));
  if (const std::string place = another_place(reason); !place.empty()) throw UnwritablePlace(failure, place);
  const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
  throw Error(failure +
              (full ? "; free some space and start the same command again: what was written before is untouched" : ""));
}

void fail_to_read(const std::filesystem::path& path, int reason) {
  const bool forbidden = reason == EACCES || reason == EPERM;
  throw UnreadableFile(fmt::format("cannot read {}: {}{}", path.string(), std::strerror(reason),
                                   forbidden ? "; ask whoever owns it for the right to (chmod +rX)" : ""));
}

bool means_no_locks(int reason) {
  return reason == ENOLCK || reason == ENOTSUP || reason == EOPNOTSUPP || reason == ENOSYS || reason == EINVAL;
}

}  // namespace irmae::storage
