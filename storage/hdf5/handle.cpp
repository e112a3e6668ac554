// SPDX-License-Identifier: MIT
#include "storage/hdf5/handle.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include "storage/error.h"

namespace irmae::storage::hdf5 {

std::recursive_mutex& LibraryLock::library() {
  static std::recursive_mutex mutex;
  return mutex;
}

void silence() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  // A file from elsewhere may not make this program open others that it names.
  if (H5Lis_registered(H5L_TYPE_EXTERNAL) > 0) H5Lunregister(H5L_TYPE_EXTERNAL);
}

Handle access_without_locks() {
  Handle access = checked(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "H5Pcreate");
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  check(H5Pset_file_locking(access.get(), /*use_file_locking=*/false, /*ignore_when_disabled=*/true), "H5Pset_file_locking");
#endif
  return access;
}

std::string last_reason() {
  struct First {
    std::string text;
    std::exception_ptr failure;
  } first;
  const auto keep_first = [](unsigned, const H5E_error2_t* error, void* data) noexcept -> herr_t {
    auto& kept = *static_cast<First*>(data);
    try {
      if (kept.text.empty() && error->desc) kept.text = error->desc;
    } catch (...) {
      kept.failure = std::current_exception();  // thrown below: HDF5 is C, which no exception may pass through
      return -1;
    }
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &first);
  if (first.failure) std::rethrow_exception(first.failure);
  std::string reason = std::move(first.text);
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  return reason.empty() ? "unknown HDF5 error" : reason;
}

void check_was_read(const std::string& what) {
  constexpr std::string_view kFailed = "file read failed", kWords = "error message = '";
  const std::string reason = last_reason();
  if (!reason.starts_with(kFailed)) return;
  // Between addresses and sizes stands what the system said.
  const std::size_t words = reason.find(kWords), begin = words + kWords.size();
  throw UnreadableFile(words == std::string::npos
                           ? what + ": " + reason
                           : fmt::format("{}: {}: {}", what, kFailed, reason.substr(begin, reason.find('\'', begin) - begin)));
}

void fail(const std::string& what) {
  check_was_read(what);
  const std::string reason = last_reason();
  if (reason.find("unable to lock") != std::string::npos)
    throw UnreadableFile(what + ": " + reason + "; set HDF5_USE_FILE_LOCKING=FALSE on file systems without locks");
  throw Error(what + ": " + reason);
}

}  // namespace irmae::storage::hdf5
