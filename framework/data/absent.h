// SPDX-License-Identifier: MIT
#pragma once

#include "storage/error.h"

namespace irmae::data {

/// The data set's files are not there: its cells fail, others can be trained.
class Absent : public Error {
 public:
  using Error::Error;
};

}  // namespace irmae::data
