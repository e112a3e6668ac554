// SPDX-License-Identifier: MIT
// Many picture files as one tensor: decoded, cropped and resized in parallel, once, and kept in the image cache.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "framework/data/pictures/image_file.h"
#include "storage/error.h"

namespace irmae::data {

/// A picture that `prepare` cannot bring to the wanted size.
class WrongSize : public Error {
 public:
  using Error::Error;
};

/// The one line that is said in place of a list where the sizes of pictures are all that is wrong.
struct SizeAdvice {
  std::string wrong;      ///< "the pictures differ in size"
  std::string example{};  ///< one that is right, before those that are wrong; empty: none
  std::string way_out;
};

struct PictureList {
  std::string set;                             ///< the data set's name, for messages and the cache file's name
  std::filesystem::path folder;                ///< whose canonical path is part of the cache's key, but:
  bool anywhere = false;                       ///< the files' names tell which set they are of, wherever it lies
  std::vector<std::filesystem::path> files;    ///< below `folder`, with it
  std::vector<std::int64_t> shape;             ///< [channels, height, width] of every result
  std::string preparation;                     ///< what `prepare` does, for the cache's key
  std::function<Image(const Image&)> prepare;  ///< crops and resizes to `shape`; throws Error where it cannot
  SizeAdvice sizes{};                          ///< empty: pictures of wrong sizes are listed as all others
};

/// The pictures of each split of a data set, uint8 [files, channels, height, width], mapped from the cache. Throws Error
/// listing the files of all splits that are absent or cannot be decoded, or where sizes alone are wrong with the advice of the
/// first split.
std::vector<torch::Tensor> pictures(const std::vector<PictureList>& splits);

}  // namespace irmae::data
