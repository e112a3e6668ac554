// SPDX-License-Identifier: MIT
#include "framework/distributed/mpi_communicator.h"

#define OMPI_SKIP_MPICXX 1  // Open MPI 4's removed C++ bindings break the link
#include <fmt/format.h>
#include <mpi.h>

#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "framework/distributed/shared_memory.h"
#include "framework/distributed/time_limit.h"
#include "framework/distributed/watchdog.h"
#include "framework/distributed/worker.h"
#include "framework/usable_cores.h"
#include "storage/error.h"
#include "storage/system/fault.h"
#include "storage/system/tell.h"

#if defined(__SANITIZE_ADDRESS__)
/// MPI's plugins keep memory until the end and are unloaded before it, so that their leaks cannot be named and left out.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#elif defined(__SANITIZE_THREAD__)
/// The thread sanitizer does not see what libraries that were built without it do to keep their threads apart.
extern "C" const char* __tsan_default_suppressions() {
  return "race:libmpi.so\nrace:libopen-\nrace:/openmpi/\nrace:libc10.so\ndeadlock:/openmpi/\n";
}
#endif

namespace irmae::distributed {

namespace {

using namespace std::chrono_literals;

/// The launcher may be out of reach when ranks are ended: no longer is waited for it.
constexpr auto kAbortLimit = 5s;
/// The ranks come to the end of the program together: what is left to do is nothing but goodbye.
constexpr auto kFinalizeLimit = 60s;
constexpr auto kInitLimit = 600s;

void check(int code, const char* call, const std::string& what) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw Error(fmt::format("{} failed in {}: {}", call, what, std::string(text, static_cast<std::size_t>(length))));
}

MPI_Datatype type_of(const torch::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case torch::kFloat32:
      return MPI_FLOAT;
    case torch::kFloat64:
      return MPI_DOUBLE;
    case torch::kInt64:
      return MPI_INT64_T;
    case torch::kUInt8:
      return MPI_UINT8_T;
    default:
      throw std::logic_error("a tensor of this type cannot be sent through MPI");
  }
}

void check_sendable(const torch::Tensor& tensor) {
  if (!tensor.is_contiguous() || !tensor.device().is_cpu()) throw std::logic_error("MPI takes contiguous host tensors only");
}

/// call(first element, count) for parts of the tensor whose elements an int can count.
template <class Call>
void in_parts(const torch::Tensor& tensor, Call call) {
  constexpr std::int64_t kMost = std::int64_t{1} << 30;
  for (std::int64_t done = 0; done < tensor.numel(); done += kMost)
    call(static_cast<char*>(tensor.data_ptr()) + done * static_cast<std::int64_t>(tensor.element_size()),
         static_cast<int>(std::min(kMost, tensor.numel() - done)));
}

MPI_Comm communicator_of(int first, int count) {
  MPI_Group world, members;
  MPI_Comm_group(MPI_COMM_WORLD, &world);
  int range[1][3] = {{first, first + count - 1, 1}};
  check(MPI_Group_range_incl(world, 1, range, &members), "MPI_Group_range_incl", "forming a team of ranks");
  MPI_Comm communicator;
  check(MPI_Comm_create_group(MPI_COMM_WORLD, members, 0, &communicator), "MPI_Comm_create_group", "forming a team of ranks");
  MPI_Group_free(&members);
  MPI_Group_free(&world);
  return communicator;
}

class MpiCommunicator final : public Communicator {
 public:
  /// Of the world's ranks `first` to `first + count - 1`; collective over them alone.
  MpiCommunicator(int first, int count, std::chrono::seconds limit) : limit_(limit) {
    MPI_Comm_rank(MPI_COMM_WORLD, &world_rank_);
    {
      const Watched watched(world_rank_, "making of a communicator", limit_);
      communicator_ = communicator_of(first, count);
      MPI_Comm_set_errhandler(communicator_, MPI_ERRORS_RETURN);
      MPI_Comm_rank(communicator_, &rank_);
      MPI_Comm_size(communicator_, &size_);
      MPI_Comm local;
      MPI_Comm_split_type(communicator_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &local);
      MPI_Comm_rank(local, &local_rank_);
      MPI_Comm_size(local, &local_size_);
      MPI_Comm_free(&local);
    }
    worker_ = std::make_unique<Worker>();
    shares_ = can_share(torch::kCPU) && share_memory(0) != nullptr;
  }

