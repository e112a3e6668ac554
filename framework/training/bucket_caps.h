// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "framework/distributed/reducer/bucket_plan.h"
#include "framework/manifest/cell.h"

namespace irmae::training {

/// The cell's caps in bytes, train.first_bucket_mib and train.bucket_mib: what is predicted must be cut as what is trained.
inline distributed::BucketCaps bucket_caps(const manifest::Cell& cell) {
  const auto bytes = [&](const char* path) { return static_cast<std::int64_t>(cell.real(path) * 1024 * 1024); };
  return {bytes("train.first_bucket_mib"), bytes("train.bucket_mib")};
}

}  // namespace irmae::training
