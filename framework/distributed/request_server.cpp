// SPDX-License-Identifier: MIT
#include "framework/distributed/request_server.h"

#define OMPI_SKIP_MPICXX 1  // Open MPI 4's removed C++ bindings break the link
#include <mpi.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "framework/distributed/mpi_communicator.h"
#include "framework/distributed/watchdog.h"
#include "storage/error.h"

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

void wait(MPI_Request request) {
  Doze doze;
  for (int done = 0;;) {
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done) return;
    doze.rest();
  }
}

class Alone final : public RequestServer {
 public:
  explicit Alone(Answer answer) : answer_(std::move(answer)) {}
  std::string ask(const std::string& question) override {
    const std::lock_guard lock(mutex_);
    return answer_(0, question);
  }
  void wait_for_all() override {}

 private:
  Answer answer_;
  std::mutex mutex_;
};

class MpiRequestServer final : public RequestServer {
 public:
  MpiRequestServer(int rank, Answer answer, std::chrono::seconds limit)
      : rank_(rank), answer_(std::move(answer)), limit_(limit) {
    int level = MPI_THREAD_SINGLE;
    MPI_Query_thread(&level);
    if (level < MPI_THREAD_MULTIPLE)
      throw Error(
          "this MPI library was built without support for threads (MPI_THREAD_MULTIPLE), which several teams "
          "need: use another build of it, or train each cell with all ranks (no --ranks-per-cell, no train.ranks)");
    MPI_Comm_dup(MPI_COMM_WORLD, &questions_);
    MPI_Comm_dup(MPI_COMM_WORLD, &ends_);
    if (rank_ == 0) thread_ = std::thread([this] { serve(); });
  }

  ~MpiRequestServer() override {
    closed_ = true;
    if (thread_.joinable()) thread_.join();
    MPI_Comm_free(&questions_);
    MPI_Comm_free(&ends_);
  }

  std::string ask(const std::string& question) override {
    const std::lock_guard lock(mutex_);  // or a thread of this rank would take another's answer
    if (rank_ == 0) return answer_(0, question);
    const Watched watched(rank_, "the answer of rank 0", limit_);
    MPI_Request sent;
    MPI_Isend(question.data(), static_cast<int>(question.size()), MPI_CHAR, 0, kQuestion, questions_, &sent);
    std::string answer = receive(0, kAnswer);
    wait(sent);
    return answer;
  }

  void wait_for_all() override {
    MPI_Request request;
    MPI_Ibarrier(ends_, &request);
    wait(request);
  }

 private:
  static constexpr int kQuestion = 1, kAnswer = 2;

  std::string receive(int source, int tag) {
    Doze doze;
    MPI_Message message;
    MPI_Status status;
    for (int found = 0;;) {
      MPI_Improbe(source, tag, questions_, &found, &message, &status);
      if (found) break;
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
      MPI_Improbe(MPI_ANY_SOURCE, kQuestion, questions_, &found, &message, &status);
      if (!found) {
        doze.rest();
        continue;
      }
      doze.renew();
      const std::string question = take(message, status);
      std::string answer;
      {
        const std::lock_guard lock(mutex_);
        answer = answer_(status.MPI_SOURCE, question);
      }
      MPI_Send(answer.data(), static_cast<int>(answer.size()), MPI_CHAR, status.MPI_SOURCE, kAnswer, questions_);
    }
  }

  int rank_;
  Answer answer_;
  std::chrono::seconds limit_;
  MPI_Comm questions_ = MPI_COMM_NULL, ends_ = MPI_COMM_NULL;
  std::mutex mutex_;
  std::atomic<bool> closed_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<RequestServer> open_request_server(MpiSession* session, RequestServer::Answer answer,
                                                   std::chrono::seconds limit) {
  if (!session || session->size() == 1) return std::make_unique<Alone>(std::move(answer));
  return std::make_unique<MpiRequestServer>(session->rank(), std::move(answer), limit);
}

}  // namespace irmae::distributed
