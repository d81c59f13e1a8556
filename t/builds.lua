-- builds.lua - every row gives the same bits on 1, 2 and 4 threads, and nearly the same numbers with each instruction set and compiler
--
-- The program is started once per variant and writes the results of all rows' samples, and of larger versions of them, into a file;
-- the files are compared. A second build counts when its program is found: build-clang/ beside the build folder, as ./dev clang makes
-- it, or LUNETTE_OTHER. Holds: knows no row by name but those whose results are not defined.
-- Read next: t/rows.lua, kernels/cpu/isa.h. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows = require "rows"

local unspecified = { empty = true, empty_like = true }
-- float64 results of float32 arguments, which randn may make a last place apart.
local coarse = { float_power = true }
-- Relative to 1 + the value; halves may differ by one place where a float32 result lies between two.
local tolerances = { float32 = 5e-5, float64 = 1e-9, float16 = 2e-3, bfloat16 = 1.6e-2 }

-- randn's last bit depends on the instruction set; what the rows are given shall not.
local function snapped(x)
    if not rows.is_float(x) then return x end
    return (x * 1024):round() / 1024
end

-- Ways to make the float tensors of a sample larger; which of them a row accepts is the same in every variant. Results of elementwise
-- rows and reductions do not grow faster than their arguments, so those may be large.
local function tiled(dim, row)
    local times = (row.family ~= "op" or row.group == "reduce") and 3000 or 30
    return function(x)
        if not rows.is_float(x) or x.ndim == 0 or x:numel() == 0 then return x end
        local counts = {}
        for d = 1, x.ndim do counts[d] = 1 end
        counts[dim > 0 and 1 or x.ndim] = times
        return snapped(x):tile(counts)
    end
end
local function sizes(row) return { snapped, tiled(1, row), tiled(-1, row) } end

-- Of a large result each n-th element will do.
local function part(x)
    local n = x:numel() // 20000
    return n > 1 and x:slice(1, 1, -1, n | 1):contiguous() or x:contiguous()
end

local function write_results(path)
    local results = {}
    for _, row in ipairs(rows.sampled()) do
        for k, larger in ipairs(unspecified[row.name] and {} or sizes(row)) do
            local good, values = pcall(function() return rows.list_of(rows.call(row, rows.sample(row.sample, larger))) end)
            for i, x in ipairs(good and values or {}) do
                if rows.is_tensor(x) then
                    if tostring(x.dtype):find "complex" then x = lun.view_as_real(x) end
                    results[("%s|%d|%d"):format(row.label, k, i)] = part(x:detach():flatten())
                end
            end
        end
    end
    lun.save(path, results)
end

if arg[1] == "--write" then
    write_results(arg[2])
    os.exit(0)
end

local scratch = require "scratch"
local folder = scratch.folder
local here = os.getenv "LUNETTE_BUILD" .. "/lunette"

local function results_of(name, program, environment, options)
    local path = ("%s/%s.safetensors"):format(folder, (name:gsub(" ", "_")))
    local command = ("%s %s %s %s --write %s"):format(environment, program, options, arg[0], path)
    tap.ok(os.execute(command), name .. ": the rows ran")
    return path
end

local function bytes(path)
    local file = assert(io.open(path, "rb"))
    local all = file:read "a"
    file:close()
    return all
end

local function far(a, b, row)
    if tostring(a.dtype) ~= tostring(b.dtype) or tostring(a.shape) ~= tostring(b.shape) then return "another dtype or shape" end
    local tolerance = tolerances[coarse[row] and "float32" or tostring(a.dtype)]
    if not tolerance then return not a:eq(b):all() and "differs" or nil end
    local x, y = a:double(), b:double()
    local both_nan = x:isnan():logical_and(y:isnan())
    local same = x:eq(y):logical_or(both_nan)
    local near = (x - y):abs():le((x:abs() + 1) * tolerance)
    local fine = same:logical_or(near)
    if fine:all() then return nil end
    local worst = (x - y):abs():masked_fill(fine, 0):max():item()
    return ("differs by %g"):format(worst)
end

-- Rows whose results are not near those of the usual variant.
local function compare(name, path, usual)
    local found, problems = lun.load(path), {}
    for key, want in pairs(usual) do
        local problem = found[key] == nil and "no result" or far(found[key], want, key:match "^[^|]+")
        if problem then problems[#problems + 1] = key .. ": " .. problem end
    end
    table.sort(problems)
    if #problems == 0 then return tap.ok(true, name .. ": as usual") end
    tap.fail(name .. ": as usual", table.unpack(problems, 1, math.min(#problems, 12)))
end

local usual = results_of("one thread", here, "", "--threads 1")
for _, threads in ipairs { 2, 4 } do
    local path = results_of(threads .. " threads", here, "", "--threads " .. threads)
    tap.ok(bytes(path) == bytes(usual), threads .. " threads: the same bits")
end
local numbers = lun.load(usual)
for _, isa in ipairs { "baseline", "avx2", "avx512" } do
    compare(isa, results_of(isa, here, "LUNETTE_ISA=" .. isa, ""), numbers)
end
local other = os.getenv "LUNETTE_OTHER" or os.getenv "LUNETTE_BUILD" .. "/../build-clang/lunette"
-- One that is older than the sources is of another version.
local function fresh(program)
    local root = os.getenv "LUNETTE_TEST_ROOT" or "."
    local newer = io.popen(("cd '%s' && find core kernels lua_bindings lib -newer '%s' 2>&1 | head -n 1"):format(root, program)):read "a"
    return io.open(program) and newer == ""
end
if fresh(other) then compare("another build", results_of("another build", other, "", ""), numbers)
else tap.skip "no second build here (./dev clang makes one)" end
tap.done()
