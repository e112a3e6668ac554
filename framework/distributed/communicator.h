// SPDX-License-Identifier: MIT
// The collectives that training needs, between the ranks that train one cell. Three implementations: one rank alone, MPI
// for host memory, NCCL for device memory. Collectives must be called in the same order on every rank.
//
// How a failure ends, so that no rank waits for ever in a collective that another rank has left:
//
//   what                   who throws it                               who catches it     what ends
//   SharedError            every rank of the communicator, at one      Team::end_of()     the cell; its ranks take the next
//                          point: on_root(), share_failure(), ...      with_all_ranks()   the program; rank 0 says why
//   any other exception    one of several ranks                        end_where_alone()  the program, on every rank
//                          a rank that trains a cell by itself         Team::end_of()     the cell
//   StoppedEarly           every rank, in an evaluation after a stop   run_cell()         the cell, as stopped
//                                                                      measure_all()      the program (irmae evaluate)
//   MemoryIsShort          every rank, before a cell's first step      run_cell()         the cell, as by a SharedError
//   (a full memory)        one rank, on its GPU, by any exception      run_cell()         what any other exception ends
//                          that is_full_memory() knows
//   data::Absent           a rank, before any training                 DataSets           the cells of that data set
//   (a lost device)        end_if_lost() ends the process              nobody             the program
//   (a time limit)         Watchdog and QueueWatchdog do               nobody             the program
//
// The program's exit status is that of the exception's Failure (storage/error.h): 1, 2 or 75. After a stop, on a lost device
// and at a time limit it is 75: the same command goes on from the last checkpoint.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/share.h"
#include "storage/error.h"

namespace irmae::distributed {

/// A failure that every rank of the communicator throws at the same point: the ranks may go on together, and only rank 0
/// needs to say it.
class SharedError : public Error {
 public:
  explicit SharedError(const std::string& what, Failure kind = Failure::work) : Error(what), kind_(kind) {}
  Failure kind() const override { return kind_; }

 private:
  Failure kind_;
};

/// A collective that has been started.
class Work {
 public:
  virtual ~Work() = default;
  /// Returns when the result may be used on this thread (host tensors) or by this thread's current stream (device
  /// tensors). When it does not end within the communicator's time limit the program ends.
  virtual void wait() = 0;
};

/// Memory that every rank sees as the same, where one can write what the others read.
class Common {
 public:
  virtual ~Common() = default;
  virtual const torch::Tensor& tensor() const = 0;
  /// Returns when every rank is here: each then sees what any wrote before. `what` names the meeting in the message of a
  /// time-out. Collective.
  virtual void meet(const std::string& what) = 0;
};

class Communicator {
 public:
  virtual ~Communicator() = default;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool root() const { return rank_ == 0; }
  /// The number of this rank, or of this communicator's rank `rank`, among all ranks of the program, by which a user knows it:
  /// a communicator's ranks are neighbours there.
  int world_rank() const { return world_rank_; }
  int world_rank(int rank) const { return world_rank_ - rank_ + rank; }
  /// This rank's contiguous share of `count` samples.
  Share share(std::int64_t count) const { return share_of(count, rank_, size_); }
  /// Position and number of this cell's ranks on this host.
  int local_rank() const { return local_rank_; }
  int local_size() const { return local_size_; }
  /// Which implementation sums over the ranks, which also fixes the order of summation, for the provenance: "shared memory" (of
  /// one host's ranks), "mpi", "nccl 2.28.9" or "none". Final only after make_buffer, which falls back to another where there
  /// is no shared memory.
  virtual std::string name() const = 0;

  /// A tensor of zeros, [elements], for all_reduce to sum parts of: where the ranks share memory, those are summed faster than
  /// any other tensor. Collective.
  virtual torch::Tensor make_buffer(std::int64_t elements, const torch::TensorOptions& options) {
    return torch::zeros({elements}, options);
  }
  /// Memory of zeros, [elements], that every rank sees as the same, for as long as this communicator lives. Null where the
  /// ranks cannot have it, as on several hosts, or where there is only one. Collective.
  virtual std::unique_ptr<Common> make_common(std::int64_t elements, const torch::TensorOptions& options) { return nullptr; }
  /// Starts summing `tensor` over all ranks, in place. Contiguous float32, float64, int64 or uint8. `what` names the
  /// operation in the message of a time-out ("bucket 2 of step 713").
  virtual std::shared_ptr<Work> all_reduce(const torch::Tensor& tensor, std::string what) = 0;
  /// Copies the tensor of rank 0 to all others.
  virtual void broadcast(const torch::Tensor& tensor, std::string what) = 0;
  /// What the current stream has been given so far must end within the time limit, as a collective must: for recorded
  /// operations, whose collectives nobody starts. Without effect where all work is the host's.
  virtual void watch(std::string what) {}
  /// Rows of all ranks, in the order of ranks, on rank 0; an undefined tensor elsewhere. Ranks may give different numbers
  /// of rows (also none) of one type and width. Host tensors.
  virtual torch::Tensor gather_rows(const torch::Tensor& rows, std::string what) = 0;

  void sum(const torch::Tensor& tensor, std::string what) { all_reduce(tensor, std::move(what))->wait(); }
  /// The same for integers of the host, in place. Each rank gives as many, which may be none; errors are those of tensors.
  void sum(std::span<std::int64_t> numbers, std::string what);
  void broadcast(std::span<std::int64_t> numbers, std::string what);

  /// Runs `work` on rank 0; what it throws there becomes a SharedError on every rank, so that all end together. Its text
  /// begins with the rank and `what` where there are several ranks and it is no wrong use. StoppedEarly and MemoryIsShort are
  /// for all ranks at once: thrown by `work` they are a mistake, and a SharedError that says so.
  void on_root(const std::function<void()>& work, std::string what);
  /// Shares how work ended that each rank did for itself: where it failed on any, every rank throws one SharedError, with the
  /// text and the kind of the first that failed. The text begins with that rank and `what` where it did not fail on all.
  /// `failure`: this rank's, null after success; what is no std::exception is a mistake here, as in on_root(). Collective.
  void share_failure(const std::exception_ptr& failure, const std::string& what);
  /// True on every rank when one rank says so. Collective.
  bool any(bool mine, std::string what);
  /// Number of the first rank whose text differs from rank 0's, -1 when all are equal. Collective.
  int first_different(const std::string& text, std::string what);
  /// The integer of each rank, by the rank's number, on every rank: [size()]. Collective.
  std::vector<std::int64_t> all_gather(std::int64_t mine, std::string what);
  /// The text of each rank, by its number, on every rank. Collective.
  std::vector<std::string> all_gather(const std::string& text, std::string what);

 protected:
  int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 1, world_rank_ = 0;
};

/// A communicator of one rank alone, whose collectives have nothing to do.
std::unique_ptr<Communicator> make_single(int world_rank = 0);

}  // namespace irmae::distributed
