// SPDX-License-Identifier: MIT
#include "framework/distributed/request_server.h"

#define OMPI_SKIP_MPICXX 1  // Open MPI 4's removed C++ bindings break the link
#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "framework/distributed/mpi_communicator.h"
#include "framework/distributed/phase.h"
#include "framework/distributed/watchdog.h"
#include "storage/error.h"
#include "storage/system/fault.h"
#include "storage/system/tell.h"

namespace irmae::distributed {

namespace {

using namespace std::chrono_literals;

/// MPI's own waiting burns a core: between two looks this thread sleeps, longer the longer nothing came.
class Doze {
 public:
  void rest() {
    std::this_thread::sleep_for(pause_);
    pause_ = std::min(pause_ * 2, 20'000us);
  }
  void renew() { pause_ = 200us; }

 private:
  std::chrono::microseconds pause_ = 200us;
};

void wait(MPI_Request request, const std::function<void()>& look = {}) {
  Doze doze;
  for (int done = 0;;) {
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done) return;
    if (look) look();
    doze.rest();
  }
}

/// Lets go of a send that nobody may receive any more. Not every MPI library can cancel one, and then MPI may read the text at
/// any time until its own end: a list of the process's keeps it for so long.
void abandon(MPI_Request request, std::list<std::string>& text) {
  static std::mutex mutex;
  static std::list<std::string> abandoned;
  int done = 0;
  MPI_Test(&request, &done, MPI_STATUS_IGNORE);
  if (done) return;
  const std::lock_guard lock(mutex);
  abandoned.splice(abandoned.end(), text);
  MPI_Cancel(&request);
  MPI_Request_free(&request);
}

class Alone final : public RequestServer {
 public:
  explicit Alone(Answer answer) : answer_(std::move(answer)) {}
  std::string ask(const std::string& question) override {
    const std::lock_guard lock(mutex_);
    return answer_(0, question);
  }
  void wait_for_all(const std::function<void()>& /*look*/) override {}

 private:
  Answer answer_;
  std::mutex mutex_;
};

/// Rank 0's knowledge of the others. Ends all when one is silent for too long.
class Presence {
 public:
  Presence(int ranks, std::chrono::seconds limit) : limit_(limit) {
    for (int rank = 0; rank < ranks; ++rank) others_.push_back({"start", TimeLimit(limit), rank == 0});
  }

  void heard(int rank) { others_[static_cast<std::size_t>(rank)].left = TimeLimit(limit_); }
  void heard(int rank, std::string phase) {
    heard(rank);
    others_[static_cast<std::size_t>(rank)].phase = std::move(phase);
  }
  void gone(int rank) { others_[static_cast<std::size_t>(rank)].gone = true; }
  bool all_gone() const { return std::ranges::all_of(others_, &Other::gone); }

  void look() {
    const auto time = std::chrono::steady_clock::now();
    if (time - looked_ < 100ms) return;
    looked_ = time;
    for (std::size_t rank = 0; rank < others_.size(); ++rank) {
      Other& other = others_[rank];
      if (other.gone || other.left.lasts()) continue;
      storage::tell(
          "irmae: rank {}: nothing was heard of it for {} s, at last in {}: it hangs or its host is gone; start the same command "
          "again: it goes on from the last checkpoints (limit: train.timeout_seconds)\n",
          rank, limit_.count(), other.phase);
      MpiSession::abort(kTryAgain);
    }
  }

 private:
  struct Other {
    std::string phase;
    TimeLimit left;
    bool gone;
  };

  std::chrono::seconds limit_;
  std::chrono::steady_clock::time_point looked_ = std::chrono::steady_clock::now();
  std::vector<Other> others_;
};

class MpiRequestServer final : public RequestServer {
 public:
  MpiRequestServer(int rank, int ranks, Answer answer, std::chrono::seconds limit)
      : rank_(rank), answer_(std::move(answer)), limit_(limit), presence_(ranks, limit) {
    int level = MPI_THREAD_SINGLE;
    MPI_Query_thread(&level);
    if (level < MPI_THREAD_MULTIPLE)
      throw Error(
          "this MPI library was built without support for threads (MPI_THREAD_MULTIPLE), which several teams "
          "need: use another build of it, or train each cell with all ranks (no --ranks-per-cell, no train.ranks)");
    storage::fault_point("opening of the request server");
    {
      const Watched watched(rank_, "opening of the request server", limit_);
      MPI_Comm_dup(MPI_COMM_WORLD, &questions_);
      MPI_Comm_dup(MPI_COMM_WORLD, &ends_);
    }
    if (rank_ == 0)
      thread_ = std::thread([this] { serve(); });
    else
      beat_.emplace([this] { say_present(); });
  }

