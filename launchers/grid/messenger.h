// SPDX-License-Identifier: MIT
// How a cell comes along, told to rank 0 by a thread of its own: an answer may take forty milliseconds, since nobody burns a
// core to wait for a question, and a training that waited for it each second would lose four hundredths of its time.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <mutex>

#include "framework/distributed/worker.h"
#include "launchers/grid/messages.h"

namespace irmae::launchers {

class Messenger {
 public:
  using Ask = std::function<message::Answer(const message::Question::What&)>;

  /// `ask` gives rank 0's answer, `halt` is called when that is Halt; both on the thread.
  Messenger(Ask ask, std::function<void()> halt);

  /// In the order of the calls, some time later. Throws what an earlier one could not be told for.
  void tell(message::Question::What what);
  /// Returns when all is told. Throws what something could not be told for.
  void finish();

 private:
  void rethrow();

  Ask ask_;
  std::function<void()> halt_;
  std::mutex mutex_;
  std::exception_ptr failure_;  ///< the first
  std::shared_ptr<distributed::Worker::Job> last_;
  distributed::Worker worker_;  ///< ends first, since it uses the others
};

}  // namespace irmae::launchers
