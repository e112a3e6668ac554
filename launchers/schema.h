// SPDX-License-Identifier: MIT
// Everything that a manifest may set: what training declares and what the evaluations add.
#pragma once

#include "analysis/evaluation/evaluation.h"
#include "framework/training/schema.h"

namespace irmae::launchers {

inline manifest::Schema full_schema() {
  manifest::Schema schema = training::schema();
  for (manifest::Key& key : evaluation::keys()) schema.base.push_back(std::move(key));
  return schema;
}

}  // namespace irmae::launchers
