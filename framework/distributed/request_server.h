// SPDX-License-Identifier: MIT
// Questions that any rank may ask rank 0 of the program at any time: a counter that teams of ranks share, and the place
// where their progress comes together. A thread of rank 0 answers, so that nobody waits for its training.
//
// Every rank also says again and again that it is there, and what it does: one that trains a cell alone has nobody else who
// would miss it when its process or its host stops.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace irmae::distributed {

class MpiSession;

class RequestServer {
 public:
  /// Answers a question of the world's rank `from`. Called for one question at a time. Must not throw.
  using Answer = std::function<std::string(int from, const std::string& question)>;

  virtual ~RequestServer() = default;
  /// Asks rank 0 and returns its answer, after some milliseconds. May be called from any thread.
  virtual std::string ask(const std::string& question) = 0;
  /// Returns when every rank has called it; asleep until then, so that ranks without work leave the cores to the others. While
  /// it waits it calls `look` again and again, some milliseconds apart, which may ask.
  virtual void wait_for_all(const std::function<void()>& look = {}) = 0;
};

/// Opens the server, on whose rank 0 `answer` is called. An answer that takes longer than `limit`, and a rank that nothing is
/// heard of for so long, end the program with a message. Without a session: rank 0 asks itself, and nobody else asks. Throws
/// Error when this MPI library cannot be called from several threads at once (MPI_THREAD_MULTIPLE) and there are several ranks.
/// Collective over all ranks.
std::unique_ptr<RequestServer> open_request_server(MpiSession* session, RequestServer::Answer answer,
                                                   std::chrono::seconds limit);

}  // namespace irmae::distributed