  ~MpiCommunicator() override {
    const Watched watched(world_rank_, "end of a communicator", limit_);
    worker_.reset();  // its queue is finished before MPI is used from this thread again
    MPI_Comm_free(&communicator_);
  }

  std::string name() const override { return shares_ ? "shared memory" : "mpi"; }

  torch::Tensor make_buffer(std::int64_t elements, const torch::TensorOptions& options) override {
    const torch::ScalarType type = torch::typeMetaToScalarType(options.dtype());
    const bool floating = type == torch::kFloat32 || type == torch::kFloat64;
    if (!can_share(options) || !floating) return Communicator::make_buffer(elements, options);
    const auto shared = share_memory(static_cast<std::size_t>(elements) * torch::elementSize(type));
    if (!shared) {
      shares_ = false;  // this one is too large for what the system gives, on some rank
      return Communicator::make_buffer(elements, options);
    }
    std::erase_if(shared_, [](const std::weak_ptr<SharedMemory>& gone) { return gone.expired(); });
    shared_.push_back(shared);
    return torch::from_blob(
        shared->data(), {elements}, [shared](void*) {}, options);
  }

  std::unique_ptr<Common> make_common(std::int64_t elements, const torch::TensorOptions& options) override {
    if (!can_share(options)) return nullptr;
    const std::size_t bytes =
        static_cast<std::size_t>(elements) * torch::elementSize(torch::typeMetaToScalarType(options.dtype()));
    const auto shared = share_memory(root() ? bytes : 0);
    if (!shared) return nullptr;
    return std::make_unique<MpiCommon>(*this, shared,
                                       torch::from_blob(
                                           shared->data_of(0), {elements}, [shared](void*) {}, options));
  }

  std::shared_ptr<Work> all_reduce(const torch::Tensor& tensor, std::string what) override {
    if (alone_on_device(tensor)) return make_single()->all_reduce(tensor, std::move(what));
    check_sendable(tensor);
    const MPI_Datatype type = type_of(tensor);
    std::shared_ptr<SharedMemory> shared = holder_of(tensor);
    return start(what, [this, tensor, type, shared, what] {
      storage::fault_point("all-reduce");
      storage::fault_point(what);
      if (shared) {
        const std::int64_t count = tensor.numel();
        if (type == MPI_FLOAT)
          shared->sum(tensor.data_ptr<float>(), static_cast<std::size_t>(count));
        else
          shared->sum(tensor.data_ptr<double>(), static_cast<std::size_t>(count));
        return;
      }
      in_parts(tensor, [&](void* place, int count) {
        check(MPI_Allreduce(MPI_IN_PLACE, place, count, type, MPI_SUM, communicator_), "MPI_Allreduce", what);
      });
    });
  }

  void broadcast(const torch::Tensor& tensor, std::string what) override {
    if (alone_on_device(tensor)) return;
    check_sendable(tensor);
    const MPI_Datatype type = type_of(tensor);
    start(what, [this, tensor, type, what] {
      in_parts(tensor,
               [&](void* place, int count) { check(MPI_Bcast(place, count, type, 0, communicator_), "MPI_Bcast", what); });
    })->wait();
  }

