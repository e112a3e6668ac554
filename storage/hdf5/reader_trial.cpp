// SPDX-License-Identifier: MIT
// A file without a seal, read by a copy of the process before this one does.
#include <fmt/format.h>

#include <cstdlib>
#include <new>
#include <set>
#include <string_view>

#include "storage/checked_files.h"
#include "storage/error.h"
#include "storage/hdf5/reader.h"
#include "storage/system/files.h"
#include "storage/system/sha256.h"
#include "storage/system/trial.h"

namespace irmae::storage::hdf5 {

namespace {

constexpr std::uint64_t kTriedBytes = std::uint64_t{256} << 20;  ///< of values
constexpr int kTriedDepth = 8;                                   ///< of groups
constexpr std::uint64_t kKnownByContents = std::uint64_t{4} << 20;
constexpr const char* kAbsent = "irmae: absent";  ///< a name that no file has

/// In the copy, whose memory has a bound. plenty: whether that is more than an honest file needs for this; then to run out of
/// it is an end as by a crash, since the original, which has no bound, would fill the machine's memory.
template <class Work>
void allow_refusal(Work work, bool plenty = true) {
  try {
    work();
  } catch (const Error& error) {
    if (plenty && std::string_view(error.what()).find("memory allocation failed") != std::string_view::npos) std::abort();
  } catch (const std::bad_alloc&) {
    if (plenty) std::abort();
  }
}

}  // namespace

Reader::Reader(const Reader& locked, Unlocked) : path_(locked.path_), file_bytes_(locked.file_bytes_) { open(); }

void Reader::survive() const {
  // A command may open a file several times. Small ones are known by what is in them, others as files.
  static std::set<std::string> tried_contents;
  static CheckedFiles tried_files;
  const bool small = file_bytes_ <= kKnownByContents;
  const std::string contents = small ? sha256(read_text(path_)) : "";
  const CheckedFiles::State state = CheckedFiles::state_of(path_);
  if (small ? tried_contents.contains(contents) : tried_files.has(path_, state)) return;
  const auto read = [&] {
    std::uint64_t left = kTriedBytes;
    Reader(*this, Unlocked{}).try_group("/", 0, left);
  };
  switch (end_of_trial(read)) {
    case TrialEnd::came:
      break;
    case TrialEnd::brought_down:
      throw Error(fmt::format("{}: the file is damaged: the HDF5 library does not survive reading it", path_.string()));
    case TrialEnd::out_of_time:
      throw UnreadableFile(fmt::format(
          "{}: reading it on trial took too long, as on a slow file system or in a job that was suspended: start the "
          "same command again",
          path_.string()));
  }
  if (small)
    tried_contents.insert(contents);
  else
    tried_files.add(path_, state);
}

void Reader::try_group(const std::string& group, int depth, std::uint64_t& left) const {
  allow_refusal([&] { has_attribute(group, kAbsent); });
  allow_refusal([&] { attributes(group); });
  allow_refusal([&] { has(group + "/" + kAbsent); });
  allow_refusal([&] { is_group(group); });
  std::vector<std::string> inside;
  allow_refusal([&] { inside = names(group); });
  for (const std::string& name : inside) {
    const std::string object = group == "/" ? "/" + name : group + "/" + name;
    if (depth < kTriedDepth) try_group(object, depth + 1, left);  // a dataset has no names
    allow_refusal([&] { text(object); });
    allow_refusal([&] { is_scale(object); });
    allow_refusal([&] { without_values(object); });
    allow_refusal([&] { other_than_numbers(object); });
    std::uint64_t numbers = 1;
    allow_refusal([&] {
      for (const std::int64_t length : shape(object)) numbers *= static_cast<std::uint64_t>(length);
    });
    const Handle set(H5Dopen2(file_.get(), object.c_str(), H5P_DEFAULT), H5Dclose);
    const std::uint64_t bytes = set ? stored(set) : 0;
    if (bytes > left) continue;
    left -= bytes;
    // What is packed may be much larger in memory, honestly, and HDF5 holds a chunk of it more than once.
    allow_refusal([&] { array(object); }, numbers <= kTriedBytes / sizeof(double));
  }
}

}  // namespace irmae::storage::hdf5
