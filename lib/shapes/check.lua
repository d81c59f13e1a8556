-- check.lua - lunette check-shapes FILE: a script or notebook walked on shapes alone
--
-- Functions of the file are walked, the library is called in a dry run, so nothing computes; files, plots, training runs and
-- the clock are unknown, as is what comes of them. Reports "FILE:LINE: reason" for each mismatch, in the words of the error
-- that a run would raise.
-- Holds: the file's own code never runs. Read next: lib/shapes/walk.lua, lib/shapes/standard.lua, repl/script.c.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.train_core"
local dry = require "lunette.dry_core"
local read = require "lunette.shapes.read"
local walk = require "lunette.shapes.walk"
local trail = require "lunette.shapes.trail"
local unknown = require "lunette.shapes.unknown"
local known = require "lunette.shapes.known"
local percent = require "lunette.notebook.percent"
local operators = require "lunette.shapes.operators"
local standard = require "lunette.shapes.standard"

local U = unknown.value
local PATIENCE = 20 -- seconds for a file
local TOO_LONG = setmetatable({}, {__name = "too long"})

local world = {}
world.__index = world

-- ---- what the library may do here ----

-- Modules and functions of the library whose work is not shapes.
local opaque_modules = {"plot", "dbg", "cuda", "optim", "autograd", "func", "progress"}
local opaque_functions = {"save", "load", "grad", "set_num_threads", "get_num_threads", "set_memory_budget", "memory",
    "wall_clock", "help", "search",
                          "set_rng_state", "get_rng_state", "is_terminal", "empty_cache", "optimizer_phase",
                          "touched_rows", "touched_still", "is_row_sparse",
                          "set_default_device"}
local silent_methods = {"backward", "register_hook", "retain_grad", "free", "heat", "hist", "img"}
local data_sets = {"digits", "iris"} -- in the program: no file is touched
local opaque_methods = {fit = true, evaluate = true, predict = true, save = true, save_weights = true,
    load_weights = true} -- of keras's models

local function nothing() end

local function rules()
    local rule = {}
    for _, name in ipairs(opaque_functions) do
        local f = rawget(lun, name)
        if f then rule[f] = function() return U end end
    end
    for _, name in ipairs(silent_methods) do rule[known.methods[name]] = nothing end
    if rawget(lun, "compile") then rule[lun.compile] = function(f) return f end end
    local data = lun.data
    for name, f in next, require "lunette.keras.model" do
        if opaque_methods[name] then rule[f] = function() return U end end
    end
    for _, name in ipairs(data_sets) do
        local f = rawget(data, name)
        if f then
            rule[f] = function(...)
                local _ <close> = core.dry(false)
                local sets = table.pack(f(...))
                for i = 1, sets.n do sets[i] = lun.is_tensor(sets[i]) and dry.hollow(sets[i]) or sets[i] end
                return table.unpack(sets, 1, sets.n)
            end
        end
    end
    return rule
end

--- A module of the library by the name that `require` takes; unknown where its work is not shapes.
function world:module(name)
    for _, opaque in ipairs(opaque_modules) do
        if name:find("^lunette%." .. opaque) then return U end
    end
    if name == "lunette.train" then return self.training end
    local good, module = pcall(require, name)
    return good and module or U
end

-- ---- mismatches ----

function world:report(line, reason, hint)
    if self.quiet > 0 or self.told[line .. reason] then return end
    self.told[line .. reason] = true
    local general = hint and hint:find "^lun%.help" -- known to whoever runs a tool
    self.found[#self.found + 1] = {line = line, reason = reason, hint = not general and hint or nil,
        supposed = self.supposed > 0}
end

-- Calls what may be called; an error is a mismatch where it is certain.
local function try(w, f, ...)
    local touched, line = unknown.touched, w.line
    local results = table.pack(pcall(f, ...))
    if results[1] then return table.unpack(results, 2, results.n) end
    local problem = results[2]
    if problem == unknown.diverges or problem == TOO_LONG then error(problem, 0) end
    local reason = known.reason(problem)
    if reason and unknown.touched == touched then w:report(line, reason, rawget(problem, "hint")) else w.blind[line] = true end
    return U
