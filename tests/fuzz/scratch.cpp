// SPDX-License-Identifier: MIT
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/targets.h"
#include "tests/temporary_folder.h"

namespace irmae::tests::fuzz {

void broken(const std::string& what) {
  std::fprintf(stderr, "fuzz: %s\n", what.c_str());
  std::abort();
}

std::string scratch_file(const std::string& name, Bytes bytes) {
  static const TemporaryFolder folder(std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "");
  const std::filesystem::path path = folder / name;
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path.string();
}

}  // namespace irmae::tests::fuzz