  ~MpiRequestServer() override {
    closed_ = true;
    beat_.reset();
    if (thread_.joinable()) thread_.join();
    MPI_Comm_free(&questions_);
    MPI_Comm_free(&ends_);
  }

  std::string ask(const std::string& question) override {
    if (rank_ != 0) return send(question, kQuestion);
    const std::lock_guard lock(mutex_);
    return answer_(0, question);
  }

  void wait_for_all(const std::function<void()>& look) override {
    MPI_Request request;
    MPI_Ibarrier(ends_, &request);
    wait(request, look);
    // Whoever is still waiting there may hang as well: rank 0 stays until each has said goodbye.
    beat_.reset();
    if (rank_ != 0) {
      send("", kGoodbye);
      return;
    }
    for (Doze doze; !all_gone_; doze.rest())
      if (look) look();
  }

 private:
  static constexpr int kQuestion = 1, kAnswer = 2, kPresent = 3, kGoodbye = 4;

  /// From another rank to rank 0, and back. Empty where the server is closed before there is an answer.
  std::string send(std::string question, int tag) {
    const std::lock_guard lock(mutex_);  // or a thread of this rank would take another's answer
    const Watched watched(rank_, "the answer of rank 0", limit_);
    std::list<std::string> text;  // of one: it can be left behind without a copy
    text.push_back(std::move(question));
    MPI_Request sent;
    MPI_Isend(text.front().data(), static_cast<int>(text.front().size()), MPI_CHAR, 0, tag, questions_, &sent);
    std::optional<std::string> answer = receive(0, kAnswer);
    if (!answer) {
      abandon(sent, text);
      return "";
    }
    wait(sent);
    return *std::move(answer);
  }

  /// Ten times a second, of which few are used.
  void say_present() {
    const auto time = std::chrono::steady_clock::now();
    if (time < next_) return;
    next_ = time + std::clamp<std::chrono::milliseconds>(limit_ / 8, 100ms, 5s);
    send(current_phase(), kPresent);
  }

  /// Nothing where the server is closed before a message comes: all end, and rank 0 answers no more.
  std::optional<std::string> receive(int source, int tag) {
    Doze doze;
    MPI_Message message;
    MPI_Status status;
    for (int found = 0;;) {
      MPI_Improbe(source, tag, questions_, &found, &message, &status);
      if (found) break;
      if (closed_) return {};
      doze.rest();
    }
    return take(message, status);
  }

  static std::string take(MPI_Message& message, const MPI_Status& status) {
    int length = 0;
    MPI_Get_count(&status, MPI_CHAR, &length);
    std::string text(static_cast<std::size_t>(length), '\0');
    MPI_Mrecv(text.data(), length, MPI_CHAR, &message, MPI_STATUS_IGNORE);
    return text;
  }

  void serve() {
    Doze doze;
    while (!closed_) {
      int found = 0;
      MPI_Message message;
      MPI_Status status;
      presence_.look();
      MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, questions_, &found, &message, &status);
      if (!found) {
        doze.rest();
        continue;
      }
      const std::string text = take(message, status);
      std::string answer;
      if (status.MPI_TAG == kPresent) {
        presence_.heard(status.MPI_SOURCE, text);
      } else if (status.MPI_TAG == kGoodbye) {
        presence_.gone(status.MPI_SOURCE);
        all_gone_ = presence_.all_gone();
      } else {
        doze.renew();
        presence_.heard(status.MPI_SOURCE);
        const std::lock_guard lock(mutex_);
        answer = answer_(status.MPI_SOURCE, text);
      }
      MPI_Send(answer.data(), static_cast<int>(answer.size()), MPI_CHAR, status.MPI_SOURCE, kAnswer, questions_);
    }
  }

  int rank_;
  Answer answer_;
  std::chrono::seconds limit_;
  Presence presence_;
  std::chrono::steady_clock::time_point next_{};  ///< say_present's
  MPI_Comm questions_ = MPI_COMM_NULL, ends_ = MPI_COMM_NULL;
  std::mutex mutex_;
  std::atomic<bool> closed_ = false, all_gone_ = false;
  std::thread thread_;                 ///< rank 0's
  std::optional<PollingThread> beat_;  ///< the others'
};

}  // namespace

std::unique_ptr<RequestServer> open_request_server(MpiSession* session, RequestServer::Answer answer,
                                                   std::chrono::seconds limit) {
  if (!session || session->size() == 1) return std::make_unique<Alone>(std::move(answer));
  return std::make_unique<MpiRequestServer>(session->rank(), session->size(), std::move(answer), limit);
}

}  // namespace irmae::distributed
