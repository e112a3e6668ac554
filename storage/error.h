// SPDX-License-Identifier: MIT
// The kinds of failure that reach a user. Each message is one line: what is wrong, where, and the way out.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>

namespace irmae {

/// The kinds by which a program ends.
enum class Failure { work, use, busy };

/// Work that failed: a file, a rank, a number that became NaN. Ends the program with exit status 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  virtual Failure kind() const { return Failure::work; }
};

/// Wrong use: a manifest, a key, an option. Ends the program with exit status 2.
class UsageError : public Error {
 public:
  using Error::Error;
  Failure kind() const override { return Failure::use; }
};

/// What another process has for now. Ends the program with exit status 75: started again later, the same command goes on.
class BusyError : public Error {
 public:
  using Error::Error;
  Failure kind() const override { return Failure::busy; }
};

/// A file that cannot be read, through no fault of its own as far as one can tell: never to be called damaged, nor overwritten.
class MaybeSound : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be read now, as for lack of rights or of open files.
class UnreadableFile : public MaybeSound {
 public:
  using MaybeSound::MaybeSound;
};

/// A place that cannot be written to, whoever tries again. Where the user cannot choose another one as usual (-o), who knows
/// the way out says that instead: storage::with_way_out.
class UnwritablePlace : public Error {
 public:
  UnwritablePlace(const std::string& failure, const std::string& usual_way_out)
      : Error(failure + "; " + usual_way_out), failure_(failure) {}
  const std::string& failure() const { return failure_; }  ///< what is wrong and where, without a way out

 private:
  std::string failure_;
};

/// A file that a newer version of the program wrote: sound, but not to be read by this one.
class NewerFile : public MaybeSound {
 public:
  using MaybeSound::MaybeSound;
};

/// Exit status (sysexits.h's EX_TEMPFAIL): start the same command again to go on.
inline constexpr int kTryAgain = 75;

/// How an exception ends the program; one that is not irmae's is failed work.
inline Failure kind_of(const std::exception& error) {
  const auto* const own = dynamic_cast<const Error*>(&error);
  return own ? own->kind() : Failure::work;
}

/// What an exception says, without the list of stack frames that LibTorch adds to its own.
inline std::string message_of(const std::exception& error) {
  std::string text = error.what();
  for (const char* frames : {"\nException raised from ", "\nframe #"}) text.resize(std::min(text.find(frames), text.size()));
  return text;
}

}  // namespace irmae
