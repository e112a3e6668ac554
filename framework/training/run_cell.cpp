// SPDX-License-Identifier: MIT
#include "framework/training/run_cell.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>

#include "framework/counted.h"
#include "framework/data/bytes.h"
#include "framework/distributed/phase.h"
#include "framework/distributed/stop_request.h"
#include "framework/in_batches.h"
#include "framework/tensors.h"
#include "framework/training/device_memory.h"
#include "framework/training/heartbeat.h"
#include "framework/training/trainer.h"
#include "storage/error.h"
#include "storage/fault.h"
#include "storage/files.h"
#include "storage/folder_lock.h"
#include "storage/run_file.h"
#include "storage/seal.h"

namespace irmae::training {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

/// The files of one cell's folder; used on rank 0 only.
class Folder {
 public:
  explicit Folder(const fs::path& path) : path_(path) {
    storage::make_folder(path);
    lock_.emplace(path);
    storage::remove_leftovers(path);
    log_.open(path / "log.txt", std::ios::app);
  }

  fs::path run() const { return path_ / "run.h5"; }
  fs::path metrics() const { return path_ / "metrics.h5"; }

  void log(const std::string& line) { log_ << line << std::endl; }

  /// From here on the folder tells that its cell is trained, until `state` ends.
  void tell_state(const manifest::Cell& cell, std::int64_t train_size, int ranks) {
    const Heartbeat::Work work{cell.integer("train.epochs"), train_size, cell.integer("train.batch")};
    heartbeat_.emplace(path_, work, ranks);
  }
  Heartbeat& state() { return *heartbeat_; }

  void failed(const std::string& error) {
    try {
      lock_->check();
    } catch (const Error&) {
      return;  // it was taken over: log.txt is the new owner's
    }
    log("failed: " + error);
    if (heartbeat_) heartbeat_->ends("failed", error);
  }

  const std::string& lock_note() const { return lock_->note(); }

  /// The newest checkpoint that can be read. A damaged one is named and put aside, and the one before it is taken.
  std::optional<storage::CheckpointRecord> newest_checkpoint(Progress& progress) {
    std::optional<storage::CheckpointRecord> found;
    for (const fs::path& path : {checkpoint(), previous_checkpoint()}) {
      if (found || !fs::exists(path)) continue;
      try {
        found = storage::read_checkpoint(path);
        // It is the newest now: the next one that is written must not push it out before it is whole.
        if (path != checkpoint()) fs::rename(path, checkpoint());
      } catch (const NewerFile&) {
        throw;  // the user's to decide about, never to be overwritten
      } catch (const UnreadableFile&) {
        throw;  // maybe sound
      } catch (const Error& error) {
        progress.say(fmt::format("warning: {}; the checkpoint before it is tried", error.what()));
        log(error.what());
        std::error_code ignored;
        fs::rename(path, aside(path), ignored);
      }
    }
    return found;
  }

  void write_checkpoint(const storage::CheckpointRecord& record) {
    lock_->check();
    // The old one stays until the new one is whole: two names, each replaced in one step.
    if (fs::exists(checkpoint())) {
      const fs::path second = path_ / ".checkpoint.previous.tmp.h5";
      std::error_code error;
      fs::remove(second, error);
      fs::create_hard_link(checkpoint(), second, error);
      if (error) fs::copy_file(checkpoint(), second, error);  // a file system without hard links
      if (!error) fs::rename(second, previous_checkpoint(), error);
      fs::remove(second, error);  // a run that ended right here left one file of two names, and renaming then does nothing
    }
    storage::write_checkpoint(checkpoint(), record);
  }

  void remove_checkpoints() {
    std::error_code ignored;
    for (const fs::path& path : {checkpoint(), previous_checkpoint()}) {
      fs::remove(path, ignored);
      fs::remove(aside(path), ignored);
    }
  }

 private:
  fs::path checkpoint() const { return path_ / "checkpoint.h5"; }
  fs::path previous_checkpoint() const { return path_ / "checkpoint.previous.h5"; }
  /// Where a damaged one is put: each has a place of its own, so that the older does not push out the newer.
  static fs::path aside(const fs::path& checkpoint) { return checkpoint.string() + ".damaged"; }

