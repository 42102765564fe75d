//===- HostDevice.h - The CPU as a device ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A host code object is an ELF shared object; a kernel is a function
//
//   void name(void *const *buffers, int64_t first_workgroup,
//             int64_t last_workgroup);
//
// that runs the workgroups [first, last). A launch divides its grid over the
// thread pool.

#ifndef DSV4RUN_DEVICE_HOSTDEVICE_H
#define DSV4RUN_DEVICE_HOSTDEVICE_H

#include <memory>

#include "dsv4run/Device/Device.h"

namespace dsv4run {

class ThreadPool;

/// The pool must outlive the device. Allocations are reserved address space:
/// memory is committed where it is touched, so that the pool of a large context
/// costs what is used of it.
std::unique_ptr<Device> CreateHostDevice(ThreadPool &pool);

} // namespace dsv4run

#endif // DSV4RUN_DEVICE_HOSTDEVICE_H
