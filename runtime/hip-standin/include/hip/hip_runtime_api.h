//===- hip_runtime_api.h - The HIP runtime API ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions that the stand-in implements, as ROCm 6 and 7 declare them.
// Programs that use more of HIP than this need the header of ROCm; they run on
// the stand-in all the same, since the ABI is the same.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_RUNTIME_API_H
#define HIP_RUNTIME_API_H

#include <hip/device_properties.h>
#include <hip/driver_types.h>

#define HIP_LAUNCH_PARAM_BUFFER_POINTER ((void *)0x01)
#define HIP_LAUNCH_PARAM_BUFFER_SIZE ((void *)0x02)
#define HIP_LAUNCH_PARAM_END ((void *)0x03)

#define hipStreamDefault 0x00
#define hipStreamNonBlocking 0x01
#define hipStreamLegacy ((hipStream_t)1)
#define hipStreamPerThread ((hipStream_t)2)
#define hipEventDefault 0x0
#define hipEventBlockingSync 0x1
#define hipEventDisableTiming 0x2
#define hipEventInterprocess 0x4
#define hipEventDisableSystemFence 0x20000000
#define hipEventReleaseToDevice 0x40000000
#define hipEventReleaseToSystem 0x80000000
#define hipHostMallocDefault 0x0
#define hipHostMallocPortable 0x1
#define hipHostMallocMapped 0x2
#define hipHostMallocWriteCombined 0x4
#define hipHostMallocUncached 0x10000000
#define hipHostMallocNumaUser 0x20000000
#define hipHostMallocCoherent 0x40000000
#define hipHostMallocNonCoherent 0x80000000
#define hipHostAllocDefault 0x0
#define hipHostAllocPortable 0x1
#define hipHostAllocMapped 0x2
#define hipHostRegisterDefault 0x0
#define hipHostRegisterPortable 0x1
#define hipHostRegisterMapped 0x2
#define hipMemAttachGlobal 0x01
#define hipMemAttachHost 0x02
#define hipDeviceMallocDefault 0x0
#define hipDeviceMallocFinegrained 0x1
#define hipDeviceScheduleAuto 0x0
#define hipDeviceScheduleSpin 0x1
#define hipDeviceScheduleYield 0x2
#define hipDeviceScheduleBlockingSync 0x4
#define hipDeviceMapHost 0x8
#define hipCpuDeviceId ((int)-1)
#define hipInvalidDeviceId ((int)-2)

typedef hipDeviceProp_tR0600 hipDeviceProp_t;
#define hipGetDeviceProperties hipGetDevicePropertiesR0600

