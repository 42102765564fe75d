//===- RtcCompiler.cpp - Running clang on HIP source ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RtcCompiler.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace hipstandin::rtc {
namespace {

namespace fs = std::filesystem;

/// What variables that hold name expressions are called.
constexpr char kNameVariable[] = "__hiprtc_name_";

std::string read(const fs::path &file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool write(const fs::path &file, const std::string &text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  return static_cast<bool>(out.flush());
}

/// A directory of its own that goes away again.
class Workplace {
public:
  Workplace() {
    std::string pattern =
        (fs::temp_directory_path(error_) / "hiprtc-XXXXXX").string();
    if (!error_ && mkdtemp(pattern.data()))
      path_ = pattern;
  }
  ~Workplace() {
    if (!path_.empty())
      fs::remove_all(path_, error_);
  }
  const fs::path &path() const { return path_; }

private:
  std::error_code error_;
  fs::path path_;
};

bool executable(const std::string &file) {
  return access(file.c_str(), X_OK) == 0 && !fs::is_directory(file);
}

/// Empty, with the reason in `log`, if there is none.
std::string findClang(std::string &log) {
  if (const char *named = getenv("DSV4_EMU_CLANG")) {
    if (executable(named))
      return named;
    log = absl::StrCat("DSV4_EMU_CLANG: expected an executable file, found '",
                       named, "'\n");
    return {};
  }
  const char *path = getenv("PATH");
  for (absl::string_view directory : absl::StrSplit(path ? path : "", ':')) {
    std::string file = absl::StrCat(directory, "/clang++-22");
    if (!directory.empty() && executable(file))
      return file;
  }
  std::string installed = "/usr/lib/llvm-22/bin/clang++";
  if (executable(installed))
    return installed;
  log =
      "no compiler: expected clang++-22 in PATH, /usr/lib/llvm-22/bin/clang++ "
      "or DSV4_EMU_CLANG\n";
  return {};
}

/// The headers beside this library, as they are built and installed.
std::string includeDirectory() {
  Dl_info info{};
  static const char anchor = 0;
  if (!dladdr(&anchor, &info) || !info.dli_fname)
    return {};
  std::error_code error;
  fs::path library = fs::canonical(info.dli_fname, error);
  for (fs::path directory = library.parent_path();
       directory.has_relative_path(); directory = directory.parent_path())
    if (fs::exists(directory / "include/hip/hip_runtime.h", error))
      return directory / "include";
  return {};
}

/// Runs a program with its output appended to `log`; its exit status, or -1.
int run(const std::vector<std::string> &command, const fs::path &output,
        std::string &log) {
  std::vector<char *> arguments;
  for (const std::string &argument : command)
    arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = 0;
  int error = posix_spawn(&child, arguments[0], &actions, nullptr,
                          arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    absl::StrAppend(&log, arguments[0], ": ", strerror(error), "\n");
    return -1;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return -1;
  log += read(output);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Whether an option of the caller would change what is compiled, for what, or
/// where to.
bool acceptable(const std::string &option, std::string &log) {
  for (const char *architecture :
       {"--offload-arch=", "--gpu-architecture=", "-arch="}) {
    if (!absl::StartsWith(option, architecture))
      continue;
    if (absl::StartsWith(option.substr(strlen(architecture)), "gfx942"))
      return true;
    absl::StrAppend(&log, option, ": expected gfx942\n");
    return false;
  }
  for (const char *refused : {"-o", "-c", "-S", "-E", "-x", "-emit-llvm",
                              "--cuda-host-only", "-fgpu-rdc"})
    if (option == refused) {
      absl::StrAppend(&log, option, ": not an option of hipRTC\n");
      return false;
    }
  if (option.empty() || option[0] != '-') {
    absl::StrAppend(&log, "'", option, "': expected an option\n");
    return false;
  }
  return true;
}

bool isArchitecture(const std::string &option) {
  return absl::StartsWith(option, "--offload-arch=") ||
         absl::StartsWith(option, "--gpu-architecture=") ||
         absl::StartsWith(option, "-arch=");
}

/// A variable per expression, so that templates are instantiated and the
/// compiler says what it calls them.
std::string withNames(const Source &source) {
  std::string text = source.text;
  for (size_t k = 0; k < source.nameExpressions.size(); ++k)
    absl::StrAppend(&text,
                    "\nextern \"C\" __attribute__((device, used)) const "
                    "void *",
                    kNameVariable, k, " = (const void *)(&",
                    absl::StripPrefix(source.nameExpressions[k], "&"), ");\n");
  return text;
}

/// Reads "@__hiprtc_name_0 = ... @_Z3addIfEvPT_ ..." lines.
void readNames(const std::string &assembly, const Source &source,
               Result &result) {
  for (absl::string_view line : absl::StrSplit(assembly, '\n')) {
    std::string start = absl::StrCat("@", kNameVariable);
    size_t index = 0;
    if (!absl::ConsumePrefix(&line, start))
      continue;
    std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(" = ", 1));
    size_t at = parts.second.find('@');
    if (!absl::SimpleAtoi(parts.first, &index) ||
        index >= source.nameExpressions.size() || at == parts.second.npos)
      continue;
    absl::string_view name = parts.second.substr(at + 1);
    result.loweredNames[source.nameExpressions[index]] =
        std::string(name.substr(0, name.find_first_of(" ,)")));
  }
}

} // namespace

void say(const std::string &message) {
  fputs(absl::StrCat("hip-standin: ", message, "\n").c_str(), stderr);
}

Result compile(const Source &source, const std::vector<std::string> &options) {
  Result result;
  for (const std::string &option : options)
    if (!acceptable(option, result.log)) {
      result.code = HIPRTC_ERROR_INVALID_OPTION;
      return result;
    }
  std::string clang = findClang(result.log);
  std::string include = includeDirectory();
  if (!clang.empty() && include.empty())
    result.log += "no hip/hip_runtime.h beside the library\n";
  Workplace place;
  if (clang.empty() || include.empty() || place.path().empty()) {
    say(absl::StrCat("hipRTC: ", result.log.empty() ? "no temporary directory"
                                                    : result.log));
    return result;
  }
  fs::path input = place.path() / "program.hip";
  bool written = write(input, withNames(source));
  std::error_code error;
  for (const auto &[name, text] : source.headers) {
    fs::path file = (place.path() / "headers" / name).lexically_normal();
    if (!absl::StartsWith(file.string(),
                          (place.path() / "headers/").string())) {
      absl::StrAppend(&result.log, "header '", name,
                      "': expected a relative path without '..'\n");
      result.code = HIPRTC_ERROR_INVALID_INPUT;
      return result;
    }
    fs::create_directories(file.parent_path(), error);
    written = written && write(file, text);
  }
  if (!written) {
    absl::StrAppend(&result.log, "cannot write to ", place.path().string(),
                    "\n");
    return result;
  }
  std::vector<std::string> command = {clang,
                                      "-x",
                                      "hip",
                                      "--offload-arch=gfx942",
                                      "--cuda-device-only",
                                      "--no-gpu-bundle-output",
                                      "-nogpuinc",
                                      "-nogpulib",
                                      "-std=c++17",
                                      "-O3",
                                      "-D__HIPCC_RTC__=1",
                                      "-I" +
                                          (place.path() / "headers").string(),
                                      "-I" + include,
                                      "-include",
                                      "hip/hip_runtime.h"};
  for (const std::string &option : options)
    if (!isArchitecture(option))
      command.push_back(option);
  command.push_back(input);
  auto with = [&](std::initializer_list<std::string> more) {
    std::vector<std::string> all = command;
    all.insert(all.end(), more);
    return all;
  };
  fs::path output = place.path() / "output", image = place.path() / "image";
  if (run(with({"-o", image.string()}), output, result.log) != 0) {
    result.code = HIPRTC_ERROR_COMPILATION;
    return result;
  }
  result.image = read(image);
  if (!source.nameExpressions.empty()) {
    fs::path assembly = place.path() / "program.ll";
    std::string again;
    if (run(with({"-S", "-emit-llvm", "-Xclang", "-disable-llvm-passes", "-o",
                  assembly.string()}),
            output, again) == 0)
      readNames(read(assembly), source, result);
  }
  result.code = HIPRTC_SUCCESS;
  return result;
}

} // namespace hipstandin::rtc
