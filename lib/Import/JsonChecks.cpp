//===- JsonChecks.cpp - Faults of a JSON text that llvm::json lets pass
//-----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "JsonChecks.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;

static constexpr size_t maxSize = 1 << 20;
static constexpr size_t maxDepth = 16;

namespace {

/// Follows brackets and strings only; everything else is the parser's business.
class JsonScanner {
public:
  JsonScanner(StringRef text, StringRef source) : text(text), source(source) {}

  Error scan();

private:
  struct Level {
    bool isObject;
    bool expectsKey;
    StringSet<> keys;
  };

  StringRef text;
  StringRef source;
  size_t position = 0;
  SmallVector<Level, maxDepth> levels;

  Error open(bool isObject);
  Error string();
  Error errorAt(size_t offset, const Twine &message) const;
};

} // namespace

Error JsonScanner::errorAt(size_t offset, const Twine &message) const {
  StringRef before = text.take_front(offset);
  size_t line = before.count('\n') + 1;
  size_t column = offset - (before.rfind('\n') + 1) + 1;
  return createStringError(source + ":" + Twine(line) + ":" + Twine(column) +
                           ": " + message);
}

Error JsonScanner::open(bool isObject) {
  if (levels.size() == maxDepth)
    return errorAt(position, "expected at most " + Twine(maxDepth) +
                                 " nested values, found more");
  levels.push_back({isObject, /*expectsKey=*/isObject, {}});
  return Error::success();
}

Error JsonScanner::string() {
  size_t begin = position + 1, end = begin;
  while (end < text.size() && text[end] != '"')
    end += text[end] == '\\' ? 2 : 1;
  StringRef content = text.slice(begin, end);
  bool isKey = !levels.empty() && levels.back().expectsKey;
  size_t start = position;
  position = std::min(end, text.size());
  if (!isKey)
    return Error::success();
  levels.back().expectsKey = false;
  if (content.contains('\\'))
    return errorAt(start,
                   "expected a key without escapes, found \"" + content + "\"");
  if (!levels.back().keys.insert(content).second)
    return errorAt(start,
                   "expected each key once, found \"" + content + "\" again");
  return Error::success();
}

Error JsonScanner::scan() {
  if (text.size() > maxSize)
    return createStringError(source + ": expected at most " + Twine(maxSize) +
                             " bytes, found " + Twine(text.size()));
  for (; position < text.size(); ++position) {
    switch (text[position]) {
    case '{':
    case '[':
      if (Error error = open(text[position] == '{'))
        return error;
      break;
    case '}':
    case ']':
      if (!levels.empty())
        levels.pop_back();
      break;
    case ',':
      if (!levels.empty())
        levels.back().expectsKey = levels.back().isObject;
      break;
    case '"':
      if (Error error = string())
        return error;
      break;
    }
  }
  return Error::success();
}

Error dsv4c::checkJsonText(StringRef text, StringRef source) {
  return JsonScanner(text, source).scan();
}