#ifdef __cplusplus
#define HIP_DEFAULT(value) = value
extern "C" {
#else
#define HIP_DEFAULT(value)
#endif

/* Errors. */
hipError_t hipGetLastError(void);
hipError_t hipPeekAtLastError(void);
hipError_t hipExtGetLastError(void);
const char *hipGetErrorName(hipError_t error);
const char *hipGetErrorString(hipError_t error);
hipError_t hipDrvGetErrorName(hipError_t error, const char **name);
hipError_t hipDrvGetErrorString(hipError_t error, const char **text);

/* Devices. */
hipError_t hipInit(unsigned int flags);
hipError_t hipDriverGetVersion(int *version);
hipError_t hipRuntimeGetVersion(int *version);
hipError_t hipGetDeviceCount(int *count);
hipError_t hipSetDevice(int device);
hipError_t hipGetDevice(int *device);
hipError_t hipDeviceGet(hipDevice_t *device, int ordinal);
hipError_t hipDeviceGetName(char *name, int bytes, hipDevice_t device);
hipError_t hipDeviceGetUuid(hipUUID *uuid, hipDevice_t device);
hipError_t hipDeviceTotalMem(size_t *bytes, hipDevice_t device);
hipError_t hipDeviceComputeCapability(int *major, int *minor,
                                      hipDevice_t device);
hipError_t hipDeviceGetAttribute(int *value, hipDeviceAttribute_t attribute,
                                 int device);
hipError_t hipGetDevicePropertiesR0600(hipDeviceProp_tR0600 *properties,
                                       int device);
hipError_t hipChooseDeviceR0600(int *device,
                                const hipDeviceProp_tR0600 *properties);
hipError_t hipDeviceGetPCIBusId(char *id, int bytes, int device);
hipError_t hipDeviceGetByPCIBusId(int *device, const char *id);
hipError_t hipDeviceSynchronize(void);
hipError_t hipDeviceReset(void);
hipError_t hipSetDeviceFlags(unsigned int flags);
hipError_t hipGetDeviceFlags(unsigned int *flags);
hipError_t hipDeviceGetLimit(size_t *value, enum hipLimit_t limit);
hipError_t hipDeviceSetLimit(enum hipLimit_t limit, size_t value);
hipError_t hipDeviceGetCacheConfig(hipFuncCache_t *config);
hipError_t hipDeviceSetCacheConfig(hipFuncCache_t config);
hipError_t hipDeviceGetSharedMemConfig(hipSharedMemConfig *config);
hipError_t hipDeviceSetSharedMemConfig(hipSharedMemConfig config);
hipError_t hipDeviceGetStreamPriorityRange(int *least, int *greatest);
hipError_t hipDeviceCanAccessPeer(int *can, int device, int peer);
hipError_t hipDeviceEnablePeerAccess(int peer, unsigned int flags);
hipError_t hipDeviceDisablePeerAccess(int peer);
hipError_t hipDeviceGetP2PAttribute(int *value, hipDeviceP2PAttr attribute,
                                    int from, int to);
hipError_t hipExtGetLinkTypeAndHopCount(int from, int to, uint32_t *type,
                                        uint32_t *hops);

/* Contexts. */
hipError_t hipCtxCreate(hipCtx_t *context, unsigned int flags,
                        hipDevice_t device);
hipError_t hipCtxDestroy(hipCtx_t context);
hipError_t hipCtxPushCurrent(hipCtx_t context);
hipError_t hipCtxPopCurrent(hipCtx_t *context);
hipError_t hipCtxSetCurrent(hipCtx_t context);
hipError_t hipCtxGetCurrent(hipCtx_t *context);
hipError_t hipCtxGetDevice(hipDevice_t *device);
hipError_t hipCtxSynchronize(void);
hipError_t hipDevicePrimaryCtxRetain(hipCtx_t *context, hipDevice_t device);
hipError_t hipDevicePrimaryCtxRelease(hipDevice_t device);
hipError_t hipDevicePrimaryCtxReset(hipDevice_t device);
hipError_t hipDevicePrimaryCtxGetState(hipDevice_t device, unsigned int *flags,
                                       int *active);
hipError_t hipDevicePrimaryCtxSetFlags(hipDevice_t device, unsigned int flags);

/* Memory. */
hipError_t hipMalloc(void **pointer, size_t bytes);
hipError_t hipExtMallocWithFlags(void **pointer, size_t bytes,
                                 unsigned int flags);
hipError_t hipMallocManaged(void **pointer, size_t bytes,
                            unsigned int flags HIP_DEFAULT(hipMemAttachGlobal));
hipError_t hipMallocPitch(void **pointer, size_t *pitch, size_t width,
                          size_t height);
hipError_t hipMemAllocPitch(hipDeviceptr_t *pointer, size_t *pitch,
                            size_t width, size_t height,
                            unsigned int elementBytes);
hipError_t hipMalloc3D(hipPitchedPtr *pointer, hipExtent extent);
hipError_t hipFree(void *pointer);
hipError_t hipMallocAsync(void **pointer, size_t bytes, hipStream_t stream);
hipError_t hipFreeAsync(void *pointer, hipStream_t stream);
hipError_t hipHostMalloc(void **pointer, size_t bytes,
                         unsigned int flags HIP_DEFAULT(hipHostMallocDefault));
hipError_t hipHostAlloc(void **pointer, size_t bytes, unsigned int flags);
hipError_t hipMallocHost(void **pointer, size_t bytes);
hipError_t hipMemAllocHost(void **pointer, size_t bytes);
hipError_t hipHostFree(void *pointer);
hipError_t hipFreeHost(void *pointer);
hipError_t hipHostRegister(void *pointer, size_t bytes, unsigned int flags);
hipError_t hipHostUnregister(void *pointer);
hipError_t hipHostGetDevicePointer(void **device, void *host,
                                   unsigned int flags);
hipError_t hipHostGetFlags(unsigned int *flags, void *host);
hipError_t hipMemGetInfo(size_t *free, size_t *total);
hipError_t hipMemPtrGetInfo(void *pointer, size_t *bytes);
hipError_t hipMemGetAddressRange(hipDeviceptr_t *base, size_t *bytes,
                                 hipDeviceptr_t pointer);
hipError_t hipPointerGetAttributes(hipPointerAttribute_t *attributes,
                                   const void *pointer);
hipError_t hipPointerGetAttribute(void *data, hipPointer_attribute attribute,
                                  hipDeviceptr_t pointer);
hipError_t hipMemPrefetchAsync(const void *pointer, size_t bytes, int device,
                               hipStream_t stream HIP_DEFAULT(0));
hipError_t hipMemAdvise(const void *pointer, size_t bytes, int advice,
                        int device);

/* Copies and fills. */
hipError_t hipMemcpy(void *to, const void *from, size_t bytes,
                     hipMemcpyKind kind);
hipError_t hipMemcpyWithStream(void *to, const void *from, size_t bytes,
                               hipMemcpyKind kind, hipStream_t stream);
hipError_t hipMemcpyAsync(void *to, const void *from, size_t bytes,
                          hipMemcpyKind kind,
                          hipStream_t stream HIP_DEFAULT(0));
hipError_t hipMemcpyHtoD(hipDeviceptr_t to, const void *from, size_t bytes);
hipError_t hipMemcpyDtoH(void *to, hipDeviceptr_t from, size_t bytes);
hipError_t hipMemcpyDtoD(hipDeviceptr_t to, hipDeviceptr_t from, size_t bytes);
hipError_t hipMemcpyHtoDAsync(hipDeviceptr_t to, const void *from, size_t bytes,
                              hipStream_t stream);
hipError_t hipMemcpyDtoHAsync(void *to, hipDeviceptr_t from, size_t bytes,
                              hipStream_t stream);
hipError_t hipMemcpyDtoDAsync(hipDeviceptr_t to, hipDeviceptr_t from,
                              size_t bytes, hipStream_t stream);
hipError_t hipMemcpyPeer(void *to, int toDevice, const void *from,
                         int fromDevice, size_t bytes);
hipError_t hipMemcpyPeerAsync(void *to, int toDevice, const void *from,
                              int fromDevice, size_t bytes,
                              hipStream_t stream HIP_DEFAULT(0));
hipError_t hipMemcpy2D(void *to, size_t toPitch, const void *from,
                       size_t fromPitch, size_t width, size_t height,
                       hipMemcpyKind kind);
hipError_t hipMemcpy2DAsync(void *to, size_t toPitch, const void *from,
                            size_t fromPitch, size_t width, size_t height,
                            hipMemcpyKind kind,
                            hipStream_t stream HIP_DEFAULT(0));
hipError_t hipMemcpy3D(const hipMemcpy3DParms *copy);
hipError_t hipMemcpy3DAsync(const hipMemcpy3DParms *copy,
                            hipStream_t stream HIP_DEFAULT(0));
hipError_t hipMemset(void *to, int value, size_t bytes);
hipError_t hipMemsetAsync(void *to, int value, size_t bytes,
                          hipStream_t stream HIP_DEFAULT(0));
hipError_t hipMemsetD8(hipDeviceptr_t to, unsigned char value, size_t count);
hipError_t hipMemsetD8Async(hipDeviceptr_t to, unsigned char value,
                            size_t count, hipStream_t stream HIP_DEFAULT(0));
hipError_t hipMemsetD16(hipDeviceptr_t to, unsigned short value, size_t count);
hipError_t hipMemsetD16Async(hipDeviceptr_t to, unsigned short value,
                             size_t count, hipStream_t stream HIP_DEFAULT(0));
hipError_t hipMemsetD32(hipDeviceptr_t to, int value, size_t count);
hipError_t hipMemsetD32Async(hipDeviceptr_t to, int value, size_t count,
                             hipStream_t stream HIP_DEFAULT(0));
hipError_t hipMemset2D(void *to, size_t pitch, int value, size_t width,
                       size_t height);
hipError_t hipMemset2DAsync(void *to, size_t pitch, int value, size_t width,
                            size_t height, hipStream_t stream HIP_DEFAULT(0));
hipError_t hipMemset3D(hipPitchedPtr to, int value, hipExtent extent);
hipError_t hipMemset3DAsync(hipPitchedPtr to, int value, hipExtent extent,
                            hipStream_t stream HIP_DEFAULT(0));
hipError_t
hipMemcpyToSymbol(const void *symbol, const void *from, size_t bytes,
                  size_t offset HIP_DEFAULT(0),
                  hipMemcpyKind kind HIP_DEFAULT(hipMemcpyHostToDevice));
hipError_t hipMemcpyToSymbolAsync(const void *symbol, const void *from,
                                  size_t bytes, size_t offset,
                                  hipMemcpyKind kind,
                                  hipStream_t stream HIP_DEFAULT(0));
hipError_t
hipMemcpyFromSymbol(void *to, const void *symbol, size_t bytes,
                    size_t offset HIP_DEFAULT(0),
                    hipMemcpyKind kind HIP_DEFAULT(hipMemcpyDeviceToHost));
hipError_t hipMemcpyFromSymbolAsync(void *to, const void *symbol, size_t bytes,
                                    size_t offset, hipMemcpyKind kind,
                                    hipStream_t stream HIP_DEFAULT(0));
hipError_t hipGetSymbolAddress(void **pointer, const void *symbol);
hipError_t hipGetSymbolSize(size_t *bytes, const void *symbol);

/* Modules, functions, launches. */
hipError_t hipModuleLoad(hipModule_t *module, const char *file);
hipError_t hipModuleLoadData(hipModule_t *module, const void *image);
hipError_t hipModuleLoadDataEx(hipModule_t *module, const void *image,
                               unsigned int optionCount, hipJitOption *options,
                               void **optionValues);
hipError_t hipModuleUnload(hipModule_t module);
hipError_t hipModuleGetFunction(hipFunction_t *function, hipModule_t module,
                                const char *name);
hipError_t hipModuleGetFunctionCount(unsigned int *count, hipModule_t module);
hipError_t hipModuleGetGlobal(hipDeviceptr_t *pointer, size_t *bytes,
                              hipModule_t module, const char *name);
hipError_t hipModuleLaunchKernel(hipFunction_t function, unsigned int gridX,
                                 unsigned int gridY, unsigned int gridZ,
                                 unsigned int blockX, unsigned int blockY,
                                 unsigned int blockZ, unsigned int sharedBytes,
                                 hipStream_t stream, void **parameters,
                                 void **extra);
hipError_t hipExtModuleLaunchKernel(
    hipFunction_t function, uint32_t itemsX, uint32_t itemsY, uint32_t itemsZ,
    uint32_t blockX, uint32_t blockY, uint32_t blockZ, size_t sharedBytes,
    hipStream_t stream, void **parameters, void **extra,
    hipEvent_t start HIP_DEFAULT(0), hipEvent_t stop HIP_DEFAULT(0),
    uint32_t flags HIP_DEFAULT(0));
hipError_t hipLaunchKernel(const void *function, dim3 grid, dim3 block,
                           void **parameters, size_t sharedBytes HIP_DEFAULT(0),
                           hipStream_t stream HIP_DEFAULT(0));
hipError_t hipExtLaunchKernel(const void *function, dim3 grid, dim3 block,
                              void **parameters, size_t sharedBytes,
                              hipStream_t stream, hipEvent_t start,
                              hipEvent_t stop, int flags);
hipError_t hipGetFuncBySymbol(hipFunction_t *function, const void *symbol);
hipError_t hipFuncGetAttributes(hipFuncAttributes *attributes,
                                const void *function);
hipError_t hipFuncGetAttribute(int *value, hipFunction_attribute attribute,
                               hipFunction_t function);
hipError_t hipFuncSetAttribute(const void *function, hipFuncAttribute attribute,
                               int value);
hipError_t hipFuncSetCacheConfig(const void *function, hipFuncCache_t config);
hipError_t hipFuncSetSharedMemConfig(const void *function,
                                     hipSharedMemConfig config);
hipError_t hipModuleOccupancyMaxActiveBlocksPerMultiprocessor(
    int *blocks, hipFunction_t function, int blockSize, size_t sharedBytes);
hipError_t hipModuleOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int *blocks, hipFunction_t function, int blockSize, size_t sharedBytes,
    unsigned int flags);
