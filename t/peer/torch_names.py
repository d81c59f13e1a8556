# torch_names.py - the public names of PyTorch that a user may look for, for doc/from-pytorch.md.
#
# Run with PyTorch 2.13: python t/peer/torch_names.py > doc/torch_names.txt. One line a module: its name, a colon, the names. Left out are
# names that are no part of the documented interface: underscored, back-end entry points (cudnn_, miopen_, mkldnn_, fbgemm_), the
# tracer's and autocast's internals, and classes that a module merely imports.
# SPDX-License-Identifier: MIT
import inspect
import re
import warnings

import torch
import torch.nn.functional

warnings.simplefilter("ignore")
INTERNAL = re.compile(
    r"^(_|cudnn_|miopen_|mkldnn_|fbgemm_|quantized_|sym_|autocast_|is_autocast_|get_autocast_|set_autocast_|native_|"
    r"profiler_|parse_|import_ir_|unify_type|merge_type|batch_norm_|fused_|has_torch_function|handle_torch_function|unsafe_|"
    r"fake_quantize|q_per_channel|q_scale|q_zero|is_anomaly|is_inference_mode|init_num_threads|classproperty|fork$|wait$|"
    r"compiled_with|grid_sampler|.*_copy$|.*_with_indices$|boolean_dispatch|assert_int|prepare_multi|thread_safe|"
    r"clear_autocast|while_loop|get_file_path|choose_qparams|embedding_renorm_|feature_dropout|affine_grid_generator|"
    r"hash_tensor|is_maia|is_mtia|mtia|is_ipu|ipu|is_xpu|xpu|is_vulkan|is_mps|is_xla|reinforce|volatile|grad_dtype|"
    r"output_nr|qscheme|nonzero_static|constant_pad_nd|slice_inverse|convolution$|conv_tbc|norm_except|dsmm|hsmm|hspmm|"
    r"saddmm|sspaddmm|smm|spmm|scaled_mm|scaled_grouped|grouped_mm|argument_validation|non_deterministic|"
    r"runtime_validation|guaranteed_|functional_datapipe|debug_unwrap|replace_all)")


def functions(module):
    return [n for n in dir(module) if not INTERNAL.match(n) and callable(getattr(module, n))
            and not inspect.isclass(getattr(module, n)) and not inspect.ismodule(getattr(module, n))]


def classes(module, prefix):
    return [n for n in dir(module) if not INTERNAL.match(n) and inspect.isclass(getattr(module, n))
            and getattr(module, n).__module__.startswith(prefix)]


def main():
    modules = {
        "torch": functions(torch) + ["Generator", "Size", "device", "dtype", "finfo", "iinfo", "no_grad", "enable_grad",
                                     "inference_mode", "set_grad_enabled", "autocast"],
        "Tensor": [n for n in dir(torch.Tensor) if not INTERNAL.match(n)],
        "nn.functional": functions(torch.nn.functional),
        "linalg": functions(torch.linalg), "fft": functions(torch.fft), "special": functions(torch.special),
        "nn": classes(torch.nn, "torch.nn"), "nn.init": [n for n in functions(torch.nn.init) if n.endswith("_")],
        "nn.utils": functions(torch.nn.utils) + ["rnn.pack_padded_sequence", "rnn.pad_packed_sequence", "rnn.pad_sequence"],
        "optim": classes(torch.optim, "torch.optim"),
        "optim.lr_scheduler": classes(torch.optim.lr_scheduler, "torch.optim.lr_scheduler"),
        "distributions": classes(torch.distributions, "torch.distributions"),
        "autograd": ["Function", "backward", "grad", "gradcheck", "gradgradcheck", "detect_anomaly", "set_detect_anomaly",
                     "graph.saved_tensors_hooks", "functional.jacobian", "functional.hessian", "functional.jvp", "functional.vjp",
                     "functional.hvp", "functional.vhp"],
        "func": functions(torch.func), "utils.data": [n for n in torch.utils.data.__all__ if not INTERNAL.match(n)],
        "utils": ["checkpoint.checkpoint"],
    }
    for name, names in modules.items():
        print(name + ": " + " ".join(sorted(set(names))))


main()
