//===- ConfigFiles.cpp - Configurations that tests start from
//---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ConfigFiles.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace dsv4c;

ModelConfig test::readConfig(StringRef folder) {
  return cantFail(readModelConfig((DSV4C_SOURCE_DIR "/" + folder).str()));
}

std::string test::readConfigText(StringRef folder) {
  return readConfig(folder).text;
}

json::Object test::parseObject(StringRef text) {
  return *cantFail(json::parse(text)).getAsObject();
}

std::string test::toText(json::Object object) {
  return formatv("{0}", json::Value(std::move(object))).str();
}

std::string test::getConfigError(StringRef text) {
  Expected<ModelConfig> config = parseModelConfig(text, "config.json");
  return config ? "" : toString(config.takeError());
}
