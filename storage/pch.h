// SPDX-License-Identifier: MIT
// What almost every file without LibTorch includes, compiled once for all of them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>