  fs::path path_;
  std::optional<storage::FolderLock> lock_;
  std::optional<Heartbeat> heartbeat_;  // after the lock: it ends first
  std::ofstream log_;
};

/// Says that LibTorch's kernels run the layers, whatever was chosen for the device.
void note_libtorch(Notes& notes) {
  for (auto& [name, value] : notes)
    if (name == "kernels" && !storage::text_of(value).starts_with("libtorch"))
      value = std::string("libtorch, as this method or precision needs");
}

/// What a trained model needs to take, give and show the data set's own numbers. Empty where those are its samples.
std::vector<storage::Evaluation> stored(const data::Scaling& scaling) {
  storage::Evaluation all{.name = "scaling"};
  if (scaling.offset.defined()) {
    std::vector<std::string> dimensions = {"channel", "y", "x"};
    if (scaling.offset.dim() == 1) dimensions = {"value"};
    all.arrays = {{to_array("offset", scaling.offset), dimensions, "sample = (number - offset) / factor"}};
    all.notes = {{"factor", scaling.factor}};
  }
  if (scaling.shown) {
    all.notes.emplace_back("black", scaling.shown->black);
    all.notes.emplace_back("white", scaling.shown->white);
  }
  if (all.notes.empty()) return {};
  return {std::move(all)};
}

/// The end of a run, written by rank 0. Collective.
storage::RunRecord finished_run(const CellJob& job, const Notes& notes, Trainer& trainer,
                                distributed::Communicator& communicator) {
  distributed::enter_phase("evaluation");
  storage::fault_point("evaluation");
  const torch::NoGradGuard no_grad;
  const data::Dataset& dataset = job.dataset;
  storage::RunRecord run;
  run.validation = trainer.latents("validation", dataset.validation_size());
  run.train = trainer.latents("train", job.cell.integer("evaluate.train_latents"));
  if (job.evaluate) run.evaluations = job.evaluate(trainer, dataset, communicator, run.train, run.validation);
  if (!communicator.root()) return run;
  const data::Scaling scaling = dataset.scaling();
  for (storage::Evaluation& facts : stored(scaling)) run.evaluations.push_back(std::move(facts));
  run.identity = job.cell.identity();
  run.provenance = notes;
  run.provenance.emplace_back("parameters", trainer.parameters());
  run.history = trainer.history();
  const storage::EpochRecord& last = run.history.back();
  run.spectrum = last.covariance_spectrum;
  run.product_spectrum = last.product_spectrum;
  run.matrix_spectra = last.matrix_spectra;
  for (const auto& parameter : trainer.model().named_parameters())
    run.weights.push_back(to_array(parameter.key(), parameter.value()));
  const std::int64_t count = std::min(job.cell.integer("evaluate.images"), dataset.validation_size());
  if (count > 0 && dataset.shape().size() == 3) {
    std::vector<torch::Tensor> originals, reconstructions;
    for (std::int64_t done = 0; done < count; done += kBatchRows) {
      const torch::Tensor images = dataset.validation(data::consecutive(done, std::min(kBatchRows, count - done))).images;
      const torch::Tensor codes = trainer.method().codes(trainer.model(), trainer.to_device(images));
      originals.push_back(data::to_bytes(images, scaling));
      reconstructions.push_back(data::to_bytes(trainer.model().decode(codes), scaling));
    }
    run.originals = to_array("originals", torch::cat(originals));
    run.reconstructions = to_array("reconstructions", torch::cat(reconstructions));
  }
  return run;
}

std::string epoch_line(const storage::EpochRecord& record) {
  return fmt::format("epoch {}  train {:.6g}  validation {:.6g}  reconstruction {:.6g}  {:.0f} samples/s", record.epoch,
                     record.train_loss, record.validation_loss, record.validation_reconstruction, record.samples_per_second);
}

}  // namespace

bool is_complete(const manifest::Cell& cell, const fs::path& folder) {
  const fs::path path = folder / "run.h5";
  if (!storage::is_there(path)) return false;
  std::string id;
  try {
    id = storage::RunFile(path).id();
  } catch (const NewerFile&) {
    throw;  // sound
  } catch (const UnreadableFile&) {
    throw;  // maybe sound
  } catch (const Error& error) {
    throw Error(fmt::format("{}; move it away to train this cell again", error.what()));
  }
  if (id != cell.id())
    throw Error(
        fmt::format("{} belongs to cell {:.8}, not {:.8}: move it away or choose another -o", path.string(), id, cell.id()));
  return true;
}