end

--- pcall in the file: what goes wrong in it is expected.
function world:attempt(f, ...)
    self.quiet = self.quiet + 1
    local good, problem = pcall(self.call, self, f, table.pack(...))
    self.quiet = self.quiet - 1
    if not good and problem == TOO_LONG then error(problem, 0) end
    return U, U
end

-- ---- what the walker asks ----

function world:step(node)
    self.line = node.line
    if os.clock() > self.deadline then error(TOO_LONG, 0) end
end

local session_modules = {lun = "lunette", nn = "lunette.nn", data = "lunette.data", optim = "lunette.optim",
    plot = "lunette.plot", dbg = "lunette.dbg"}

function world:global(name)
    local value = rawget(self.globals, name)
    if value ~= nil then return value end
    if session_modules[name] then return self:module(session_modules[name]) end
    return U
end

function world:set_global(name, value) trail.write(self, self.globals, name, value) end

function world:make_function(node, scope)
    local function f(...) return walk.invoke(self, node, scope, ...) end
    self.walked[f] = true
    return f
end

function world:index(of, key)
    if type(of) == "string" then return string[key] or U end
    if lun.is_tensor(of) then
        if key == "grad" then return of.requires_grad and dry.hollow(of):detach() or nil end
        return try(self, known.index, of, key)
    end
    if type(of) ~= "table" then return U end
    if unknown.vague(of) and rawget(of, key) == nil then return U end
    if of == lun then
        if key == "train" then return self.training end
        for _, name in ipairs(opaque_modules) do
            if key == name then return U end
        end
    end
    return try(self, function() return of[key] end)
end

function world:set_index(of, key, value)
    if lun.is_tensor(of) then
        if not rawequal(value, U) and not rawequal(key, U) and key ~= "grad" then try(self, function() of[key] = value end) end
    elseif type(of) == "table" and rawequal(key, U) then
        trail.write(self, of, U, true)
    elseif type(of) == "table" and key ~= nil then
        if getmetatable(of) and not rawequal(value, U) then try(self, function() of[key] = value end)
        else trail.write(self, of, key, value) end
    end
end

local equality = {[operators.binary["=="]] = true, [operators.binary["~="]] = true}

function world:operate(operator, a, b)
    if unknown.vague(a) or unknown.vague(b) then return U end
    if equality[operator] and lun.is_tensor(a) and lun.is_tensor(b) and not rawequal(a, b) then return U end
    return try(self, operator, a, b)
end

-- Does a call of the object come to a function of the file?
local function walks(w, f)
    local init, forward = rawget(f, "init"), nil
    if init == nil then
        local meta = getmetatable(f)
        forward = type(meta) == "table" and rawget(meta, "forward")
    end
    return w.walked[init or forward or false]
end

function world:call(f, arguments)
    local kind = type(f)
    if self.walked[f] or self.loose[f] then return f(table.unpack(arguments, 1, arguments.n)) end
    local rule = self.rule[f]
    if rule then return rule(table.unpack(arguments, 1, arguments.n)) end
    local meta = kind == "table" and getmetatable(f)
    local callable = kind == "function" and known.ours(f) or type(meta) == "table" and type(meta.__call) == "function"
    if not callable or rawequal(f, U) then
        self.blind[self.line] = true
        return U
    end
    if not (kind == "table" and walks(self, f)) then
        for i = 1, arguments.n do
            if unknown.within(arguments[i]) then
                self.blind[self.line] = true
                return U
            end
        end
    end
    return try(self, f, table.unpack(arguments, 1, arguments.n))
end

--- The rounds of `for ... in`: a function of k that gives the values of round k, nil when there are no more; or nil.
function world:iterate(values)
    local f, state, control = values[1], values[2], values[3]
    if f == nil or rawequal(f, U) or type(f) == "table" and not getmetatable(f) then return nil end
    local unknowable = false
    return function()
        if unknowable then return nil end
        local items = table.pack(self:call(f, {state, control, n = 2}))
        if items[1] == nil then return nil end
        unknowable = rawequal(items[1], U)
        control = items[1]
        return items
    end
end

