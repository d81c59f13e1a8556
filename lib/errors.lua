-- errors.lua - the catalogue of errors: one row per code, shown by %explain, `lunette explain` and doc/errors.md
--
-- A row says what happened, why it usually does and what helps; `wrong` raises it and `right` is what works instead, both are run when they
-- are shown and by the tests. E1.. to E9.. are the core's (core/error.h), E0.. are Lua's own errors, known by their text; these codes are
-- not printed on the error's line, where they would only be in the way: %explain alone means the last error.
-- Read next: lib/errors/habits.lua (hints for what other languages write), repl/report.c. SPDX-License-Identifier: MIT
local lun = require "lunette"

local errors = {}

-- {code, title, text, wrong, right, patterns of Lua's message}; `typed`: what takes a person's keys to meet it
errors.rows = {
    {code = "E001", title = "a name that nobody defined", patterns = {"^undefined name '"},
     text = "In a cell a name must have a value before it is read, so that a slip of the finger is told at once. In scripts and required " ..
            "files it is nil, as in Lua. %who lists your names.",
     wrong = "prnt(1)", right = "print(1)"},
    {code = "E002", title = "a field of something that has none", patterns = {"^attempt to index "},
     text = "`a.b` and `a:b()` look into a. Here a is nil (or a number, a boolean), mostly because an earlier step gave nothing: a field " ..
            "that is written differently, a function without `return`.",
     wrong = "local t = {}; return t.a.b", right = "local t = {a = {b = 1}}; return t.a.b"},
    {code = "E003", title = "a call of something that is no function", patterns = {"^attempt to call "},
     text = "The name in front of the brackets holds nil or another value. Often the method is written differently; the hint says which " ..
            "name is near.",
     wrong = "string.fromat('%d', 1)", right = "string.format('%d', 1)"},
    {code = "E004", title = "arithmetic, comparison or joining with the wrong kind of value",
     patterns = {"^attempt to perform arithmetic", "^attempt to compare", "^attempt to concatenate", "^number has no integer representation",
                 "^attempt to get length", "^attempt to %a+ a ", "^attempt to perform 'n", "^attempt to divide by zero"},
     text = "An operator got nil, a table or a string where it needs numbers (or a tensor). nil often comes from a field that is not there.",
     wrong = "return {} + 1", right = "return #{} + 1"},
    {code = "E005", title = "a text that is no Lua",
     patterns = {"^unexpected symbol", "^syntax error", " expected near ", " expected %(to close ", "^unfinished ", "^malformed number",
                 "^no visible label", "^cannot use '%.%.%.'", "^attempt to assign to const", "^label '", "^break outside", "^<goto"},
     text = "The compiler names the first word at which the text cannot go on; the slip may be just before it. Coming from Python: ~= is " ..
            "not equal, `then`, `do` and `end` make blocks, {1, 2} is a list, and there is no +=.",
     wrong = "if x = 1 then print 'one' end", right = "if x == 1 then print 'one' end"},
    {code = "E006", title = "a function of Lua got the wrong argument", patterns = {"^bad argument #"},
     text = "The message counts the arguments; of a method the first one is what stands before the colon.",
     wrong = "math.sqrt('two')", right = "math.sqrt(2)"},
    {code = "E007", title = "a module that is not found", patterns = {"^module '"},
     text = "require looks for NAME.lua in the folders of package.path, and in the current one. The library needs none: lun, nn, optim, " ..
            "data, keras, metrics, plot and dbg are there.",
     wrong = "require 'no.such.module'", right = "require 'lunette.nn'"},
    {code = "E008", title = "a function that never stops calling itself", patterns = {"stack overflow"},
     text = "Each call waits for the one it made, until there is no room for more. Something must end the chain before the call.",
     wrong = "local function f(n) return n + f(n - 1) end f(3)", right = "local function f(n) return n == 0 and 0 or n + f(n - 1) end return f(3)"},
    {code = "E009", title = "an error that a program raised", patterns = {""},
     text = "error(\"...\") and assert(...) raise what their author wrote. %tb shows all the calls that led there, %pm walks through them.",
     wrong = "error 'no more rows'", right = "pcall(error, 'no more rows')"},
    {code = "E101", title = "shapes do not fit together",
     text = "Shapes are compared from the last dim backwards; a dim of size 1 is stretched. A product wants the last dim of the first to be " ..
            "the last but one of the second. x.shape says what there is; unsqueeze, view and .T change it.",
     wrong = "lun.ones(2, 3):matmul(lun.ones(4, 3))", right = "lun.ones(2, 3):matmul(lun.ones(4, 3).T)"},
    {code = "E110", title = "an element type that this op does not take",
     text = "Positions are int64, a mask is bool, gradients need floats. x.dtype says what there is; x:long(), x:float() and x:to(dtype) convert.",
     wrong = "lun.ones(3):index_select(1, lun.tensor{1.5})", right = "lun.ones(3):index_select(1, lun.tensor{2})"},
    {code = "E111", title = "a position or dim that is not there",
     text = "Everything is counted from 1, as Lua does; -1 is the last one. Labels and token ids that come from Python files count from 0 and " ..
            "need + 1.",
     wrong = "lun.ones(3)[4]", right = "lun.ones(3)[-1]"},
    {code = "E120", title = "a wrong argument",
     text = "A function got a value of the wrong kind or out of its range, or lacks one. ?name shows what it takes, with examples; Tab behind the " ..
            "open bracket does, too.",
     wrong = "lun.zeros('3')", right = "lun.zeros(3)"},
    {code = "E121", title = "no op, method, option or dtype of this name",
     text = "Names are checked, so that a slip is no silent nil. The hint names what is near or all there are.",
     wrong = "lun.ones(2):summ()", right = "lun.ones(2):sum()"},
    {code = "E122", title = "a dry run was asked for elements",
     text = "Shapes are worked out without computing anything (ghost shapes, lunette check-shapes), so there are no elements to read. What is " ..
            "decided by a value, as in `if loss:item() < 1`, is not known there.",
     wrong = "assert(require 'lunette.dry_core'.within(1, function() return lun.ones(2):sum():item() end))",
     right = "assert(require 'lunette.dry_core'.within(1, function() return lun.ones(2):sum().shape end))"},
    {code = "E130", title = "something that was closed already",
     text = "A tensor in a <close> variable, a mapped file, a reader or a chart was closed (or handed on) and is used again. Keep what lives " ..
            "longer in a variable without <close>; open a file anew.",
     wrong = "local kept; do local x <close> = lun.ones(2); kept = x end return kept + 1",
     right = "local kept; do local x = lun.ones(2); kept = x end return kept + 1"},
    {code = "E201", title = "there is no gradient to compute",
     text = "backward() needs a result that came from something with requires_grad, outside of lun.no_grad; a graph is walked once, then its " ..
            "saved values are freed. Run the forward pass again, or keep it with backward{retain_graph = true}.",
     wrong = "lun.ones(2):sum():backward()", right = "lun.ones(2):requires_grad_():sum():backward()"},
    {code = "E202", title = "a write that would falsify a gradient",
     text = "An op in place (its name ends in _) would change a parameter behind the gradient's back, or a value that a backward pass still " ..
            "needs. Updates belong into lun.no_grad; elsewhere take the form without _.",
     wrong = "lun.ones(2):requires_grad_():add_(1)", right = "lun.no_grad(function() lun.ones(2):requires_grad_():add_(1) end)"},
    {code = "E301", title = "devices that differ, or one that is not there",
     text = "Both tensors of an op must stand on one device; numbers go along. x:to(device) moves. `lunette doctor` says which devices there are " ..
            "and why not.",
     wrong = "lun.ones(2):to 'cuda:99'", right = "lun.ones(2):to 'cpu'", varies = true},
    {code = "E401", title = "a file that cannot be read or written",
     text = "The system's own words follow the name. Paths are relative to the folder you started in: !pwd, !ls.",
     wrong = "lun.load 'nothing.safetensors'", right = "!ls"},
    {code = "E402", title = "a file whose content is damaged",
     text = "The file is there but is not what its name says, or was cut. Nothing of it was used. Files of ours are written under another name " ..
            "and renamed when they are whole, so the one before is still good.",
     wrong = "data.json '[1, 2'", right = "data.json '[1, 2]'"},
    {code = "E501", title = "NaN or infinity where a number must be",
     text = "Not a number comes from 0/0, log of a negative number, a learning rate too high. %nan stops at the op that makes the first one; " ..
            "at a stop `why out` goes back to it.",
     wrong = "lun.full({2, 2}, 0/0):svd()", right = "lun.ones(2, 2):svd()"},
    {code = "E601", title = "out of memory",
     text = "Tensors are counted against a budget (lun.memory().budget), so that the machine does not end the program instead. Your variables are " ..
            "untouched. %mem shows the largest; NAME = nil lets one go, %forget all the results; or a smaller batch.",
     wrong = "lun.zeros(1000000, 1000000)", right = "lun.zeros(1000, 1000);", varies = true},
    {code = "E701", title = "interrupted by Ctrl-C",
     text = "The op left everything as it was. In a training run a first Ctrl-C ends it after its batch, a second one at once.",
     typed = "while true do local y = lun.randn(1000, 1000) end   and Ctrl-C"},
    {code = "E702", title = "the debugger left this run",
     text = "q at a stop gives the run up, Q the program. Nothing is wrong.",
     typed = "dbg.stop()   and at its prompt :q"},
    {code = "E801", title = "a helper program failed",
     text = "gnuplot draws charts that are saved. Without it charts are drawn as text. `lunette doctor` says whether it was found.",
     typed = "plot.curve {1, 4, 9}:save 'squares.png'   where gnuplot is not installed"},
    {code = "E901", title = "a defect of Lunette",
     text = "This must not happen. Please report the cell and this message; your variables are untouched."},
}

local by_code = {}
for _, row in ipairs(errors.rows) do by_code[row.code] = row end

--- The row of a code, in any case; nil when there is none.
function errors.row(code) return by_code[code:upper()] end

--- The code of one of Lua's own messages.
function errors.code_of(message)
    for _, row in ipairs(errors.rows) do
        for _, pattern in ipairs(row.patterns or {}) do
            if message:find(pattern) then return row.code end
        end
    end
end

local world = setmetatable({lun = lun, nn = lun.nn, x = 1}, {__index = function(_, name)
    if name == "data" then return require "lunette.data" end
    local value = _G[name]
    if value == nil then error("undefined name '" .. name .. "'", 2) end
    return value
end})

--- What running an example gives: true, or false and its message with the hint, without places.
function errors.try(text)
    local f, problem = load("return " .. text, "=example", "t", world)
    if not f then f, problem = load(text, "=example", "t", world) end
    if not f then return false, "error: " .. problem:gsub("^example:%d+: ", "") end
    local good, err = pcall(f)
    if good then return true end
    local shown = {}
    for line in tostring(err):gmatch "[^\n]+" do
        if not line:find "^%s*at " and not line:find "lun.help%(" and not line:find "^%s*no f" then shown[#shown + 1] = line end
    end
    local message = table.concat(shown, "\n"):gsub("^example:%d+: ", "")
    return false, type(err) == "table" and message or "error: " .. message:gsub("stack overflow.*", "stack overflow"):gsub(":$", "")
end

local function wrapped(text, width)
    local lines, line = {}, ""
    for word in text:gmatch "%S+" do
        if line ~= "" and #line + 1 + #word > width then lines[#lines + 1], line = line, "" end
        line = line == "" and word or line .. " " .. word
    end
    lines[#lines + 1] = line
    return table.concat(lines, "\n")
end

--- The page of a code, or nil. `width` NIL: not wrapped, and what depends on the machine is left out (for the document).
function errors.page(code, width)
    local row = errors.row(code)
    if not row then return nil end
    local lines = {row.code .. "  " .. row.title, width and wrapped(row.text, width) or row.text}
    if row.wrong then
        lines[#lines + 1] = "  > " .. row.wrong
        local _, message = errors.try(row.wrong)
        if width or not row.varies then lines[#lines + 1] = "  " .. message:gsub("\n", "\n  ") end
        lines[#lines + 1] = "instead:\n  > " .. row.right
    elseif row.typed then
        lines[#lines + 1] = "  > " .. row.typed
    end
    return table.concat(lines, "\n")
end

--- All codes with their titles, one a line.
function errors.list()
    local lines = {}
    for _, row in ipairs(errors.rows) do lines[#lines + 1] = row.code .. "  " .. row.title end
    return table.concat(lines, "\n")
end

--- doc/errors.md
function errors.document()
    local lines = {"# Errors\n", ("%d kinds, made from `lib/errors.lua` by `./dev docs`. In the shell `%%explain` explains the last error and "
        .. "`%%explain E101` this one, as `lunette explain E101` does. Codes of Lua's own errors (E0..) are not printed with them.\n")
        :format(#errors.rows),
        "| code | what |", "| --- | --- |"}
    for _, row in ipairs(errors.rows) do lines[#lines + 1] = ("| [%s](#%s) | %s |"):format(row.code, row.code:lower(), row.title) end
    for _, row in ipairs(errors.rows) do
        lines[#lines + 1] = ("\n## %s\n\n**%s.** %s"):format(row.code, row.title:sub(1, 1):upper() .. row.title:sub(2), row.text)
        if row.wrong then
            local _, message = errors.try(row.wrong)
            lines[#lines + 1] = "\n```lua\n> " .. row.wrong .. (row.varies and "" or "\n" .. message) .. "\n> " .. row.right .. "\n```"
        elseif row.typed then
            lines[#lines + 1] = "\n```\n> " .. row.typed .. "\n```"
        end
    end
    return table.concat(lines, "\n") .. "\n"
end

return errors