  torch::Tensor gather_rows(const torch::Tensor& rows, std::string what) override {
    const torch::Tensor mine = rows.contiguous();
    check_sendable(mine);
    const MPI_Datatype type = type_of(mine);
    torch::Tensor all;
    start(what, [&, this] {
      const std::int64_t my_rows = mine.size(0);
      std::vector<std::int64_t> counts(static_cast<std::size_t>(size_));
      check(MPI_Gather(&my_rows, 1, MPI_INT64_T, counts.data(), 1, MPI_INT64_T, 0, communicator_), "MPI_Gather", what);
      if (rank_ != 0)
        return in_parts(mine, [&](void* place, int count) {
          check(MPI_Send(place, count, type, 0, kRowsTag, communicator_), "MPI_Send", what);
        });
      std::vector<std::int64_t> shape = mine.sizes().vec();
      shape[0] = 0;
      for (const std::int64_t count : counts) shape[0] += count;
      all = torch::empty(shape, mine.options());
      all.narrow(0, 0, my_rows).copy_(mine);
      std::int64_t first = my_rows;
      for (int source = 1; source < size_; ++source) {
        const torch::Tensor part = all.narrow(0, first, counts[static_cast<std::size_t>(source)]);
        in_parts(part, [&](void* place, int count) {
          check(MPI_Recv(place, count, type, source, kRowsTag, communicator_, MPI_STATUS_IGNORE), "MPI_Recv", what);
        });
        first += part.size(0);
      }
    })->wait();
    return all;
  }

 private:
  static constexpr int kRowsTag = 1;

  /// A device's memory is not for MPI, and where one rank has the cell to itself it need not be.
  bool alone_on_device(const torch::Tensor& tensor) const { return size_ == 1 && !tensor.is_cpu(); }

  class MpiWork final : public Work {
   public:
    MpiWork(MpiCommunicator& owner, std::shared_ptr<Worker::Job> job) : owner_(owner), job_(std::move(job)) {}
    void wait() override { owner_.wait(*job_); }

   private:
    MpiCommunicator& owner_;
    std::shared_ptr<Worker::Job> job_;
  };

  class MpiCommon final : public Common {
   public:
    MpiCommon(const MpiCommunicator& owner, std::shared_ptr<SharedMemory> memory, torch::Tensor tensor)
        : owner_(owner), memory_(std::move(memory)), tensor_(std::move(tensor)) {}

    const torch::Tensor& tensor() const override { return tensor_; }
    void meet(const std::string& what) override {
      memory_->arrive();
      if (memory_->met(1ms)) return;
      Watchdog watchdog(owner_.world_rank_, what, owner_.limit_);
      while (!memory_->met(100ms)) watchdog.look();
    }

   private:
    const MpiCommunicator& owner_;
    std::shared_ptr<SharedMemory> memory_;
    torch::Tensor tensor_;
  };

  /// Whether there is anybody to share memory with, and all are on this host.
  bool can_share(const torch::TensorOptions& options) const {
    return size_ > 1 && local_size_ == size_ && options.device().is_cpu();
  }

  /// This rank's buffer of so many bytes, which all ranks have opened. Null where one could not. Collective.
  std::shared_ptr<SharedMemory> share_memory(std::size_t bytes) {
    auto shared = std::make_shared<SharedMemory>(bytes);
    bool all_open = false;
    start("sharing of memory", [&, this] {
      const SharedMemory::Address own = shared->address();
      std::vector<SharedMemory::Address> all(static_cast<std::size_t>(size_));
      constexpr int kNumbers = sizeof own / sizeof own.bytes;
      check(MPI_Allgather(&own, kNumbers, MPI_INT64_T, all.data(), kNumbers, MPI_INT64_T, communicator_), "MPI_Allgather",
            "sharing of memory");
      int open = shared->open(all, rank_) ? 1 : 0;
      check(MPI_Allreduce(MPI_IN_PLACE, &open, 1, MPI_INT, MPI_MIN, communicator_), "MPI_Allreduce", "sharing of memory");
      all_open = open == 1;
    })->wait();
    if (!all_open) return nullptr;
    shared->opened();
    return shared;
  }

  /// The shared memory that the tensor is in, or null.
  std::shared_ptr<SharedMemory> holder_of(const torch::Tensor& tensor) const {
    for (const std::weak_ptr<SharedMemory>& weak : shared_)
      if (auto shared = weak.lock(); shared && shared->holds(tensor.data_ptr(), tensor.nbytes())) return shared;
    return nullptr;
  }

  std::shared_ptr<Work> start(std::string what, Worker::Call call) {
    return std::make_shared<MpiWork>(*this, worker_->start(std::move(what), std::move(call)));
  }