-- ---- files ----

-- The cells of Lua of a notebook in percent form, or the whole of a script: {text, line}. Is it a notebook?
local function cells_of(text)
    local cells, notebook = {}, false
    for _, cell in ipairs(percent.read(text).cells) do
        notebook = notebook or not cell.unmarked
        if cell.kind == "code" then cells[#cells + 1] = cell end
    end
    if notebook then return cells, true end
    return {{text = text, line = 1}}, false
end

local function new_world(file)
    local w = setmetatable({found = {}, told = {}, blind = {}, quiet = 0, supposed = 0, depth = 0, maybe = {}, line = 1,
        rule = rules(),
                            walked = setmetatable({}, {__mode = "k"}), deadline = os.clock() + PATIENCE}, world)
    w.globals, w.loose = standard.globals(w, file)
    w.training = standard.training(w)
    return w
end

-- Walks the statements of a cell; false when the file ends there.
local function walk_cell(w, tree, scope)
    for _, node in ipairs(tree) do
        local good, problem = pcall(walk.block, w, {node}, scope)
        if good and problem and problem ~= "goto" and not node.shown then return false end
        if not good and (problem == unknown.diverges or problem == TOO_LONG) then
            w.gave_up = problem == TOO_LONG and node.line
            return false
        end
        if not good then w.blind[node.line] = true end
    end
    return true
end

local check = {}

--- Walks a text. found: {line, reason, hint, supposed} of each mismatch in order, supposed: where a
--- condition decides that is not known; blind: the lines on which something could not be followed, in order;
--- gave_up: the line where it took too long; or nil, the reason and its line when the text is no Lua.
function check.text(text, file)
    local w, scope = new_world(file or "?"), {[2] = {n = 0}}
    local cells, notebook = cells_of(text)
    local dried <close> = core.dry()
    for _, cell in ipairs(cells) do
        local tree, why, line = read(cell.text, notebook, cell.line)
        if not tree then return nil, why, line end
        if not walk_cell(w, tree, scope) then break end
    end
    table.sort(w.found, function(a, b) return a.line < b.line end)
    local blind = {}
    for line in next, w.blind do blind[#blind + 1] = line end
    table.sort(blind)
    return {found = w.found, blind = blind, gave_up = w.gave_up}
end

-- "3, 7-9"
local function ranges(lines)
    local parts, from = {}, nil
    for i, line in ipairs(lines) do
        from = from or line
        if lines[i + 1] ~= line + 1 then
            parts[#parts + 1] = from == line and tostring(line) or ("%d-%d"):format(from, line)
            from = nil
        end
    end
    return table.concat(parts, ", ")
end

--- The command: prints the mismatches of a file, returns the exit status.
function check.file(path)
    local file, why = io.open(path, "rb")
    local text = file and file:read "a"
    if file then file:close() end
    if not text then
        io.stderr:write(("lunette: %s\n"):format(why or "cannot read " .. path))
        return 2
    end
    local result, problem, line = check.text(text, path)
    if not result then
        print(("%s:%d: %s"):format(path, line, problem))
        return 1
    end
    for _, mismatch in ipairs(result.found) do
        print(("%s:%d: %s"):format(path, mismatch.line, mismatch.reason))
        if mismatch.supposed then print "  on a way that is taken on a condition, which is not known" end
        if mismatch.hint and mismatch.hint ~= "" then print("  hint: " .. mismatch.hint) end
    end
    local n = #result.found
    print(("%s: %s"):format(path, n == 0 and "no mismatch" or n == 1 and "1 mismatch" or n .. " mismatches"))
    if #result.blind > 0 then print("  not followed in lines " .. ranges(result.blind)) end
    if result.gave_up then print(("  given up in line %d: it takes too long"):format(result.gave_up)) end
    return n > 0 and 1 or 0
end

--- `lunette check-shapes FILE...`: the worst of their exit statuses.
function check.files(list)
    if not list[1] then
        io.stderr:write "usage: lunette check-shapes FILE...\n"
        return 2
    end
    local worst = 0
    for _, path in ipairs(list) do worst = math.max(worst, check.file(path)) end
    return worst
end

return check
