// SPDX-License-Identifier: MIT
// checkpoint.h5: the state of an unfinished run.
#include <fmt/format.h>

#include "storage/error.h"
#include "storage/run_file.h"
#include "storage/run_layout.h"

namespace irmae::storage {

namespace {

template <class T>
T number(const hdf5::Reader& file, const std::string& name) {
  const Scalar value = file.attribute("/state", name);
  if (const auto* found = std::get_if<T>(&value)) return *found;
  throw Error(fmt::format("{}: /state@{} has another type than expected: the file is damaged", file.path().string(), name));
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const CheckpointRecord& checkpoint) {
  hdf5::Writer file;
  write_header(file, "checkpoint", checkpoint.identity);
  file.group("/notes").attributes(checkpoint.notes);
  write_history(file, checkpoint.history);
  // Before the large arrays: attributes have no check sums of their own, and of a large file the seal is of its ends.
  hdf5::Group state = file.group("/state");
  state.attribute("world_size", checkpoint.world_size);
  state.attribute("epoch", checkpoint.epoch);
  state.attribute("step", checkpoint.step);
  state.attribute("updates", checkpoint.updates);
  state.attribute("bucket_plan", checkpoint.bucket_plan);
  state.attribute("epoch_seconds", checkpoint.epoch_seconds);
  state.attribute("wall_seconds", checkpoint.wall_seconds);
  state.attribute("cpu_seconds", checkpoint.cpu_seconds);
  state.attribute("sessions", checkpoint.sessions);
  const auto sums = static_cast<std::int64_t>(checkpoint.epoch_sums.size());
  state.dimension("sum", sums);
  state.dataset({"epoch_sums", {sums}, checkpoint.epoch_sums}, {"sum"}, "partial sums of the epoch, row after row of ranks",
                "1");
  write_arrays(file, "/tensors", checkpoint.tensors, "trainer state", hdf5::Layout::checked);
  // Last of all: a file without it is not taken.
  file.root().attribute("complete", true);
  file.commit(path);
}

CheckpointRecord read_checkpoint(const std::filesystem::path& path) {
  const hdf5::Reader file(path);
  check_header(file, {"checkpoint"});
  if (file.attribute("/", "complete") != Scalar(true)) throw Error(path.string() + ": the checkpoint is not complete");
  CheckpointRecord checkpoint;
  checkpoint.identity = read_identity(file);
  checkpoint.world_size = number<std::int64_t>(file, "world_size");
  checkpoint.epoch = number<std::int64_t>(file, "epoch");
  checkpoint.step = number<std::int64_t>(file, "step");
  checkpoint.updates = number<std::int64_t>(file, "updates");
  checkpoint.bucket_plan = number<std::string>(file, "bucket_plan");
  checkpoint.epoch_seconds = number<double>(file, "epoch_seconds");
  checkpoint.wall_seconds = number<double>(file, "wall_seconds");
  checkpoint.cpu_seconds = number<double>(file, "cpu_seconds");
  checkpoint.sessions = number<std::int64_t>(file, "sessions");
  if (checkpoint.sessions < 0) throw Error(path.string() + ": /state@sessions is negative: the file is damaged");
  checkpoint.epoch_sums = read_doubles(file, "/state/epoch_sums");
  checkpoint.notes = file.attributes("/notes");
  checkpoint.history = read_history(file, Spectra::all);
  checkpoint.tensors = read_arrays(file, "/tensors");
  return checkpoint;
}

}  // namespace irmae::storage
