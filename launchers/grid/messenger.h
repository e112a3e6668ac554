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

  /// `ask` asks rank 0 and gives its answer; `halt` is called when the answer is Halt. Both are called on the messenger's own
  /// thread.
  Messenger(Ask ask, std::function<void()> halt);

  /// Tells rank 0, some time later and in the order of the calls. Throws the first error by which an earlier call could not be
  /// told.
  void tell(message::Question::What what);
  /// Waits until everything is told. Throws the first error by which something could not be told.
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