std::vector<bool> complete_among(std::span<const manifest::Cell> cells, const fs::path& folder) {
  std::vector<fs::path> files;
  for (const manifest::Cell& cell : cells) files.push_back(folder / cell.folder() / "run.h5");
  storage::check_seals_ahead(files);
  std::vector<bool> complete;
  for (const manifest::Cell& cell : cells) {
    try {
      complete.push_back(is_complete(cell, folder / cell.folder()));
    } catch (const Error&) {
      complete.push_back(false);  // who trains it is told
    }
  }
  return complete;
}

namespace {

/// Trains the cell. `folder` is opened on rank 0 where there is something to do.
Outcome train(const CellJob& job, distributed::Communicator& communicator, std::optional<Folder>& folder) {
  const auto start = Clock::now();
  const double cpu_start = cpu_seconds();
  distributed::enter_phase("set-up");
  std::optional<storage::CheckpointRecord> found;
  Notes notes = job.provenance;
  bool complete = false;
  communicator.on_root(
      [&] {
        complete = is_complete(job.cell, job.folder);
        if (complete) return;
        folder.emplace(job.folder);
        complete = is_complete(job.cell, job.folder);  // another process may have finished it while we waited
        if (complete) return;
        folder->tell_state(job.cell, job.dataset.train_size(), communicator.size());
        const Notes data = data_provenance(job.dataset);
        notes.insert(notes.end(), data.begin(), data.end());
        found = folder->newest_checkpoint(job.progress);
        if (found) check_same_data(found->notes, notes, "move its checkpoint away to start anew");
      },
      "opening of the cell's folder");
  if (communicator.any(complete, "agreement whether the cell is complete")) return Outcome::complete_before;

  storage::fault_point("set-up");
  Trainer trainer(job.cell, job.dataset, communicator, job.place);
  if (communicator.any(found.has_value(), "agreement on the checkpoint")) trainer.restore(found ? &*found : nullptr);
  if (!trainer.chosen_kernels()) note_libtorch(notes);
  const std::string differs = found ? what_differs(found->notes, notes) : "";
  const double wall_before = found ? found->wall_seconds : 0, cpu_before = found ? found->cpu_seconds : 0;
  const std::int64_t sessions = (found ? found->sessions : 0) + 1;
  const std::int64_t finished_steps = found ? found->step : 0;
  found.reset();
  if (folder) {
    folder->state().starts(trainer.epoch(), finished_steps);
    if (!folder->lock_note().empty()) {
      folder->log(folder->lock_note());
      job.progress.say(fmt::format("{}: {}, goes on from epoch {}, step {}", job.cell.folder(), folder->lock_note(),
                                   trainer.epoch(), finished_steps));
    }
    if (!differs.empty()) {
      const std::string line = "goes on; its bits may differ from those of an undisturbed run: " + differs;
      folder->log(line);
      job.progress.say(fmt::format("{}: {}", job.cell.folder(), line));
    }
    const std::int64_t batch = job.cell.integer("train.batch"), train_size = job.dataset.train_size();
    job.progress.starts(train_size, trainer.epoch(), finished_steps, (train_size + batch - 1) / batch);
    const storage::Scalar* device = storage::find_value(notes, "device");
    folder->log(fmt::format("start {} of {}: {} on {}, from epoch {}, step {}, data set {}: {}", sessions, job.cell.folder(),
                            counted(communicator.size(), "rank"), device ? storage::text_of(*device) : "cpu", trainer.epoch(),
                            finished_steps, job.cell.text("data.name"), job.dataset.description()));
  }

  const auto cpu_of_all_ranks = [&] {
    torch::Tensor cpu = torch::full({1}, cpu_seconds() - cpu_start, torch::kFloat64);
    communicator.sum(cpu, "sum of the processor times");
    return cpu_before + cpu.item<double>();
  };
  const auto wall = [&] { return wall_before + std::chrono::duration<double>(Clock::now() - start).count(); };

  const auto save = [&] {
    distributed::enter_phase("writing of the checkpoint");
    storage::CheckpointRecord record = trainer.checkpoint();
    record.cpu_seconds = cpu_of_all_ranks();
    communicator.on_root(
        [&] {
          record.wall_seconds = wall();
          record.sessions = sessions;
          record.notes = notes;
          folder->write_checkpoint(record);
        },
        "writing of the checkpoint");
  };
  Observer observer;
  observer.step_done = [&](std::int64_t step, std::int64_t steps, double loss) {
    folder->state().step_done(step);
    job.progress.step_done(step, steps, loss);
  };
  observer.epoch_done = [&](const storage::EpochRecord& record) {
    distributed::enter_phase("writing of the metrics");
    communicator.on_root(
        [&] {
          storage::write_metrics(folder->metrics(), job.cell.identity(), trainer.history());
          folder->state().epoch_done(record.epoch);
          folder->log(epoch_line(record));
          folder->log(fmt::format("time of rank 0's steps: {}", trainer.step_times().text()));
          job.progress.epoch_done(record);
        },
        "writing of the metrics");
  };
  observer.checkpoint = save;
  observer.note = [&](const std::string& text) {
    if (folder) folder->log(text);
  };

  const auto stopped = [&](const std::string& how) {
    if (folder) {
      folder->log(how + ", checkpoint written");
      folder->state().ends("stopped");
      job.progress.ends(how + ", checkpoint written");
    }
    return Outcome::stopped;
  };
  if (trainer.run(observer) == Trainer::End::stopped) return stopped(trainer.stopped());
  save();  // the evaluations may take long: what was trained is not trained again
  const auto reason = [&] {
    const bool signal = communicator.any(distributed::stop_signalled(), "agreement on why to stop");
    return signal ? "by a signal" : "with the other cells";
  };
  if (communicator.any(distributed::stop_requested(), "agreement whether to evaluate"))
    return stopped(fmt::format("stopped {} before the evaluation", reason()));
  storage::RunRecord run;
  try {
    run = finished_run(job, notes, trainer, communicator);
  } catch (const distributed::StoppedEarly&) {
    return stopped(fmt::format("stopped {} in the evaluation", reason()));
  } catch (const c10::OutOfMemoryError&) {
    throw Error(
        fmt::format("cell {}: the GPU's memory is too small for the evaluations; the model is trained, and the same "
                    "command measures it again: with --cells-per-gpu 1 a cell has the GPU alone",
                    job.cell.name));
  }
  const double cpu = cpu_of_all_ranks();
  distributed::enter_phase("writing of the run file");
  communicator.on_root(
      [&] {
        run.provenance.emplace_back("wall_seconds", wall());
        run.provenance.emplace_back("cpu_seconds", cpu);
        run.provenance.emplace_back("sessions", sessions);
        // Again, as nobody may have written them since they were damaged.
        storage::write_metrics(folder->metrics(), run.identity, run.history);
        storage::write_run(folder->run(), run);
        folder->remove_checkpoints();
        folder->state().ends("complete");
        folder->log(fmt::format("complete after {}", duration(wall())));
        job.progress.ends(
            fmt::format("complete in {}, validation loss {:.5f}", duration(wall()), run.history.back().validation_loss));
      },
      "writing of the run file");
  distributed::enter_phase("end of the cell");
  return Outcome::trained;
}

}  // namespace