hipError_t hipModuleOccupancyMaxPotentialBlockSize(int *gridSize,
                                                   int *blockSize,
                                                   hipFunction_t function,
                                                   size_t sharedBytes,
                                                   int blockSizeLimit);
hipError_t hipModuleOccupancyMaxPotentialBlockSizeWithFlags(
    int *gridSize, int *blockSize, hipFunction_t function, size_t sharedBytes,
    int blockSizeLimit, unsigned int flags);
hipError_t hipOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks,
                                                        const void *function,
                                                        int blockSize,
                                                        size_t sharedBytes);
hipError_t hipOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int *blocks, const void *function, int blockSize, size_t sharedBytes,
    unsigned int flags HIP_DEFAULT(0));
hipError_t hipOccupancyMaxPotentialBlockSize(int *gridSize, int *blockSize,
                                             const void *function,
                                             size_t sharedBytes,
                                             int blockSizeLimit);

/* Streams and events. */
hipError_t hipStreamCreate(hipStream_t *stream);
hipError_t hipStreamCreateWithFlags(hipStream_t *stream, unsigned int flags);
hipError_t hipStreamCreateWithPriority(hipStream_t *stream, unsigned int flags,
                                       int priority);
hipError_t hipStreamDestroy(hipStream_t stream);
hipError_t hipStreamQuery(hipStream_t stream);
hipError_t hipStreamSynchronize(hipStream_t stream);
hipError_t hipStreamWaitEvent(hipStream_t stream, hipEvent_t event,
                              unsigned int flags HIP_DEFAULT(0));
