-- from_pytorch.lua - makes doc/from-pytorch.md: where each name of PyTorch is here, or why it is not
--
-- Names that exist here are found by looking; what is called otherwise stands in `elsewhere`, what is left out in `reasons`.
-- A name that is neither is listed as missing. Read next: doc/torch_names.txt (from t/peer/torch_names.py), doc/generate.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"

local from_pytorch = {}

-- PyTorch's name with its module -> what to write here. Names of torch and Tensor stand in lua_bindings/names.c, for its errors.
local elsewhere = {
    ["nn.init.ones_"] = "nn.init.constant_(x, 1)", ["nn.init.zeros_"] = "nn.init.constant_(x, 0)",
    ["Tensor.to_dense"] = "every tensor is dense", ["frobenius_norm"] = 'x:norm("fro")', ["nuclear_norm"] = 'x:norm("nuc")',
    ["autograd.functional.jacobian"] = "lun.autograd.jacobian", ["autograd.functional.hessian"] = "lun.autograd.hessian",
    ["autograd.functional.jvp"] = "lun.autograd.jvp", ["autograd.functional.vjp"] = "lun.autograd.vjp",
    ["autograd.functional.hvp"] = "lun.autograd.hvp", ["autograd.functional.vhp"] = "lun.autograd.vhp",
    ["autograd.graph.saved_tensors_hooks"] = "lun.autograd.saved_tensors_hooks", ["utils.checkpoint.checkpoint"] = "lun.checkpoint",
    ["autograd.set_detect_anomaly"] = "lun.autograd.detect_anomaly", ["set_anomaly_enabled"] = "lun.autograd.detect_anomaly",
    ["Tensor.retains_grad"] = "x:retain_grad()", ["device"] = 'a word: "cpu"', ["dtype"] = 'a word: "float32"',
    ["as_strided_scatter"] = "y = x:clone(); y:as_strided(...):copy_(src)", ["Tensor.fill_diagonal_"] = "x:diagonal():fill_(v)",
    ["Tensor.as_strided_scatter"] = "y = x:clone(); y:as_strided(...):copy_(src)",
    ["utils.data.Dataset"] = "a table with # and set:get(i)", ["utils.data.IterableDataset"] = "lun.data.pipeline(f)",
    ["utils.data.TensorDataset"] = "lun.data.TensorDataset", ["utils.data.DataLoader"] = "lun.data.DataLoader",
    ["utils.data.Subset"] = "lun.data.Subset", ["utils.data.random_split"] = "lun.data.random_split",
    ["utils.data.ConcatDataset"] = "lun.data.concat(a, b)", ["utils.data.ChainDataset"] = "lun.data.concat(a, b)",
    ["utils.data.StackDataset"] = "lun.data.zip(a, b)", ["utils.data.default_collate"] = "lun.data.collate",
    ["utils.data.Sampler"] = "a table with # and sampler:order(epoch)", ["utils.data.RandomSampler"] = "shuffle = true",
    ["utils.data.SequentialSampler"] = "no shuffle", ["utils.data.SubsetRandomSampler"] = "lun.data.Subset and shuffle = true",
    ["utils.data.WeightedRandomSampler"] = "lun.data.WeightedRandomSampler", ["utils.data.BatchSampler"] = "batch_size",
    ["utils.data.default_convert"] = "lun.tensor",
    ["nn.CrossMapLRN2d"] = "nn.LocalResponseNorm", ["nn.NLLLoss2d"] = "nn.NLLLoss", ["nn.Container"] = "nn.Sequential, nn.ModuleList",
    ["nn.functional.linear_cross_entropy"] = "lun.cross_entropy(x:linear(weight), labels)",
}
local names_elsewhere = require "lunette.help_core".names_elsewhere()

