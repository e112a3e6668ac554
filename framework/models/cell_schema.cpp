// SPDX-License-Identifier: MIT
#include "framework/models/cell_schema.h"

#include "framework/data/dataset.h"
#include "framework/manifest/base_keys.h"
#include "framework/models/method.h"
#include "framework/models/network.h"

namespace irmae::models {

manifest::Schema cell_schema() {
  manifest::Schema schema;
  schema.base = manifest::base_keys();
  // In this order: a data set's defaults choose its network, and stand below those of networks and methods.
  for (const data::Kind& kind : data::kinds()) schema.add(kind.choice);
  for (const NetworkKind& network : networks()) schema.add(network.choice);
  for (const MethodKind& method : methods()) schema.add(method.choice);
  return schema;
}

}  // namespace irmae::models