hipError_t hipStreamGetFlags(hipStream_t stream, unsigned int *flags);
hipError_t hipStreamGetPriority(hipStream_t stream, int *priority);
hipError_t hipStreamGetDevice(hipStream_t stream, hipDevice_t *device);
hipError_t hipStreamAddCallback(hipStream_t stream,
                                hipStreamCallback_t callback, void *userData,
                                unsigned int flags);
hipError_t hipLaunchHostFunc(hipStream_t stream, hipHostFn_t function,
                             void *userData);
hipError_t hipEventCreate(hipEvent_t *event);
hipError_t hipEventCreateWithFlags(hipEvent_t *event, unsigned int flags);
hipError_t hipEventDestroy(hipEvent_t event);
hipError_t hipEventRecord(hipEvent_t event, hipStream_t stream HIP_DEFAULT(0));
hipError_t hipEventRecordWithFlags(hipEvent_t event,
                                   hipStream_t stream HIP_DEFAULT(0),
                                   unsigned int flags HIP_DEFAULT(0));
hipError_t hipEventSynchronize(hipEvent_t event);
hipError_t hipEventQuery(hipEvent_t event);
hipError_t hipEventElapsedTime(float *milliseconds, hipEvent_t start,
                               hipEvent_t stop);

/* Stream capture. */
hipError_t hipStreamBeginCapture(hipStream_t stream, hipStreamCaptureMode mode);
hipError_t hipStreamEndCapture(hipStream_t stream, hipGraph_t *graph);
hipError_t hipStreamIsCapturing(hipStream_t stream,
                                hipStreamCaptureStatus *status);