-- Patterns of PyTorch's names, and why they are not here. The first that fits counts.
local reasons = {
    {"^as_strided_$", "a view is a new handle: x = x:as_strided(...)"}, {"^Tensor.as_strided_$", "a view is a new handle: x = x:as_strided(...)"},
    {"^Tensor.squeeze_$", "a view is a new handle: x = x:squeeze()"}, {"^Tensor.unsqueeze_$", "a view is a new handle: x = x:unsqueeze(dim)"},
    {"^Tensor.transpose_$", "a view is a new handle: x = x:transpose(a, b)"}, {"^Tensor.t_$", "a view is a new handle: x = x:t()"},
    {"^Tensor.swap%w+_$", "a view is a new handle: x = x:transpose(a, b)"}, {"^Tensor.set_$", "a handle keeps its memory: x = y"},
    {"get_worker_info", "workers do not know of each other: elements are handed to whoever is free"}, {"DataChunk", "a type of Python"},
    {"empty_strided", "lun.empty and x:as_strided"}, {"empty_permuted", "lun.empty and x:permute"},
    {"^Tensor.values$", "sparse layouts are left out"},
    {"^Tensor.indices$", "sparse layouts are left out"}, {"histogramdd", "a histogram of several dims is left out; histogram does one"},
    {"LinearCrossEntropyOptions", "options of PyTorch's own way to save memory"},
    {"^nn.RNNBase$", "a base class: nn.RNN, nn.LSTM, nn.GRU"}, {"^nn.RNNCellBase$", "a base class: nn.RNNCell, nn.LSTMCell, nn.GRUCell"},
    {"chalf", "there is no complex type of two halves"}, {"functional.Optional", "a type of Python"},
    {"is_distributed", "tensors of several machines come with data-parallel training"}, {"col_indices", "sparse layouts are left out"},
    {"ldl_", "left out: lun.lu and lun.cholesky, or lun.eigh"},
    {"sparse", "sparse layouts are left out: gradients of embeddings are row-sparse inside, tensors are dense"},
    {"^c?crow_indices", "sparse layouts are left out"}, {"^c?col_indices", "sparse layouts are left out"},
    {"coalesce", "sparse layouts are left out"},
    {"ccol_indices", "sparse layouts are left out"}, {"row_indices", "sparse layouts are left out"},
    {"dense_dim", "sparse layouts are left out"},
    {"quantiz", "quantisation is int8 data with its own ops, not a dtype"},
    {"int_repr", "quantisation is int8 data with its own ops, not a dtype"},
    {"dlpack", "there is no other tensor library in a Lua process to exchange with"},
    {"frombuffer", "files are read by lun.load and lun.data"},
    {"from_file", "files are read by lun.load and lun.data"},
    {"storage", "storages are shared by views and not shown"},
    {"data_ptr", "memory addresses are not shown to Lua"},
    {"share_memory", "Lua has one process; workers get copies"}, {"is_shared", "Lua has one process"},
    {"pin_memory", "memory is pinned by the loader when it pays"},
    {"is_pinned", "memory is pinned by the loader when it pays"},
    {"record_stream", "streams order themselves by last use"},
    {"resize", "tensors do not change their size in place: x:reshape, lun.cat"},
    {"deterministic", "all of it is deterministic"}, {"default_tensor_type", "the dtype option of each maker"},
    {"default_dtype", "float32 unless an option says otherwise"},
    {"default_device", "the device option of each maker"},
    {"float32_matmul_precision", "float32 products are float32"}, {"interop_threads", "there is one pool of threads"},
    {"flush_denormal", "denormal numbers are kept"}, {"warn_always", "there are no warnings to repeat"},
    {"is_warn", "there are no warnings to repeat"},
    {"is_inference", "lun.no_grad is all there is"}, {"inference_mode", "lun.no_grad"},
    {"is_conj", "conjugates are computed at once, not marked"},
    {"is_neg$", "negation is computed at once, not marked"},
    {"resolve_", "conjugates are computed at once, not marked"},
    {"conj_physical", "lun.conj: conjugates are computed at once"}, {"names?$", "dims have no names"},
    {"nested", "nested tensors are left out: see pad_sequence"},
    {"padded_tensor", "nested tensors are left out: see pad_sequence"},
    {"mkldnn", "layouts of a back end stay inside"}, {"layout", "every tensor is strided"},
    {"subclass", "Lua has no subclasses of userdata"}, {"module_load", "an internal of PyTorch's modules"},
    {"is_meta", "there is no meta device"},
    {"symeig", "removed from PyTorch: eigh"}, {"^Tensor.eig$", "lun.eig"},
    {"lobpcg", "eigh, or svd, do the usual sizes"},
    {"^func%.functionalize$", "there is no compiler to prepare for"}, {"^func%.linearize$", "lun.func.jvp, call by call"},
    {"^func%.rearrange$", "permute and reshape"}, {"^func%.stack_module_state$", "lun.stack of each parameter"},
    {"^compile$", "comes with compiled graphs"}, {"DataParallel", "comes with data-parallel training"},
    {"Distributed", "comes with data-parallel training"},
    {"SyncBatchNorm", "comes with data-parallel training"}, {"DataPipe", "removed from PyTorch"},
    {"Buffer$", "module:register_buffer"},
    {"map2?_$", "a Lua function per element would be slow: whole-tensor ops"},
    {"apply_$", "a Lua function per element would be slow: whole-tensor ops"},
    {"vulkan", "a back end of phones"}, {"is_set_to", "compare x.version and views"}, {"dim_order", "x:stride()"},
    {"Uninitialized", "lazy modules hold none"},
    {"polynomial", "orthogonal polynomials are left out; they take a line with mul and sub"},
    {"airy", "left out: rarely asked for"},
    {"bessel", "left out: rarely asked for"}, {"is_storage", "storages are not shown"},
    {"get_device_module", "x.device"}, {"autocast", "comes with mixed precision"},
    {"cuda", "comes with the CUDA back end"}, {"segment_reduce", "lun.scatter_reduce"}, {"pca_lowrank", "lun.svd"},
    {"svd_lowrank", "lun.svd"},
}

