# Configuration of lit: which files are tests and how tools are found.

import os
import shutil
import sys

import lit.formats

config.name = "dsv4"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["golden", "unit", "lib", "tools", "emulator", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.dsv4_binary_dir, "test")

config.environment["PATH"] = os.pathsep.join(
    [config.dsv4_tools_dir, config.llvm_tools_dir, config.environment["PATH"]]
)

config.substitutions += [
    ("%dsv4_src", config.dsv4_source_dir),
    ("%python", sys.executable),
    (
        "%runner_libs",
        ",".join(
            os.path.join(config.llvm_lib_dir, name)
            for name in ("libmlir_runner_utils.so", "libmlir_c_runner_utils.so")
        ),
    ),
]

# CUDA's assembler, which tells what kernels for sm_90 spill.
ptxas = shutil.which("ptxas") or shutil.which("ptxas", path="/usr/local/cuda/bin")
if ptxas:
    config.available_features.add("ptxas")
    config.substitutions.append(("%ptxas", ptxas))

# A C compiler, for what tests translate to C.
cc = next(filter(None, map(shutil.which, ("cc", "clang", "gcc"))), None)
if cc:
    config.available_features.add("cc")
    config.substitutions.append(("%cc", cc))
