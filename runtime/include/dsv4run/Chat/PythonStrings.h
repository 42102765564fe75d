//===- PythonStrings.h - Texts in a Python module -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHAT_PYTHONSTRINGS_H
#define DSV4RUN_CHAT_PYTHONSTRINGS_H

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace dsv4run {

/// The texts that the string literals of a Python module stand for; the module
/// is not run. Adjacent literals are one text. A literal with replacement
/// fields, as in "a {b} c", gives two kinds of text: itself as it is, and the
/// parts between the fields, where a field that names a literal of the module
/// (`b = "..."`) is replaced by it and joins its neighbours.
///
/// Any bytes may be given: what is no Python gives some texts or none. Bytes
/// literals and \N{...} are not supported and give none or wrong texts.
std::vector<std::string> PythonTexts(absl::string_view module);

} // namespace dsv4run

#endif // DSV4RUN_CHAT_PYTHONSTRINGS_H
