// SPDX-License-Identifier: MIT
// The kernels of one arithmetic, and their names.
// In the order of framework/kernels/CMakeLists.txt.
// clang-format off
#include "framework/kernels/device/arithmetic.cuh"
#include "framework/kernels/device/jobs.cuh"
#include "framework/kernels/device/tile.cuh"
#include "framework/kernels/device/cursors.cuh"
#include "framework/kernels/device/multiply.cuh"
#include "framework/kernels/device/strided.cuh"
#include "framework/kernels/device/dense.cuh"
#include "framework/kernels/device/bias.cuh"
#include "framework/kernels/device/pointwise.cuh"
#include "framework/kernels/device/step.cuh"
#include "framework/kernels/device/adam.cuh"
// clang-format on

#define IRMAE_NAME(KERNEL) \
  { #KERNEL, kernel(KERNEL) }
#define IRMAE_TILES(KERNEL) IRMAE_NAME(KERNEL##_slim), IRMAE_NAME(KERNEL##_small), IRMAE_NAME(KERNEL##_large)

inline std::map<std::string, Kernel> all_kernels() {
  return {IRMAE_TILES(down),
          IRMAE_TILES(down_few),
          IRMAE_TILES(up),
          IRMAE_TILES(gradient_fine),
          IRMAE_TILES(gradient_fine_few),
          IRMAE_TILES(gradient_coarse),
          IRMAE_TILES(gradient_coarse_few),
          IRMAE_NAME(down_huge),
          IRMAE_NAME(up_huge),
          IRMAE_NAME(up_few),
          IRMAE_NAME(gradients),
          IRMAE_NAME(bias_float32),
          IRMAE_NAME(bias_bfloat16),
          IRMAE_NAME(bias_gradient_float32),
          IRMAE_NAME(bias_gradient_bfloat16),
          IRMAE_NAME(pointwise_1),
          IRMAE_NAME(pointwise_2),
          IRMAE_NAME(pointwise_3),
          IRMAE_NAME(pointwise_4),
          IRMAE_NAME(pointwise_gradients_1),
          IRMAE_NAME(pointwise_gradients_2),
          IRMAE_NAME(pointwise_gradients_3),
          IRMAE_NAME(pointwise_gradients_4),
          IRMAE_NAME(take_rows),
          IRMAE_NAME(keep_losses),
          IRMAE_NAME(squared_error),
          IRMAE_NAME(squared_error_gradient),
          IRMAE_NAME(dense_nt),
          IRMAE_NAME(dense_nn),
          IRMAE_NAME(dense_tn),
          IRMAE_NAME(adam)};
}

#undef IRMAE_TILES
#undef IRMAE_NAME
