-- calls.lua - how PyTorch's calls are said here: which arguments and results count positions, and what is called otherwise
--
-- One line for each op of PyTorch that has something to say:  torch.name(argument:kind, ...) -> result kinds = our name
-- Kinds of arguments: dim (one or several), index (positions as numbers), stop (an end that PyTorch excludes), indices (positions in a
-- tensor, or in a list of tensors; pivots of LAPACK count from 1 in PyTorch too), number and numbers (a tensor stands for them), drop (left out). `other>y` renames an option. Kinds of results: index, order (positions that may differ where the
-- elements are equal), any, random, sampled and dropped (only dtype and shape are defined:
-- always, where training is not false, where no _random_samples are given, where dropout_p is not 0).
-- Options called dim, dims, dim0, dim1, dim2, start_dim, end_dim are dims in every op unless its line says otherwise.
-- An op that is not here passes its arguments as they are. Nothing here is read from our own table: a wrong kind there fails here.
-- Read next: check.lua. SPDX-License-Identifier: MIT
local text = [[
sum(x, dim:dim) mean(x, dim:dim) nansum(x, dim:dim) nanmean(x, dim:dim) prod(x, dim:dim) std(x, dim:dim) var(x, dim:dim)
std_mean(x, dim:dim) var_mean(x, dim:dim) amax(x, dim:dim) amin(x, dim:dim) aminmax(x, dim:dim) all(x, dim:dim) any(x, dim:dim)
logsumexp(x, dim:dim) softmax(x, dim:dim) log_softmax(x, dim:dim) nn.functional.softmin(x, dim:dim) norm(x, p, dim:dim)
cumsum(x, dim:dim) cumprod(x, dim:dim) logcumsumexp(x, dim:dim) count_nonzero(x, dim:dim) quantile(x, q, dim:dim) nanquantile(x, q, dim:dim)
max-binary(x, y) = maximum
min-binary(x, y) = minimum
max(x, dim:dim) -> value,index
min(x, dim:dim) -> value,index
median(x, dim:dim) -> value,order
nanmedian(x, dim:dim) -> value,order
mode(x, dim:dim) -> value,order
kthvalue(x, k, dim:dim) -> value,order
bincount(x:indices, weights)
cummax(x, dim:dim) -> value,order
cummin(x, dim:dim) -> value,order
argmax(x, dim:dim) -> index
argmin(x, dim:dim) -> index
diff(x, n, dim:dim, prepend, append)
trapezoid(y, x) trapz(y, x) cumulative_trapezoid(y, x)
renorm(x, p, dim:dim, maxnorm)
unique(x) -> value,unique
unique_consecutive(x) -> value,unique
sort(x, dim:dim, descending) -> value,order
argsort(x, dim:dim, descending) -> order
topk(x, k, dim:dim, largest, sorted) -> value,order
searchsorted(sorted_sequence, values, sorter:indices) -> index
bucketize(x, boundaries) -> index
flatten(x, start_dim:dim, end_dim:dim) permute(x, dims:dim) transpose(x, dim0:dim, dim1:dim) squeeze(x, dim:dim) unsqueeze(x, dim:dim)
movedim(x, source:dim, destination:dim) flip(x, dims:dim) roll(x, shifts, dims:dim) rot90(x, k, dims:dim) unflatten(x, dim:dim, sizes)
unfold(x, dimension:dim, size, step) unbind(x, dim:dim) cat(tensors, dim:dim) stack(tensors, dim:dim) chunk(x, chunks, dim:dim)
permute_copy(x, dims:dim) = permute
split(x, size, dim:dim) split_with_sizes(x, sizes, dim:dim)
unsafe_chunk(x, chunks, dim:dim) = chunk
unsafe_split(x, size, dim:dim) = split
tensor_split(x, indices_or_sections:numbers, dim:dim)
narrow(x, dim:dim, start:index, length) narrow_copy(x, dim:dim, start:index, length) select(x, dim:dim, index:index)
slice(x, dim:dim, start:index, end>stop:stop, step)
select_scatter(x, src, dim:dim, index:index) slice_scatter(x, src, dim:dim, start:index, end>stop:stop, step)
diagonal_scatter(x, src, offset, dim1:dim, dim2:dim) diagonal(x, offset, dim1:dim, dim2:dim)
linalg.diagonal(x, offset, dim1:dim, dim2:dim)
diag_embed(x, offset, dim1:dim, dim2:dim)
as_strided(x, size, stride, storage_offset) take(x, index:indices) put(x, index:indices, source, accumulate)
take_along_dim(x, index:indices, dim:dim) gather(x, dim:dim, index:indices) scatter(x, dim:dim, index:indices, src)
scatter_add(x, dim:dim, index:indices, src) scatter_reduce(x, dim:dim, index:indices, src, reduce)
index_select(x, dim:dim, index:indices) index_add(x, dim:dim, index:indices, source) index_copy(x, dim:dim, index:indices, source)
index_fill(x, dim:dim, index:indices, value) index_reduce(x, dim:dim, index:indices, source, reduce)
index_put(x, indices:indices, values, accumulate)
__getitem__(x, index:subscript)
nonzero(x) -> index
nonzero_static(x) -> index
argwhere(x) -> index
unravel_index(x:indices, shape) -> index
tril_indices(row, col, offset) -> index
triu_indices(row, col, offset) -> index
repeat_interleave(x, repeats, dim:dim)
repeat(x, repeats) = tile
tensordot(x, y, dims:tensordot) cross(x, y, dim:dim) linalg.cross(x, y, dim:dim) linalg.vecdot(x, y, dim:dim)
linalg.matrix_norm(x, ord, dim:dim) linalg.norm(x, ord, dim:dim) linalg.vector_norm(x, ord, dim:dim) linalg.tensorsolve(x, y, dims:dim)
linalg.lu(x) -> value,value,value
einsum(operands, equation) trace(x)
block_diag(tensors) cartesian_prod(tensors) broadcast_tensors(tensors)
fft.fft(x, n, dim:dim) fft.ifft(x, n, dim:dim) fft.rfft(x, n, dim:dim) fft.irfft(x, n, dim:dim) fft.hfft(x, n, dim:dim) fft.ihfft(x, n, dim:dim)
fft.fftshift(x, dim:dim) fft.ifftshift(x, dim:dim)
nn.functional.glu(x, dim:dim) nn.functional.cosine_similarity(x1, x2, dim:dim) nn.functional.normalize(x, p, dim:dim)
nn.functional.one_hot(x:indices, num_classes)
nn.functional.embedding(weight, x:indices, padding_idx:index)
nn.functional.embedding_bag(weight, x:indices, offsets:indices, padding_idx:index)
nn.functional.nll_loss(x, target:indices, ignore_index:index)
nn.functional.cross_entropy(x, target:indices, ignore_index:index)
nn.functional.linear_cross_entropy(x, linear_weight, target:indices, ignore_index:index)
nn.functional.multi_margin_loss(x, target:indices)
nn.functional.multilabel_margin_loss(x, target:indices)
nn.functional.ctc_loss(log_probs, targets:ctc, input_lengths, target_lengths, blank:index)
nn.functional.max_pool1d(x) -> value,index
nn.functional.max_pool2d(x) -> value,index
nn.functional.max_pool3d(x) -> value,index
nn.functional.adaptive_max_pool1d(x) -> value,index
nn.functional.adaptive_max_pool2d(x) -> value,index
nn.functional.adaptive_max_pool3d(x) -> value,index
nn.functional.fractional_max_pool2d(x, kernel_size, _random_samples>random_samples) -> sampled,sampled
nn.functional.fractional_max_pool3d(x, kernel_size, _random_samples>random_samples) -> sampled,sampled
nn.functional.scaled_dot_product_attention(query, key, value) -> dropped
nn.functional.multi_head_attention_forward(query, key, value) -> dropped
nn.functional.max_unpool1d(x, indices:indices)
nn.functional.max_unpool2d(x, indices:indices)
nn.functional.max_unpool3d(x, indices:indices)
multinomial(x, num_samples) -> any
bernoulli(x) -> any
linspace-tensor_overload(start:number, stop:number, steps)
logspace-tensor_overload(start:number, stop:number, steps, base)
arange(start, end>stop)
randint(low, high, size) -> any
randint_like(x) -> any
rand_like(x) -> any
randn(size) -> any
randn_like(x) -> any
normal(mean, std) -> any
normal-in_place(x, mean, std) -> any = normal_
uniform(x) -> any
cauchy(x) -> any
exponential(x) -> any
geometric(x) -> any
log_normal(x) -> any
empty(size) -> any
empty_like(x) -> any
empty_permuted(size) -> any
empty_strided(size) -> any
new_empty(x) -> any
new_empty_strided(x) -> any
nn.functional.dropout(x) -> random
nn.functional.dropout2d(x) -> random
nn.functional.dropout3d(x) -> random
nn.functional.alpha_dropout(x) -> random
nn.functional.feature_alpha_dropout(x) -> random
nn.functional.rrelu(x) -> random
svd_lowrank(x) -> any,any,any
pca_lowrank(x) -> any,any,any
]]

