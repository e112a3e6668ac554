// SPDX-License-Identifier: MIT
// Everything that a manifest may set: what a training is told and what the evaluations add.
#pragma once

#include "analysis/evaluation/evaluation.h"
#include "framework/models/cell_schema.h"

namespace irmae::launchers {

inline manifest::Schema full_schema() {
  manifest::Schema schema = models::cell_schema();
  for (manifest::Key& key : evaluation::keys()) schema.base.push_back(std::move(key));
  return schema;
}

}  // namespace irmae::launchers
