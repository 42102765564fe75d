//===- Properties.cpp - The device that is stood in for -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Properties.h"
#include "absl/strings/str_format.h"
#include <algorithm>
#include <climits>
#include <cstring>

namespace hipstandin {

static constexpr int kXccs = 8;

hipDeviceProp_tR0600 propertiesOf(int device, uint64_t memoryBytes) {
  hipDeviceProp_tR0600 p{};
  std::strcpy(p.name, "AMD Instinct MI300X");
  std::strcpy(p.gcnArchName, "gfx942:sramecc+:xnack-");
  std::string uuid = absl::StrFormat("dsv4emu%09d", device);
  std::memcpy(p.uuid.bytes, uuid.data(), sizeof(p.uuid.bytes));
  p.totalGlobalMem = memoryBytes;
  p.sharedMemPerBlock = p.sharedMemPerBlockOptin = 65536;
  p.sharedMemPerMultiprocessor = p.maxSharedMemoryPerMultiProcessor = 65536;
  p.regsPerBlock = p.regsPerMultiprocessor = 65536;
  p.warpSize = 64;
  p.memPitch = INT_MAX;
  p.maxThreadsPerBlock = 1024;
  std::fill(p.maxThreadsDim, p.maxThreadsDim + 3, 1024);
  p.maxGridSize[0] = INT_MAX;
  p.maxGridSize[1] = p.maxGridSize[2] = 65536;
  p.clockRate = 2100000;
  p.totalConstMem = INT_MAX;
  p.major = 9;
  p.minor = 4;
  p.textureAlignment = p.texturePitchAlignment = 256;
  p.surfaceAlignment = 256;
  p.multiProcessorCount = 304;
  p.canMapHostMemory = 1;
  p.concurrentKernels = 1;
  p.ECCEnabled = 1;
  p.pciBusID = 5 + 16 * device;
  p.asyncEngineCount = 8;
  p.deviceOverlap = 1;
  p.unifiedAddressing = 1;
  p.memoryClockRate = 1300000;
  p.memoryBusWidth = 8192;
  p.l2CacheSize = 4 << 20;
  p.maxThreadsPerMultiProcessor = 2048;
  p.maxBlocksPerMultiProcessor = 32;
  p.streamPrioritiesSupported = 1;
  p.globalL1CacheSupported = p.localL1CacheSupported = 1;
  p.managedMemory = p.concurrentManagedAccess = 1;
  p.hostRegisterSupported = 1;
  p.memoryPoolsSupported = 1;
  p.clockInstructionRate = 100000;
  p.arch.hasGlobalInt32Atomics = p.arch.hasGlobalFloatAtomicExch = 1;
  p.arch.hasSharedInt32Atomics = p.arch.hasSharedFloatAtomicExch = 1;
  p.arch.hasFloatAtomicAdd = 1;
  p.arch.hasGlobalInt64Atomics = p.arch.hasSharedInt64Atomics = 1;
  p.arch.hasDoubles = p.arch.hasWarpVote = p.arch.hasWarpBallot = 1;
  p.arch.hasWarpShuffle = p.arch.hasThreadFenceSystem = p.arch.has3dGrid = 1;
  p.isLargeBar = 1;
  p.asicRevision = 1;
  return p;
}

hipDeviceProp_tR0000 olderLayout(const hipDeviceProp_tR0600 &p) {
  hipDeviceProp_tR0000 o{};
  std::memcpy(o.name, p.name, sizeof(o.name));
  std::memcpy(o.gcnArchName, p.gcnArchName, sizeof(o.gcnArchName));
  o.gcnArch = 942;
  o.totalGlobalMem = p.totalGlobalMem;
  o.sharedMemPerBlock = p.sharedMemPerBlock;
  o.regsPerBlock = p.regsPerBlock;
  o.warpSize = p.warpSize;
  o.maxThreadsPerBlock = p.maxThreadsPerBlock;
  std::copy(p.maxThreadsDim, p.maxThreadsDim + 3, o.maxThreadsDim);
  std::copy(p.maxGridSize, p.maxGridSize + 3, o.maxGridSize);
  o.clockRate = p.clockRate;
  o.memoryClockRate = p.memoryClockRate;
  o.memoryBusWidth = p.memoryBusWidth;
  o.totalConstMem = p.totalConstMem;
  o.major = p.major;
  o.minor = p.minor;
  o.multiProcessorCount = p.multiProcessorCount;
  o.l2CacheSize = p.l2CacheSize;
  o.maxThreadsPerMultiProcessor = p.maxThreadsPerMultiProcessor;
  o.clockInstructionRate = p.clockInstructionRate;
  o.arch = p.arch;
  o.concurrentKernels = p.concurrentKernels;
  o.pciDomainID = p.pciDomainID;
  o.pciBusID = p.pciBusID;
  o.pciDeviceID = p.pciDeviceID;
  o.maxSharedMemoryPerMultiProcessor = p.maxSharedMemoryPerMultiProcessor;
  o.canMapHostMemory = p.canMapHostMemory;
  o.memPitch = p.memPitch;
  o.textureAlignment = p.textureAlignment;
  o.texturePitchAlignment = p.texturePitchAlignment;
  o.ECCEnabled = p.ECCEnabled;
  o.isLargeBar = p.isLargeBar;
  o.asicRevision = p.asicRevision;
  o.managedMemory = p.managedMemory;
  o.concurrentManagedAccess = p.concurrentManagedAccess;
  return o;
}

static int clamp(size_t value) {
  return static_cast<int>(std::min<size_t>(value, INT_MAX));
}

std::optional<int> attributeOf(const hipDeviceProp_tR0600 &p,
                               hipDeviceAttribute_t attribute) {
  switch (attribute) {
  case hipDeviceAttributeEccEnabled:
    return p.ECCEnabled;
  case hipDeviceAttributeAsyncEngineCount:
    return p.asyncEngineCount;
  case hipDeviceAttributeCanMapHostMemory:
    return p.canMapHostMemory;
  case hipDeviceAttributeCanUseHostPointerForRegisteredMem:
    return p.canUseHostPointerForRegisteredMem;
  case hipDeviceAttributeClockRate:
    return p.clockRate;
  case hipDeviceAttributeConcurrentKernels:
    return p.concurrentKernels;
  case hipDeviceAttributeConcurrentManagedAccess:
    return p.concurrentManagedAccess;
  case hipDeviceAttributeDeviceOverlap:
    return p.deviceOverlap;
  case hipDeviceAttributeGlobalL1CacheSupported:
    return p.globalL1CacheSupported;
  case hipDeviceAttributeL2CacheSize:
    return p.l2CacheSize;
  case hipDeviceAttributeLocalL1CacheSupported:
    return p.localL1CacheSupported;
  case hipDeviceAttributeComputeCapabilityMajor:
    return p.major;
  case hipDeviceAttributeComputeCapabilityMinor:
    return p.minor;
  case hipDeviceAttributeManagedMemory:
    return p.managedMemory;
  case hipDeviceAttributeMaxBlocksPerMultiProcessor:
    return p.maxBlocksPerMultiProcessor;
  case hipDeviceAttributeMaxBlockDimX:
  case hipDeviceAttributeMaxBlockDimY:
  case hipDeviceAttributeMaxBlockDimZ:
    return p.maxThreadsDim[attribute - hipDeviceAttributeMaxBlockDimX];
  case hipDeviceAttributeMaxGridDimX:
  case hipDeviceAttributeMaxGridDimY:
  case hipDeviceAttributeMaxGridDimZ:
    return p.maxGridSize[attribute - hipDeviceAttributeMaxGridDimX];
  case hipDeviceAttributeMaxThreadsPerBlock:
    return p.maxThreadsPerBlock;
  case hipDeviceAttributeMaxThreadsPerMultiProcessor:
    return p.maxThreadsPerMultiProcessor;
  case hipDeviceAttributeMaxPitch:
    return clamp(p.memPitch);
  case hipDeviceAttributeMemoryBusWidth:
    return p.memoryBusWidth;
  case hipDeviceAttributeMemoryClockRate:
    return p.memoryClockRate;
  case hipDeviceAttributeMultiprocessorCount:
  case hipDeviceAttributePhysicalMultiProcessorCount:
    return p.multiProcessorCount;
  case hipDeviceAttributePciBusId:
    return p.pciBusID;
  case hipDeviceAttributePciDeviceId:
    return p.pciDeviceID;
  case hipDeviceAttributePciDomainId:
    return p.pciDomainID;
  case hipDeviceAttributeMaxRegistersPerBlock:
    return p.regsPerBlock;
  case hipDeviceAttributeMaxRegistersPerMultiprocessor:
    return p.regsPerMultiprocessor;
  case hipDeviceAttributeMaxSharedMemoryPerBlock:
  case hipDeviceAttributeSharedMemPerBlockOptin:
    return clamp(p.sharedMemPerBlock);
  case hipDeviceAttributeSharedMemPerMultiprocessor:
  case hipDeviceAttributeMaxSharedMemoryPerMultiprocessor:
    return clamp(p.sharedMemPerMultiprocessor);
  case hipDeviceAttributeStreamPrioritiesSupported:
    return p.streamPrioritiesSupported;
  case hipDeviceAttributeSurfaceAlignment:
    return clamp(p.surfaceAlignment);
  case hipDeviceAttributeTextureAlignment:
    return clamp(p.textureAlignment);
  case hipDeviceAttributeTexturePitchAlignment:
    return clamp(p.texturePitchAlignment);
  case hipDeviceAttributeTotalConstantMemory:
    return clamp(p.totalConstMem);
  case hipDeviceAttributeTotalGlobalMem:
    return clamp(p.totalGlobalMem);
  case hipDeviceAttributeUnifiedAddressing:
    return p.unifiedAddressing;
  case hipDeviceAttributeWarpSize:
    return p.warpSize;
  case hipDeviceAttributeMemoryPoolsSupported:
    return p.memoryPoolsSupported;
  case hipDeviceAttributeHostRegisterSupported:
    return p.hostRegisterSupported;
  case hipDeviceAttributeClockInstructionRate:
  case hipDeviceAttributeWallClockRate:
    return p.clockInstructionRate;
  case hipDeviceAttributeIsLargeBar:
    return p.isLargeBar;
  case hipDeviceAttributeAsicRevision:
    return p.asicRevision;
  case hipDeviceAttributeFineGrainSupport:
    return 1;
  case hipDeviceAttributeNumberOfXccs:
    return kXccs;
  case hipDeviceAttributeComputeMode:
  case hipDeviceAttributeComputePreemptionSupported:
  case hipDeviceAttributeCooperativeLaunch:
  case hipDeviceAttributeCooperativeMultiDeviceLaunch:
  case hipDeviceAttributeDirectManagedMemAccessFromHost:
  case hipDeviceAttributeHostNativeAtomicSupported:
  case hipDeviceAttributeIntegrated:
  case hipDeviceAttributeIsMultiGpuBoard:
  case hipDeviceAttributeKernelExecTimeout:
  case hipDeviceAttributePageableMemoryAccess:
  case hipDeviceAttributePageableMemoryAccessUsesHostPageTables:
  case hipDeviceAttributePersistingL2CacheMaxSize:
  case hipDeviceAttributeReservedSharedMemPerBlock:
  case hipDeviceAttributeTccDriver:
  case hipDeviceAttributeVirtualMemoryManagementSupported:
  case hipDeviceAttributeCanUseStreamWaitValue:
  case hipDeviceAttributeImageSupport:
  case hipDeviceAttributeCooperativeMultiDeviceUnmatchedFunc:
  case hipDeviceAttributeCooperativeMultiDeviceUnmatchedGridDim:
  case hipDeviceAttributeCooperativeMultiDeviceUnmatchedBlockDim:
  case hipDeviceAttributeCooperativeMultiDeviceUnmatchedSharedMem:
    return 0;
  default:
    return std::nullopt;
  }
}

std::string pciBusId(const hipDeviceProp_tR0600 &p) {
  return absl::StrFormat("%04x:%02x:%02x.0", p.pciDomainID, p.pciBusID,
                         p.pciDeviceID);
}

} // namespace hipstandin