hipError_t hipStreamGetCaptureInfo(hipStream_t stream,
                                   hipStreamCaptureStatus *status,
                                   unsigned long long *id);
hipError_t
hipStreamGetCaptureInfo_v2(hipStream_t stream, hipStreamCaptureStatus *status,
                           unsigned long long *id HIP_DEFAULT(0),
                           hipGraph_t *graph HIP_DEFAULT(0),
                           const hipGraphNode_t **dependencies HIP_DEFAULT(0),
                           size_t *dependencyCount HIP_DEFAULT(0));
hipError_t hipStreamUpdateCaptureDependencies(
    hipStream_t stream, hipGraphNode_t *dependencies, size_t dependencyCount,
    unsigned int flags HIP_DEFAULT(0));
hipError_t hipThreadExchangeStreamCaptureMode(hipStreamCaptureMode *mode);

/* Graphs. */
hipError_t hipGraphCreate(hipGraph_t *graph, unsigned int flags);
hipError_t hipGraphDestroy(hipGraph_t graph);
hipError_t hipGraphClone(hipGraph_t *clone, hipGraph_t original);
hipError_t hipGraphNodeFindInClone(hipGraphNode_t *node,
                                   hipGraphNode_t original, hipGraph_t clone);
hipError_t hipGraphAddDependencies(hipGraph_t graph, const hipGraphNode_t *from,
                                   const hipGraphNode_t *to, size_t count);
