// SPDX-License-Identifier: MIT
// What almost every file that sees LibTorch needs, compiled once. Narrow, since each file pays anew for the templates that
// these headers use: the modules of layers would add a quarter to that, all of torch/torch.h doubles the build's time.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/types.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>
