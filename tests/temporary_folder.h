// SPDX-License-Identifier: MIT
// A folder of its own for a test, removed afterwards; and running a command.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace irmae::tests {

class TemporaryFolder {
 public:
  /// In `parent`, or where the machine keeps temporary files.
  explicit TemporaryFolder(const std::filesystem::path& parent = {}) {
    std::string pattern = ((parent.empty() ? temporary() : parent) / "irmae-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::string string() const { return path_.string(); }

 private:
  /// /tmp where TMPDIR has characters that mean something to a shell, in whose commands tests write paths as they are.
  static std::filesystem::path temporary() {
    const std::filesystem::path path = std::filesystem::temp_directory_path();
    const bool plain = std::ranges::all_of(path.string(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             std::string_view("._/-").find(c) != std::string_view::npos;
    });
    return plain ? path : "/tmp";
  }

  std::filesystem::path path_;
};

/// A program of this text, such as a stand-in for another on PATH.
inline void write_program(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

/// Of what waitpid says: as a shell gives it, 128 and the signal that ended the process.
inline int exit_status_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

struct Result {
  int status;
  std::string output;  ///< standard output and error together
};

/// Runs a shell command to its end.
inline Result run(const std::string& command) {
  Result result{-1, {}};
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (!pipe) return result;
  std::array<char, 4096> buffer;
  for (std::size_t count; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    result.output.append(buffer.data(), count);
  result.status = exit_status_of(pclose(pipe));
  return result;
}

}  // namespace irmae::tests
