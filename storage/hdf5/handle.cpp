// SPDX-License-Identifier: MIT
#include "storage/hdf5/handle.h"

#include <algorithm>

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

std::string last_reason() {
  std::string reason;
  const auto keep_first = [](unsigned, const H5E_error2_t* error, void* data) -> herr_t {
    auto& text = *static_cast<std::string*>(data);
    if (text.empty() && error->desc) text = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &reason);
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  return reason.empty() ? "unknown HDF5 error" : reason;
}

void fail(const std::string& what) {
  const std::string reason = last_reason();
  if (reason.starts_with("file read failed")) throw UnreadableFile(what + ": " + reason);
  if (reason.find("unable to lock") != std::string::npos)
    throw UnreadableFile(what + ": " + reason + "; set HDF5_USE_FILE_LOCKING=FALSE on file systems without locks");
  throw Error(what + ": " + reason);
}

}  // namespace irmae::storage::hdf5