hipError_t hipGraphRemoveDependencies(hipGraph_t graph,
                                      const hipGraphNode_t *from,
                                      const hipGraphNode_t *to, size_t count);
hipError_t hipGraphGetEdges(hipGraph_t graph, hipGraphNode_t *from,
                            hipGraphNode_t *to, size_t *count);
hipError_t hipGraphGetNodes(hipGraph_t graph, hipGraphNode_t *nodes,
                            size_t *count);
hipError_t hipGraphGetRootNodes(hipGraph_t graph, hipGraphNode_t *nodes,
                                size_t *count);
hipError_t hipGraphNodeGetDependencies(hipGraphNode_t node,
                                       hipGraphNode_t *dependencies,
                                       size_t *count);
hipError_t hipGraphNodeGetDependentNodes(hipGraphNode_t node,
                                         hipGraphNode_t *dependents,
                                         size_t *count);
hipError_t hipGraphNodeGetType(hipGraphNode_t node, hipGraphNodeType *type);
hipError_t hipGraphDestroyNode(hipGraphNode_t node);
hipError_t hipGraphAddKernelNode(hipGraphNode_t *node, hipGraph_t graph,
                                 const hipGraphNode_t *dependencies,
                                 size_t dependencyCount,
                                 const hipKernelNodeParams *parameters);
hipError_t hipGraphKernelNodeGetParams(hipGraphNode_t node,
                                       hipKernelNodeParams *parameters);
hipError_t hipGraphKernelNodeSetParams(hipGraphNode_t node,
                                       const hipKernelNodeParams *parameters);
hipError_t hipGraphAddMemcpyNode(hipGraphNode_t *node, hipGraph_t graph,
                                 const hipGraphNode_t *dependencies,
                                 size_t dependencyCount,
                                 const hipMemcpy3DParms *copy);
hipError_t hipGraphMemcpyNodeGetParams(hipGraphNode_t node,
                                       hipMemcpy3DParms *copy);
hipError_t hipGraphMemcpyNodeSetParams(hipGraphNode_t node,
                                       const hipMemcpy3DParms *copy);
hipError_t hipGraphAddMemcpyNode1D(hipGraphNode_t *node, hipGraph_t graph,
                                   const hipGraphNode_t *dependencies,
                                   size_t dependencyCount, void *to,
                                   const void *from, size_t bytes,
                                   hipMemcpyKind kind);
hipError_t hipGraphMemcpyNodeSetParams1D(hipGraphNode_t node, void *to,
                                         const void *from, size_t bytes,
                                         hipMemcpyKind kind);
hipError_t hipGraphAddMemsetNode(hipGraphNode_t *node, hipGraph_t graph,
                                 const hipGraphNode_t *dependencies,
                                 size_t dependencyCount,
                                 const hipMemsetParams *parameters);
hipError_t hipGraphMemsetNodeGetParams(hipGraphNode_t node,
                                       hipMemsetParams *parameters);
hipError_t hipGraphMemsetNodeSetParams(hipGraphNode_t node,
                                       const hipMemsetParams *parameters);
hipError_t hipGraphAddHostNode(hipGraphNode_t *node, hipGraph_t graph,
                               const hipGraphNode_t *dependencies,
                               size_t dependencyCount,
                               const hipHostNodeParams *parameters);
hipError_t hipGraphHostNodeGetParams(hipGraphNode_t node,
                                     hipHostNodeParams *parameters);
hipError_t hipGraphHostNodeSetParams(hipGraphNode_t node,
                                     const hipHostNodeParams *parameters);
