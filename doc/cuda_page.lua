-- cuda_page.lua - makes doc/cuda.md: which rows of the op table run on a CUDA device, and how
--
-- Read from the two tables of kernels, kernels/cpu/backend.c and kernels/cuda/backend.c, and from the files whose kernels ask for
-- cuSOLVER, so that it is made without a GPU and cannot differ from them. Read next: doc/generate.lua.
-- SPDX-License-Identifier: MIT
local page = {}

-- Row name -> the function in its slot, and the names in the file's order.
local function slots(root, folder)
    local file = assert(io.open(("%s/kernels/%s/backend.c"):format(root, folder)))
    local functions, names = {}, {}
    for name, kernel in file:read "a":gmatch "%[LUN_OP_([%w_]+)%]%s*=%s*([%w_]+)" do
        functions[name] = kernel
        names[#names + 1] = name
    end
    file:close()
    return functions, names
end

-- Kernel functions that hand their call to the CPU where cuSOLVER is missing.
local function by_solver(root)
    local functions = {}
    for _, name in ipairs {"orthogonal", "spectrum"} do
        local file = assert(io.open(("%s/kernels/cuda/%s.cu"):format(root, name)))
        local text = file:read "a"
        file:close()
        for kernel, body in text:gmatch 'extern "C" bool ([%w_]+)%b()%s*(%b{})' do
            if body:find("elsewhere(c)", 1, true) then functions[kernel] = true end
        end
    end
    return functions
end

-- What doc/cuda.md holds besides the table; kept here because the file is made.
local head = [[
# Rows on CUDA

Made by `./dev docs` from the tables of kernels. How the module is built and what is measured: `doc/design.md`.

A row of the op table is one of these on a device:

- an elementwise formula: compiled for the device from the text of its row, with its gradient;
- a row with a kernel of its own: the table below;
- a view, or a row made of other ops: it needs no kernel, and stays on the device as far as its parts do;
- a row by cuSOLVER, where that library is found, else like one without a kernel;
- a row without a kernel: its arguments are copied to the host, the CPU's kernel runs, the results are copied back. The first
  time, a line on stderr says so; `lun.cuda.fallbacks()` counts them, and `LUNETTE_QUIET=1` silences the line.
]]

local solver = [[
## By cuSOLVER

%s.

A Jacobi sweep, a reduction to Hessenberg form and their like of our own would be a library. Where cuSOLVER is missing, and for a
matrix of more elements than an int counts, the CPU's LAPACK computes, on copies: also for what is made of these rows (`svd`, `eigh`,
`cond`, `matrix_rank`, norms by singular values, the gradient of `det` at a singular matrix).
]]

--- The text of doc/cuda.md; `rows`: what lun.ops() gives.
function page.text(root, rows)
    local cuda = slots(root, "cuda")
    local cpu, names = slots(root, "cpu")
    local formulas, without, lines = 0, {}, {}
    for _, row in ipairs(rows) do
        if row.family ~= "op" then formulas = formulas + 1 end
    end
    table.sort(names)
    local kernels = 0
    for _, name in ipairs(names) do
        if cuda[name] then
            kernels = kernels + 1
            lines[#lines + 1] = ("| `%s` | `%s` |"):format(name, cuda[name])
        else
            without[#without + 1] = "`" .. name .. "`"
        end
    end
    local text = {head, ("%d formula rows and %d of %d rows with a kernel on the CPU have one on CUDA.\n"):format(formulas, kernels, #names)}
    text[#text + 1] = "## On the CPU, with copies\n"
    text[#text + 1] = (#without > 0 and table.concat(without, ", ") or "None.") .. "\n"
    local asking, those = by_solver(root), {}
    for _, name in ipairs(names) do
        if asking[cuda[name]] then those[#those + 1] = "`" .. name .. "`" end
    end
    text[#text + 1] = solver:format(table.concat(those, ", "))
    text[#text + 1] = "## Rows with a kernel\n\n| row | function in kernels/cuda |\n| --- | --- |"
    text[#text + 1] = table.concat(lines, "\n")
    return table.concat(text, "\n") .. "\n"
end

return page