void note_failure(const manifest::Cell& cell, const fs::path& path, const std::string& error) {
  Folder folder(path);
  folder.tell_state(cell, 0, 1);
  folder.failed(error);
}

void note_failed_rank(const fs::path& path, const std::string& place, const std::string& error) {
  const std::string text = place + ": " + error;
  std::ofstream(path / "log.txt", std::ios::app) << "failed: " + text + "\n";
  try {
    storage::CellState state = storage::read_state(path).value_or(storage::CellState{});
    state.state = "failed";
    state.error = text;
    storage::write_state(path, state);
  } catch (const std::exception&) {
    return;  // the error itself is the one to be told
  }
}

Outcome run_cell(const CellJob& job, distributed::Communicator& communicator) {
  std::optional<Folder> folder;  // and its lock, until the last word is written
  try {
    try {
      return train(job, communicator, folder);
    } catch (const c10::OutOfMemoryError&) {
      throw Error(does_not_fit(job.cell, job.dataset, job.place, communicator.size()));
    } catch (const MemoryIsShort&) {
      throw distributed::SharedError(does_not_fit(job.cell, job.dataset, job.place, communicator.size()));
    }
  } catch (const std::exception& error) {
    if (folder) folder->failed(message_of(error));
    throw;
  }
}

}  // namespace irmae::training
