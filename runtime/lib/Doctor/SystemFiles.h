//===- SystemFiles.h - Small files of /sys and /proc ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DOCTOR_SYSTEMFILES_H
#define DSV4RUN_LIB_DOCTOR_SYSTEMFILES_H

#include <optional>
#include <string>
#include <vector>

namespace dsv4run::doctor {

/// The contents without surrounding white space; nothing if unreadable.
std::optional<std::string> ReadSmallFile(const std::string &path);

/// Paths of the entries of a folder whose names start so, in order of names.
std::vector<std::string> EntriesOf(const std::string &folder,
                                   const std::string &prefix);

} // namespace dsv4run::doctor

#endif // DSV4RUN_LIB_DOCTOR_SYSTEMFILES_H
