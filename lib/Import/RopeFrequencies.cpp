//===- RopeFrequencies.cpp - Frequencies of the rotary embedding
//------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RopeFrequencies.h"
#include <algorithm>
#include <cmath>

using namespace dsv4c;

static constexpr double pi = 3.14159265358979323846;

static std::vector<float> getFrequencies(double base, int64_t ropeDim) {
  std::vector<float> frequencies;
  for (int64_t i = 0; i < ropeDim / 2; ++i) {
    float exponent = static_cast<float>(2 * i) / static_cast<float>(ropeDim);
    // powf differs between C libraries by an ulp; pow rounded once does not.
    float power = static_cast<float>(
        std::pow(static_cast<double>(static_cast<float>(base)), exponent));
    frequencies.push_back(1.0f / power);
  }
  return frequencies;
}

/// The pair that makes `rotations` turns over the original context.
static double getCorrectionDim(const ModelConfig &config, double rotations) {
  double turns = config.yarn.originalMaxPosition / (2 * pi * rotations);
  return config.ropeDim * std::log(turns) /
         (2 * std::log(config.compressRopeTheta));
}

std::vector<float> dsv4c::getPlainRopeFrequencies(const ModelConfig &config) {
  return getFrequencies(config.ropeTheta, config.ropeDim);
}

std::vector<float>
dsv4c::getCompressedRopeFrequencies(const ModelConfig &config) {
  std::vector<float> frequencies =
      getFrequencies(config.compressRopeTheta, config.ropeDim);
  double low =
      std::max(std::floor(getCorrectionDim(config, config.yarn.betaFast)), 0.0);
  double high =
      std::min(std::ceil(getCorrectionDim(config, config.yarn.betaSlow)),
               static_cast<double>(config.ropeDim - 1));
  if (low == high)
    high += 0.001;
  // The reference computes the ramp in fp32; fp64 moves frequencies by an ulp.
  float span = static_cast<float>(high - low);
  float factor = static_cast<float>(config.yarn.factor);
  for (size_t i = 0; i < frequencies.size(); ++i) {
    float offset = static_cast<float>(i) - static_cast<float>(low);
    float ramp = std::clamp(offset / span, 0.0f, 1.0f);
    float keep = 1.0f - ramp;
    frequencies[i] =
        frequencies[i] / factor * (1.0f - keep) + frequencies[i] * keep;
  }
  return frequencies;
}
