// SPDX-License-Identifier: MIT
#include "framework/training/runs/run_cell.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "framework/counted.h"
#include "framework/device_failure.h"
#include "framework/distributed/phase.h"
#include "framework/distributed/stop_request.h"
#include "framework/duration.h"
#include "framework/training/device_memory.h"
#include "framework/training/lost_device.h"
#include "framework/training/runs/cell_folder.h"
#include "framework/training/runs/complete_cells.h"
#include "framework/training/runs/finished_run.h"
#include "framework/training/steps_of_epoch.h"
#include "framework/training/trainer.h"
#include "storage/cell_state.h"
#include "storage/error.h"
#include "storage/run_file.h"
#include "storage/system/fault.h"

namespace irmae::training {

namespace {

using Clock = std::chrono::steady_clock;

/// Says that LibTorch's kernels run the layers, whatever was chosen for the device.
void note_libtorch(Notes& notes) {
  for (auto& [name, value] : notes)
    if (name == "kernels" && !storage::text_of(value).starts_with("libtorch"))
      value = std::string("libtorch, as this method or precision needs");
}

/// Says what sums the gradients, now that they have their buffer.
void note_all_reduce(Notes& notes, const distributed::Communicator& communicator) {
  for (auto& [name, value] : notes)
    if (name == "all_reduce") value = communicator.name();
}

std::string epoch_line(const storage::EpochRecord& record) {
  return fmt::format("epoch {}  train {:.6g}  validation {:.6g}  reconstruction {:.6g}  {:.0f} samples/s", record.epoch,
                     record.train_loss, record.validation_loss, record.validation_reconstruction, record.samples_per_second);
}

/// One session of a cell: from its checkpoint, or from the beginning, to its end or to a stop. Unless a method says otherwise
/// it is collective: each rank comes to the same collectives in the same order, whatever it has itself to do between them.
class CellRun {
 public:
  /// `folder` is opened on rank 0 where there is something to do. It outlives this: what a device has too little memory for is
  /// found out once the trainer's is free again, and is the folder's last word.
  CellRun(const CellJob& job, distributed::Communicator& communicator, std::optional<CellFolder>& folder)
      : job_(job), communicator_(communicator), folder_(folder), notes_(job.provenance) {}

  Outcome run();

 private:
  /// False where the cell is complete.
  bool open();
  void resume();
  Outcome train_and_evaluate();
  /// Rank 0 alone. `step`: finished ones of the epoch that goes on; `differs`: see what_differs.
  void tell_start(std::int64_t step, const std::string& differs);
  Observer observer();
  void save_metrics(const storage::EpochRecord& record);
  void save();
  /// No collective.
  Outcome stopped(const std::string& how);
  /// By whom, after the training's end.
  std::string stopped_by();
  storage::RunRecord evaluate();
  void finish(storage::RunRecord run);

  /// Seconds of all sessions.
  double cpu_of_all_ranks();
  /// The same; no collective.
  double wall() const;

  const CellJob& job_;
  distributed::Communicator& communicator_;
  std::optional<CellFolder>& folder_;
  const Clock::time_point start_ = Clock::now();
  const double cpu_start_ = cpu_seconds();