hipError_t hipGraphAddChildGraphNode(hipGraphNode_t *node, hipGraph_t graph,
                                     const hipGraphNode_t *dependencies,
                                     size_t dependencyCount, hipGraph_t child);
hipError_t hipGraphChildGraphNodeGetGraph(hipGraphNode_t node,
                                          hipGraph_t *graph);
hipError_t hipGraphAddEmptyNode(hipGraphNode_t *node, hipGraph_t graph,
                                const hipGraphNode_t *dependencies,
                                size_t dependencyCount);
hipError_t hipGraphAddEventRecordNode(hipGraphNode_t *node, hipGraph_t graph,
                                      const hipGraphNode_t *dependencies,
                                      size_t dependencyCount, hipEvent_t event);
hipError_t hipGraphAddEventWaitNode(hipGraphNode_t *node, hipGraph_t graph,
                                    const hipGraphNode_t *dependencies,
                                    size_t dependencyCount, hipEvent_t event);
hipError_t hipGraphInstantiate(hipGraphExec_t *exec, hipGraph_t graph,
                               hipGraphNode_t *errorNode, char *log,
                               size_t logBytes);
hipError_t hipGraphInstantiateWithFlags(hipGraphExec_t *exec, hipGraph_t graph,
                                        unsigned long long flags);
hipError_t hipGraphUpload(hipGraphExec_t exec, hipStream_t stream);
hipError_t hipGraphLaunch(hipGraphExec_t exec, hipStream_t stream);
hipError_t hipGraphExecDestroy(hipGraphExec_t exec);
hipError_t hipGraphExecUpdate(hipGraphExec_t exec, hipGraph_t graph,
                              hipGraphNode_t *errorNode,
                              hipGraphExecUpdateResult *result);
hipError_t
hipGraphExecKernelNodeSetParams(hipGraphExec_t exec, hipGraphNode_t node,
                                const hipKernelNodeParams *parameters);
hipError_t hipGraphExecMemcpyNodeSetParams(hipGraphExec_t exec,
                                           hipGraphNode_t node,
                                           hipMemcpy3DParms *copy);
hipError_t hipGraphExecMemcpyNodeSetParams1D(hipGraphExec_t exec,
                                             hipGraphNode_t node, void *to,
                                             const void *from, size_t bytes,
                                             hipMemcpyKind kind);
hipError_t hipGraphExecMemsetNodeSetParams(hipGraphExec_t exec,
                                           hipGraphNode_t node,
                                           const hipMemsetParams *parameters);
hipError_t hipGraphExecHostNodeSetParams(hipGraphExec_t exec,
                                         hipGraphNode_t node,
                                         const hipHostNodeParams *parameters);
hipError_t hipGraphExecChildGraphNodeSetParams(hipGraphExec_t exec,
                                               hipGraphNode_t node,
                                               hipGraph_t child);

/* What clang's code for kernels and variables calls. */
hipError_t __hipPushCallConfiguration(dim3 grid, dim3 block,
                                      size_t sharedBytes HIP_DEFAULT(0),
                                      hipStream_t stream HIP_DEFAULT(0));
hipError_t __hipPopCallConfiguration(dim3 *grid, dim3 *block,
                                     size_t *sharedBytes, hipStream_t *stream);

#ifdef __cplusplus
} // extern "C"

template <class T>
inline hipError_t hipMalloc(T **pointer, size_t bytes) {
  return hipMalloc(reinterpret_cast<void **>(pointer), bytes);
}
template <class T>
inline hipError_t hipMallocManaged(T **pointer, size_t bytes,
                                   unsigned int flags = hipMemAttachGlobal) {
  return hipMallocManaged(reinterpret_cast<void **>(pointer), bytes, flags);
}
template <class T>
inline hipError_t hipHostMalloc(T **pointer, size_t bytes,
                                unsigned int flags = hipHostMallocDefault) {
  return hipHostMalloc(reinterpret_cast<void **>(pointer), bytes, flags);
}
template <class T>
inline hipError_t hipMallocAsync(T **pointer, size_t bytes,
                                 hipStream_t stream) {
  return hipMallocAsync(reinterpret_cast<void **>(pointer), bytes, stream);
}
#endif

#endif // HIP_RUNTIME_API_H
