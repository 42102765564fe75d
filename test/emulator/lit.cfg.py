# Configuration of the tests of dsv4-emu; CMake fills in the site file.
import os

import lit.formats

config.name = "dsv4-emu"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".test"]
config.test_source_root = os.path.join(os.path.dirname(__file__), "tool")
config.test_exec_root = os.path.join(config.emulator_obj_root, "lit")
config.environment["PATH"] = os.pathsep.join(
    [config.tools_dir, config.llvm_tools_dir, os.environ["PATH"]])
config.substitutions.append(("%kernels", config.kernel_dir))