  Notes notes_;                                     ///< on rank 0 with those of the data
  std::optional<storage::CheckpointRecord> found_;  ///< on rank 0, until the trainer has it
  double wall_before_ = 0, cpu_before_ = 0;         ///< of the sessions before
  std::int64_t sessions_ = 1;
  std::optional<Trainer> trainer_;
};

Outcome CellRun::run() {
  // While the trainer is there: to give back what lies on a lost device ends the process, too, without a word.
  return end_where_lost(job_.place.device, communicator_.world_rank(), [&] {
    if (!open()) return Outcome::complete_before;
    resume();
    return train_and_evaluate();
  });
}

Outcome CellRun::train_and_evaluate() {
  if (trainer_->run(observer()) == Trainer::End::stopped) return stopped(trainer_->stopped());
  save();  // the evaluations may take long: what was trained is not trained again
  if (communicator_.any(distributed::stop_requested(), "agreement whether to evaluate"))
    return stopped(fmt::format("stopped {} before the evaluation", stopped_by()));
  storage::RunRecord run;
  try {
    run = evaluate();
  } catch (const distributed::StoppedEarly&) {
    return stopped(fmt::format("stopped {} in the evaluation", stopped_by()));
  }
  finish(std::move(run));
  return Outcome::trained;
}

bool CellRun::open() {
  distributed::enter_phase("set-up");
  bool complete = false;
  communicator_.on_root(
      [&] {
        complete = is_complete(job_.cell, job_.folder);
        if (complete) return;
        folder_.emplace(job_.folder);
        complete = is_complete(job_.cell, job_.folder);  // another process may have finished it while we waited
        if (complete) return;
        folder_->tell_state(job_.cell, job_.dataset.size(data::Split::train), communicator_.size());
        const Notes data = data_provenance(job_.dataset);
        notes_.insert(notes_.end(), data.begin(), data.end());
      },
      "opening of the cell's folder");
  return !communicator_.any(complete, "agreement whether the cell is complete");
}

void CellRun::resume() {
  storage::fault_point("set-up");
  trainer_.emplace(job_.cell, job_.dataset, communicator_, job_.place);
  communicator_.on_root(
      [&] {
        found_ = folder_->newest_checkpoint(job_.progress, [&](const storage::CheckpointRecord& record) {
          // First: of other data the model may have another size, and the checkpoint is sound.
          check_same_data(record.notes, notes_, "move its checkpoint away to start anew");
          return trainer_->why_damaged(record);
        });
      },
      "reading of the checkpoint");
  if (communicator_.any(found_.has_value(), "agreement on the checkpoint")) trainer_->restore(found_ ? &*found_ : nullptr);
  if (!trainer_->model().chosen_kernels()) note_libtorch(notes_);
  note_all_reduce(notes_, communicator_);
  std::int64_t step = 0;
  std::string differs;
  if (found_) {
    differs = what_differs(found_->notes, notes_);
    wall_before_ = found_->wall_seconds;
    cpu_before_ = found_->cpu_seconds;
    sessions_ += found_->sessions;
    step = found_->step;
    found_.reset();
  }
  if (folder_) tell_start(step, differs);
}

void CellRun::tell_start(std::int64_t step, const std::string& differs) {
  const std::int64_t epoch = trainer_->epoch();
  folder_->state().starts(epoch, step);
  if (const std::string& note = folder_->lock_note(); !note.empty()) {
    folder_->log(note);
    job_.progress.say(fmt::format("{}: {}, goes on from epoch {}, step {}", job_.cell.folder(), note, epoch, step));
  }
  if (!differs.empty()) {
    const std::string line = "goes on; its bits may differ from those of an undisturbed run: " + differs;
    folder_->log(line);
    job_.progress.say(fmt::format("{}: {}", job_.cell.folder(), line));
  }
  if (!job_.warning.empty()) folder_->log("warning: " + job_.warning);
  const std::int64_t train_size = job_.dataset.size(data::Split::train);
  job_.progress.starts(train_size, epoch, step, steps_of_epoch(job_.cell, train_size));
  const storage::Scalar* device = storage::find_value(notes_, "device");
  folder_->log(fmt::format("start {} of {}: {} on {}, from epoch {}, step {}, data set {}: {}", sessions_, job_.cell.folder(),
                           counted(communicator_.size(), "rank"), device ? storage::text_of(*device) : "cpu", epoch, step,
                           job_.cell.text("data.name"), job_.dataset.facts().description));
}

Observer CellRun::observer() {
  Observer observer;
  observer.step_done = [this](std::int64_t step, std::int64_t steps, double loss) {
    folder_->state().step_done(step);
    job_.progress.step_done(step, steps, loss);
  };
  observer.epoch_done = [this](const storage::EpochRecord& record) { save_metrics(record); };
  observer.checkpoint = [this] { save(); };
  observer.note = [this](const std::string& text) {
    if (folder_) folder_->log(text);
  };
  return observer;
}

void CellRun::save_metrics(const storage::EpochRecord& record) {
  distributed::enter_phase("writing of the metrics");
  communicator_.on_root(
      [&] {
        storage::write_metrics(folder_->metrics(), job_.cell.identity(), notes_, trainer_->history());
        folder_->state().epoch_done(record.epoch);
        folder_->log(epoch_line(record));
        folder_->log(fmt::format("time of rank 0's steps: {}", trainer_->step_times().text()));
        job_.progress.epoch_done(record);
      },
      "writing of the metrics");
}

void CellRun::save() {
  distributed::enter_phase("writing of the checkpoint");
  storage::CheckpointRecord record = trainer_->checkpoint();
  record.cpu_seconds = cpu_of_all_ranks();
  communicator_.on_root(
      [&] {
        record.wall_seconds = wall();
        record.sessions = sessions_;
        record.notes = notes_;
        folder_->write_checkpoint(record);
      },
      "writing of the checkpoint");
}

Outcome CellRun::stopped(const std::string& how) {
  if (folder_) {
    folder_->log(how + ", checkpoint written");
    folder_->state().ends(storage::CellPhase::stopped);
    job_.progress.ends(how + ", checkpoint written");
  }
  return Outcome::stopped;
}

std::string CellRun::stopped_by() {
  const bool signal = communicator_.any(distributed::stop_signalled(), "agreement on why to stop");
  return signal ? "by a signal" : "with the other cells";
}

storage::RunRecord CellRun::evaluate() {
  distributed::enter_phase("evaluation");
  try {
    storage::fault_point("evaluation");
    return finished_run(job_, notes_, trainer_->model(), trainer_->history(), communicator_);
  } catch (const std::exception& error) {
    if (!is_full_memory(error)) throw;
    // Before what was thrown gives way to a message of its own: of a lost device, it says what failed.
    end_if_lost(job_.place.device, error, communicator_.world_rank());
    throw Error(
        fmt::format("cell {}: the GPU's memory is too small for the evaluations; the model is trained, and the same "
                    "command measures it again: with --cells-per-gpu 1 a cell has the GPU alone",
                    job_.cell.name));
  }
}

void CellRun::finish(storage::RunRecord run) {
  const double cpu = cpu_of_all_ranks();
  distributed::enter_phase("writing of the run file");
  communicator_.on_root(
      [&] {
        run.provenance.emplace_back("wall_seconds", wall());
        run.provenance.emplace_back("cpu_seconds", cpu);
        run.provenance.emplace_back("sessions", sessions_);
        // Again, as nobody may have written them since they were damaged.
        storage::write_metrics(folder_->metrics(), run.identity, run.provenance, run.history);
        storage::write_run(folder_->run(), run);
        folder_->remove_checkpoints();
        folder_->state().completes(wall());
        folder_->log(fmt::format("complete after {}", duration(wall())));
        job_.progress.ends(
            fmt::format("complete in {}, validation loss {:.5f}", duration(wall()), run.history.back().validation_loss));
      },
      "writing of the run file");
  distributed::enter_phase("end of the cell");
}

double CellRun::cpu_of_all_ranks() {
  torch::Tensor cpu = torch::full({1}, cpu_seconds() - cpu_start_, torch::kFloat64);
  communicator_.sum(cpu, "sum of the processor times");
  return cpu_before_ + cpu.item<double>();
}

double CellRun::wall() const { return wall_before_ + std::chrono::duration<double>(Clock::now() - start_).count(); }

/// At the end, gives the device back what LibTorch keeps of a cell's memory. In a process it would by itself give that to who
/// needs it, but not to other processes, nor while another lane of this one records: then a cell with room enough would fail.
/// It costs the other lanes milliseconds, once for each cell: it waits for what they have given to the device, and takes what
/// LibTorch keeps of theirs as well, for which they ask the device anew. Not where several ranks train the cell: where one of
/// them failed, its device may wait for the others'; and each has its device to itself.
class GivesBack {
 public:
  GivesBack(const Place& place, const distributed::Communicator& ranks) : place_(place), alone_(ranks.size() == 1) {}
  GivesBack(const GivesBack&) = delete;
  ~GivesBack() {
    try {
      if (alone_ && place_.give_back) place_.give_back();
    } catch (const std::exception&) {
      // the next one to ask the device for something hears of it
    }
  }

 private:
  const Place& place_;
  bool alone_;
};

}  // namespace

Outcome run_cell(const CellJob& job, distributed::Communicator& communicator) {
  const GivesBack at_the_end(job.place, communicator);
  std::optional<CellFolder> folder;  // and its lock, until the last word is written
  try {
    try {
      return CellRun(job, communicator, folder).run();
    } catch (const std::exception& error) {
      if (!is_full_memory(error)) throw;
      throw Error(does_not_fit(job.cell, job.dataset, job.place, communicator));
    } catch (const MemoryIsShort&) {
      throw distributed::SharedError(does_not_fit(job.cell, job.dataset, job.place, communicator));
    }
  } catch (const std::exception& error) {
    if (folder) folder->failed(message_of(error));
    throw;
  }
}

}  // namespace irmae::training
