// SPDX-License-Identifier: MIT
// A Gaussian mixture fitted on a GPU against the one that the host fits. Skipped, with the reason, where there is no GPU.
#include <gtest/gtest.h>

#include "analysis/density/gaussian_mixture.h"
#include "framework/data/dataset.h"
#include "tests/gpu/on_gpu.h"

namespace irmae::density {
namespace {

using GpuMixture = tests::OnGpu;

TEST_F(GpuMixture, IsTheOneThatTheHostFits) {
  const torch::Tensor noise = data::normal_noise(3, data::Stream::density_noise, 0, 3000, 24).to(torch::kFloat64);
  const torch::Tensor centres = torch::arange(3000, torch::kFloat64).remainder(3).mul(4).unsqueeze(1);
  const torch::Tensor samples = noise + centres;
  const GaussianMixture start = clusters(samples, 3, 11, 1e-6);
  const FitOptions options{.iterations = 20, .tolerance = -1};

  const GaussianMixture there = fit(samples.to(torch::kCUDA), start.to(torch::kCUDA), options).to(torch::kCPU);
  const GaussianMixture here = fit(samples, start, options);

  EXPECT_TRUE(torch::allclose(there.weights, here.weights, 1e-8, 1e-8));
  EXPECT_TRUE(torch::allclose(there.means, here.means, 1e-8, 1e-8));
  EXPECT_TRUE(torch::allclose(there.covariances, here.covariances, 1e-8, 1e-8));
}

}  // namespace
}  // namespace irmae::density