local calls = { signatures = {}, ways = {}, reasons = {} }

local function parse_arguments(list)
    local args = {}
    for item in list:gmatch "[^,]+" do
        local name, ours, kind = item:match "^%s*([%w_]+)>?([%w_]*):?(%w*)%s*$"
        args[#args + 1] = { name = name, ours = ours ~= "" and ours or nil, kind = kind ~= "" and kind or nil }
    end
    return args
end

for line in text:gmatch "[^\n]+" do
    local results, ours = line:match "%->%s*([%w,]+)", line:match "=%s*([%w_.]+)" -- a line with one of these holds one op
    for name, list in line:gmatch "([%w_.%-]+)%(([^)]*)%)" do
        local signature = { args = parse_arguments(list), results = {}, ours = ours }
        for kind in (results or ""):gmatch "%w+" do signature.results[#signature.results + 1] = kind end
        calls.signatures[name] = signature
    end
end

-- What is known of a call: by its name and variant, else by its name.
function calls.signature(file)
    return calls.signatures[file.name .. "-" .. file.variant] or calls.signatures[file.name]
end

calls.options = { dim = "dim", dims = "dim", dim0 = "dim", dim1 = "dim", dim2 = "dim", start_dim = "dim", end_dim = "dim" }
-- Options that say what Lunette does anyway, or that our operators have no use for.
calls.dropped = { requires_grad = true }

-- Calls whose form differs: f is our function (nil where there is none of that name), the rest are arguments already built.
-- The name of our op for the table is `ours`; the function gets (lun, ...).
local ways = calls.ways

local function reversed(name)
    return { ours = name, call = function(lun, x, y, ...) return lun[name](y, x, ...) end }
end
ways.__radd__ = reversed "add"
ways.__rmul__ = reversed "mul"
ways.__rsub__ = reversed "sub"
ways.__rdiv__ = reversed "div"
ways.__rpow__ = reversed "pow"
ways.__rmod__ = reversed "remainder"
ways.__rmatmul__ = reversed "matmul"
ways.__rand__ = reversed "bitwise_and"
ways.__ror__ = reversed "bitwise_or"
ways.__rxor__ = reversed "bitwise_xor"
ways.einsum = { ours = "einsum", call = function(lun, operands, equation) return lun.einsum(equation, table.unpack(operands)) end }
ways.svd = { ours = "svd", call = function(lun, x, options) -- PyTorch's old svd gives V, not its transpose
    local u, s, vh = lun.svd(x, { full_matrices = not options.some })
    return u, s, tostring(vh.dtype):find "complex" and vh.mH or vh.mT
end }
ways.qr = { ours = "qr", call = function(lun, x, some) return lun.qr(x, some == false and "complete" or "reduced") end }
ways.lu = { ours = "lu_factor", call = function(lun, x, pivot, info)
    if info then return lun.lu_factor_ex(x, pivot) end
    return lun.lu_factor(x, pivot)
end }
ways.lu_solve = { ours = "lu_solve", call = function(lun, b, lu, pivots) return lun.lu_solve(lu, pivots, b) end }
ways["linalg.lstsq-grad_oriented"] = { ours = "lstsq", call = function(lun, ...)
    local x, residuals = lun.lstsq(...)
    return x, residuals
end }
ways["linalg.pinv-singular"] = { ours = "pinv", call = function(lun, a, b) return lun.pinv(a:matmul(b.mT)) end }
ways.where = { ours = "where", call = function(lun, x, condition, y) return lun.where(condition, x, y) end }
ways.randint = { ours = "randint", call = function(lun, low, high, ...) -- the low may be left out there
    if type(high) ~= "number" then return lun.randint(0, low, high, ...) end
    return lun.randint(low, high, ...)
end }
ways["meshgrid-variadic_tensors"] = { ours = "meshgrid", call = function(lun, ...)
    local tensors = { ... }
    local options = table.remove(tensors)
    return lun.meshgrid(tensors, options)
end }
ways.polygamma = { ours = "polygamma", call = function(lun, x, n) return lun.polygamma(n, x) end }
ways["special.polygamma"] = ways.polygamma
ways["nn.functional.embedding"] = { ours = "embedding", call = function(lun, weight, x, ...) return lun.embedding(x, weight, ...) end }
ways["nn.functional.embedding_bag"] = { ours = "embedding_bag", call = function(lun, weight, x, ...) return lun.embedding_bag(x, weight, ...) end }
for _, name in ipairs { "atleast_1d", "atleast_2d", "atleast_3d" } do -- PyTorch's take lists as well
    ways[name] = { ours = name, call = function(lun, x)
        if type(x) ~= "table" then return lun[name](x) end
        local list = {}
        for i, item in ipairs(x) do list[i] = lun[name](item) end
        return list
    end }
end
for _, name in ipairs { "var", "std", "var_mean", "std_mean" } do -- `unbiased` is the old word for correction = 1
    ways[name] = { ours = name, call = function(lun, x, options, ...)
        if type(options) == "boolean" then return lun[name](x, { correction = options and 1 or 0 }) end
        if type(options) == "table" and options.unbiased ~= nil then
            options.correction = options.unbiased and 1 or 0
            options.unbiased = nil
        end
        return lun[name](x, options, ...)
    end }
end
for _, name in ipairs { "T", "H", "mT", "mH" } do
    ways[name] = { ours = "method:" .. name, call = function(_, x) return x[name] end }
end
ways.__getitem__ = { ours = "method:index_select", call = function(_, x, subscript) return x[subscript] end }
ways.to = { ours = "method:to", call = function(_, x, ...)
    for _, v in ipairs { ... } do
        if type(v) == "userdata" then return x:to(v.dtype) end
        if type(v) == "string" and v ~= "cpu" then return x:to(v) end
    end
    return x
end }
for _, pair in ipairs { { "bfloat16", "bfloat16" }, { "bool", "bool" }, { "byte", "uint8" }, { "char", "int8" }, { "double", "float64" },
    { "float", "float32" }, { "half", "float16" }, { "int", "int32" }, { "long", "int64" }, { "short", "int16" },
    { "cfloat", "complex64" }, { "cdouble", "complex128" } } do
    ways[pair[1]] = { ours = "method:to", call = function(_, x) return x:to(pair[2]) end }
end

-- Gradients that are defined in part only (PyTorch's tests wrap these ops likewise): of symmetric matrices the sum with the transpose
-- counts, of triangular ones the triangle; PyTorch's gradient of ctc_loss is right behind log_softmax only. By op: what, and which of the
-- arguments that want a gradient (nil: all).
calls.projections = {
    ["linalg.eigh"] = { "symmetric" }, ["linalg.eigvalsh"] = { "symmetric" }, ["linalg.cholesky"] = { "symmetric" },
    ["linalg.cholesky_ex"] = { "symmetric" }, cholesky = { "symmetric" }, ["linalg.pinv-hermitian"] = { "symmetric" },
    cholesky_inverse = { "triangle", 1 }, cholesky_solve = { "triangle", 2 }, ["linalg.solve_triangular"] = { "triangle", 1 },
    ["nn.functional.ctc_loss"] = { "behind log_softmax" },
}

-- Ops of the database that are not for users of PyTorch, or that need what Lunette has not by design: reasons, by pattern of the name.
calls.left_out = {
    { "^jiterator_", "compiles CUDA code" }, { "^torch%.", "private, or a kernel of one device" }, { "^_[^_]", "private" },
    { "^sparse%.", "sparse layouts" }, { "^to_sparse", "sparse layouts" }, { "_copy$", "for graph exporters: the same as without _copy" },
    { "^native_", "private form of a layer" }, { "_backward$", "private form of a gradient" }, { "^chalf$", "complex32" },
    { "^masked%.", "torch.masked is a prototype" }, { "^resize_", "changes storage under other tensors' feet" },
    { "^unsafe_", "the same as without unsafe_" }, { "^hash_tensor$", "private" },
}

return calls