  void wait(Worker::Job& job) {
    Watchdog watchdog(world_rank_, job.what, limit_);
    while (!worker_->wait(job, 100ms)) watchdog.look();
  }

  MPI_Comm communicator_ = MPI_COMM_NULL;
  std::chrono::seconds limit_;
  std::vector<std::weak_ptr<SharedMemory>> shared_;  ///< behind the tensors of make_buffer
  std::unique_ptr<Worker> worker_;
  bool shares_ = false;  ///< its ranks can share memory, and had it for each buffer so far
};

/// As irmae::ranks_per_core, of the ranks of `host`. Collective.
int ranks_per_core_of(MPI_Comm host) {
  const std::vector<bool> mask = affinity_mask();
  auto cores = static_cast<int>(mask.size());
  MPI_Allreduce(MPI_IN_PLACE, &cores, 1, MPI_INT, MPI_MAX, host);
  std::vector<int> ranks_of_core(mask.begin(), mask.end());
  ranks_of_core.resize(static_cast<std::size_t>(cores));
  MPI_Allreduce(MPI_IN_PLACE, ranks_of_core.data(), cores, MPI_INT, MPI_SUM, host);
  return ranks_per_core(ranks_of_core);
}

}  // namespace

MpiSession::MpiSession() {
  // What Open MPI is told where the user has said nothing else. Ranks of one host share its cores with their own
  // communication threads: waiting must not burn them. On a single TCP connection it sends or receives, hardly both at once,
  // which halves the speed of an all-reduce.
  setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
  setenv("OMPI_MCA_btl_tcp_links", "2", 0);
  int provided = MPI_THREAD_SINGLE;
  TimeLimit limit(kInitLimit);
  const PollingThread polling([&limit] {
    if (limit.lasts()) return;
    storage::tell("irmae: MPI did not start within {} s: can all hosts reach each other?\n", kInitLimit.count());
    abort(1);
  });
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided);
  if (provided < MPI_THREAD_SERIALIZED)
    throw Error("this MPI library does not allow calls from a second thread (MPI_THREAD_SERIALIZED): use another build");
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &size_);
  MPI_Comm local;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &local);
  MPI_Comm_size(local, &local_size_);
  ranks_per_core_ = ranks_per_core_of(local);
  MPI_Comm_free(&local);
}

MpiSession::~MpiSession() {
  const auto limit = std::min<std::chrono::seconds>(limit_, kFinalizeLimit);
  Watchdog::stop_is_obeyed();
  const Watched watched(rank_, "end of MPI", limit);
  MPI_Finalize();
}

std::string MpiSession::library() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  const std::string whole(text, static_cast<std::size_t>(length));
  return whole.substr(0, whole.find_first_of(",\n"));
}

std::unique_ptr<Communicator> MpiSession::team(int first, int count, std::chrono::seconds limit) {
  limit_ = limit;
  return std::make_unique<MpiCommunicator>(first, count, limit);
}

void MpiSession::abort(int status) {
  end_process_after(kAbortLimit, status);
  std::fflush(nullptr);
  int initialised = 0, finalised = 0;
  MPI_Initialized(&initialised);
  MPI_Finalized(&finalised);
  if (initialised && !finalised) MPI_Abort(MPI_COMM_WORLD, status);
  std::_Exit(status);
}

bool MpiSession::launched() {
  // A shell that srun has started is one task, whose programs are none of MPI's: the first would take its place in the job, and
  // take the shell with it when it dies.
  const auto is = [](const char* variable) { return std::getenv(variable) != nullptr; };
  const char* const tasks = std::getenv("SLURM_STEP_NUM_TASKS");
  if (tasks && std::string_view(tasks) == "1" && !is("OMPI_COMM_WORLD_SIZE") && !is("MPI_LOCALNRANKS")) return false;
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK", "PMI_RANK", "MPI_LOCALNRANKS"})
    if (std::getenv(variable)) return true;
  return false;
}

}  // namespace irmae::distributed
