//===- ApiFunction.cpp - Attributes and occupancy of kernels --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"
#include "Launch.h"
#include "Properties.h"
#include "dsv4emu/Occupancy.h"

using namespace hipstandin;

static constexpr int kLdsBytes = 65536;
static constexpr uint32_t kWave = 64;

static hipFuncAttributes attributesOf(const dsv4emu::Kernel &kernel) {
  hipFuncAttributes a{};
  a.binaryVersion = a.ptxVersion = 94;
  a.localSizeBytes = kernel.scratchBytes;
  a.maxDynamicSharedSizeBytes = kLdsBytes - static_cast<int>(kernel.ldsBytes);
  a.maxThreadsPerBlock = static_cast<int>(kernel.maxWorkgroupSize);
  a.numRegs = static_cast<int>(kernel.vgprs);
  a.sharedSizeBytes = kernel.ldsBytes;
  return a;
}

/// A call on one kernel, by hipFunction_t or host address.
template <class Body>
static hipError_t onFunction(const char *name, const void *handle,
                             Body &&body) {
  return call(name, [&](Runtime &runtime) {
    std::shared_ptr<Function> function;
    hipError_t error = findFunction(runtime, name, runtime.current().ordinal,
                                    handle, function);
    return error == hipSuccess ? body(*function->kernel.info) : error;
  });
}

static int activeBlocks(const dsv4emu::Kernel &kernel, uint32_t blockSize,
                        size_t sharedBytes) {
  if (blockSize == 0 || blockSize > kernel.maxWorkgroupSize ||
      sharedBytes + kernel.ldsBytes > kLdsBytes)
    return 0;
  return static_cast<int>(
      dsv4emu::computeOccupancy(kernel, {blockSize, 1, 1},
                                kernel.ldsBytes +
                                    static_cast<uint32_t>(sharedBytes))
          .workgroups);
}

static hipError_t countBlocks(const char *name, const void *handle, int *blocks,
                              int blockSize, size_t sharedBytes) {
  return onFunction(name, handle, [&](const dsv4emu::Kernel &kernel) {
    if (!blocks || blockSize <= 0)
      return hipErrorInvalidValue;
    *blocks =
        activeBlocks(kernel, static_cast<uint32_t>(blockSize), sharedBytes);
    return hipSuccess;
  });
}

/// The largest block among those that keep the most waves resident.
static hipError_t potentialBlock(const char *name, const void *handle,
                                 int *gridSize, int *blockSize,
                                 size_t sharedBytes, int limit) {
  return onFunction(name, handle, [&](const dsv4emu::Kernel &kernel) {
    if (!gridSize || !blockSize || limit < 0)
      return hipErrorInvalidValue;
    uint32_t largest = kernel.maxWorkgroupSize;
    if (limit > 0)
      largest = std::min(largest, static_cast<uint32_t>(limit));
    uint32_t best = 0, bestItems = 0;
    for (uint32_t size = std::max(kWave, largest / kWave * kWave); size > 0;
         size -= kWave) {
      uint32_t block = std::min(size, largest);
      uint32_t items = block * activeBlocks(kernel, block, sharedBytes);
      if (items > bestItems) {
        best = block;
        bestItems = items;
      }
    }
    if (best == 0)
      return hipErrorInvalidValue;
    *blockSize = static_cast<int>(best);
    *gridSize = static_cast<int>(bestItems / best) *
                propertiesOf(0, 0).multiProcessorCount;
    return hipSuccess;
  });
}