local function read_names(root)
    local list = {}
    for line in io.lines(root .. "/doc/torch_names.txt") do
        local module, names = line:match "^([%w_.]+): (.*)$"
        local section = {module = module, names = {}}
        for name in names:gmatch "%S+" do section.names[#section.names + 1] = name end
        list[#list + 1] = section
    end
    return list
end

local function has(holder, name)
    local good, value = pcall(function() return holder[name] end)
    return good and value ~= nil
end

local tensor_names = getmetatable(lun.zeros(1))

-- How a name of a module is written here, if it exists under the same name.
local function here(module, name)
    if module == "torch" then return has(lun, name) and "lun." .. name or nil end
    if module == "Tensor" then
        if tensor_names.__methods[name] then return "x:" .. name end
        return tensor_names.__properties[name] and "x." .. name or nil
    end
    local holder = lun
    for part in (module .. "." .. name):gmatch "[^.]+" do
        if type(holder) ~= "table" or not has(holder, part) then return nil end
        holder = holder[part]
    end
    return "lun." .. module .. "." .. name
end

-- lun.NAME or x:NAME serve for nn.functional, linalg, special names that live elsewhere here.
local function nearby(module, name)
    if module == "Tensor" then return has(lun, name) and "lun." .. name .. "(x)" or nil end
    if tensor_names.__methods[name] then return "x:" .. name end
    return has(lun, name) and "lun." .. name or nil
end

local function reason_of(full)
    for _, row in ipairs(reasons) do
        if full:find(row[1]) then return row[2] end
    end
end

--- doc/from-pytorch.md, and how many names there are, are here, are explained, are missing.
function from_pytorch.text(root)
    local lines = {"# From PyTorch\n", [[
Where each public name of PyTorch 2.13 is in Lunette, or why it is not. Made by `./dev docs` from what exists.

What is different everywhere: dims, positions and classes count from 1; ranges include their end; keyword arguments stand in a last table,
`x:sum{dim = 1, keepdim = true}`, where PyTorch's names are understood as well if the help has others (`other`, `exponent`, `input`,
`axis`); `x[1]`, `x["1:3, -1"]` index; comparisons of tensors are methods (`x:lt(y)`), because Lua makes one boolean of `<`; full
reductions give 0-d tensors, `:item()` a Lua number. More in [differences.md](differences.md).
]]}
    local counts = {all = 0, here = 0, explained = 0, missing = 0}
    for _, section in ipairs(read_names(root)) do
        local same, other, without, missing = {}, {}, {}, {}
        for _, name in ipairs(section.names) do
            local full = section.module == "torch" and name or section.module .. "." .. name
            local found = here(section.module, name)
            local bare = section.module == "torch" or section.module == "Tensor"
            local instead = not found and (elsewhere[full] or bare and names_elsewhere[name] or nearby(section.module, name))
            local reason = not found and not instead and reason_of(full)
            counts.all = counts.all + 1
            counts[(found or instead) and "here" or reason and "explained" or "missing"] =
                counts[(found or instead) and "here" or reason and "explained" or "missing"] + 1
            if found then same[#same + 1] = "`" .. found .. "`"
            elseif instead then other[#other + 1] = ("| `%s` | %s |"):format(full, instead:find "^[%w_.:]+$" and "`" .. instead .. "`" or instead)
            elseif reason then without[#without + 1] = ("| `%s` | %s |"):format(full, reason)
            else missing[#missing + 1] = "`" .. full .. "`" end
        end
        lines[#lines + 1] = "## " .. (section.module == "torch" and "torch" or "torch." .. section.module) .. "\n"
        if #same > 0 then lines[#lines + 1] = ("The same name (%d): %s\n"):format(#same, table.concat(same, " ")) end
        if #other > 0 then lines[#lines + 1] = "| PyTorch | Lunette |\n| --- | --- |\n" .. table.concat(other, "\n") .. "\n" end
        if #without > 0 then lines[#lines + 1] = "| PyTorch | why it is not here |\n| --- | --- |\n" .. table.concat(without, "\n") .. "\n" end
        if #missing > 0 then lines[#lines + 1] = ("Not there yet (%d): %s\n"):format(#missing, table.concat(missing, " ")) end
    end
    return table.concat(lines, "\n"), counts
end

return from_pytorch