extern "C" {

hipError_t hipFuncGetAttributes(hipFuncAttributes *attributes,
                                const void *function) {
  return onFunction("hipFuncGetAttributes", function,
                    [&](const dsv4emu::Kernel &kernel) {
                      if (!attributes)
                        return hipErrorInvalidValue;
                      *attributes = attributesOf(kernel);
                      return hipSuccess;
                    });
}

hipError_t hipFuncGetAttribute(int *value, hipFunction_attribute attribute,
                               hipFunction_t function) {
  return onFunction(
      "hipFuncGetAttribute", function, [&](const dsv4emu::Kernel &kernel) {
        hipFuncAttributes a = attributesOf(kernel);
        const int values[] = {a.maxThreadsPerBlock,
                              static_cast<int>(a.sharedSizeBytes),
                              static_cast<int>(a.constSizeBytes),
                              static_cast<int>(a.localSizeBytes),
                              a.numRegs,
                              a.ptxVersion,
                              a.binaryVersion,
                              a.cacheModeCA,
                              a.maxDynamicSharedSizeBytes,
                              a.preferredShmemCarveout};
        if (!value || attribute < 0 || attribute >= HIP_FUNC_ATTRIBUTE_MAX)
          return hipErrorInvalidValue;
        *value = values[attribute];
        return hipSuccess;
      });
}

hipError_t hipFuncSetAttribute(const void *function, hipFuncAttribute attribute,
                               int value) {
  return onFunction(
      "hipFuncSetAttribute", function, [&](const dsv4emu::Kernel &kernel) {
        if (attribute == hipFuncAttributeMaxDynamicSharedMemorySize)
          return value >= 0 &&
                         value <= attributesOf(kernel).maxDynamicSharedSizeBytes
                     ? hipSuccess
                     : hipErrorInvalidValue;
        return attribute == hipFuncAttributePreferredSharedMemoryCarveout
                   ? hipSuccess
                   : hipErrorInvalidValue;
      });
}

hipError_t hipFuncSetCacheConfig(const void *function, hipFuncCache_t) {
  return onFunction("hipFuncSetCacheConfig", function,
                    [](const dsv4emu::Kernel &) { return hipSuccess; });
}
hipError_t hipFuncSetSharedMemConfig(const void *function, hipSharedMemConfig) {
  return onFunction("hipFuncSetSharedMemConfig", function,
                    [](const dsv4emu::Kernel &) { return hipSuccess; });
}

hipError_t hipModuleOccupancyMaxActiveBlocksPerMultiprocessor(
    int *blocks, hipFunction_t function, int blockSize, size_t sharedBytes) {
  return countBlocks("hipModuleOccupancyMaxActiveBlocksPerMultiprocessor",
                     function, blocks, blockSize, sharedBytes);
}
hipError_t hipModuleOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int *blocks, hipFunction_t function, int blockSize, size_t sharedBytes,
    unsigned int) {
  return countBlocks(
      "hipModuleOccupancyMaxActiveBlocksPerMultiprocessorWithFlags", function,
      blocks, blockSize, sharedBytes);
}
hipError_t hipModuleOccupancyMaxPotentialBlockSize(int *gridSize,
                                                   int *blockSize,
                                                   hipFunction_t function,
                                                   size_t sharedBytes,
                                                   int blockSizeLimit) {
  return potentialBlock("hipModuleOccupancyMaxPotentialBlockSize", function,
                        gridSize, blockSize, sharedBytes, blockSizeLimit);
}
hipError_t hipModuleOccupancyMaxPotentialBlockSizeWithFlags(
    int *gridSize, int *blockSize, hipFunction_t function, size_t sharedBytes,
    int blockSizeLimit, unsigned int) {
  return potentialBlock("hipModuleOccupancyMaxPotentialBlockSizeWithFlags",
                        function, gridSize, blockSize, sharedBytes,
                        blockSizeLimit);
}
hipError_t hipOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks,
                                                        const void *function,
                                                        int blockSize,
                                                        size_t sharedBytes) {
  return countBlocks("hipOccupancyMaxActiveBlocksPerMultiprocessor", function,
                     blocks, blockSize, sharedBytes);
}
hipError_t hipOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int *blocks, const void *function, int blockSize, size_t sharedBytes,
    unsigned int) {
  return countBlocks("hipOccupancyMaxActiveBlocksPerMultiprocessorWithFlags",
                     function, blocks, blockSize, sharedBytes);
}
hipError_t hipOccupancyMaxPotentialBlockSize(int *gridSize, int *blockSize,
                                             const void *function,
                                             size_t sharedBytes,
                                             int blockSizeLimit) {
  return potentialBlock("hipOccupancyMaxPotentialBlockSize", function, gridSize,
                        blockSize, sharedBytes, blockSizeLimit);
}

} // extern "C"
