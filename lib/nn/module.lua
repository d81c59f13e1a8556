-- module.lua - nn.Module: named parameters, buffers and children, train/eval, hooks, state dicts, calling
--
-- A module is a table. Assigning a leaf tensor that requires grad makes it a parameter, assigning a module a child; buffers are
-- registered. Order of assignment is the order everywhere. A call pushes a frame (path, call number), which is what the debugger's
-- mod: breakpoints and its mixed backtrace see; the frame is popped on errors too.
-- Read next: lib/nn/layers.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local hooks = require "lunette.nn.hooks"
local core = require "lunette.train_core"

local Module = {}
Module.__index = Module
Module.__name = "Module"

local function is_module(x) return type(x) == "table" and rawget(x, "_module_names") ~= nil end

local function is_parameter(x) return lun.is_tensor(x) and x.is_leaf and x.requires_grad end

local function add_name(list, key)
    if tostring(key):find(".", 1, true) then
        lun.fail("nn.Module", ("the name '%s' contains a dot"):format(key), "dots join the names of modules inside modules", "name")
    end
    for _, known in ipairs(list) do
        if known == key then return end
    end
    list[#list + 1] = key
end

-- Lua asks us for the first assignment of a field only; modules and parameters put later into a field that held something else
-- are found by adopt, which every walk calls. A field set to nil may come back.
local function assign(self, key, value)
    if not rawget(self, "_module_names") then
        lun.fail("nn.Module", "fields belong to a module, not to its class", "set them in init, or make a module first: net = Net()")
    elseif type(key) == "string" or type(key) == "number" then
        if is_module(value) then add_name(self._module_names, key) end
        if is_parameter(value) then add_name(self._parameter_names, key) end
    end
    rawset(self, key, value)
end

local function contains(list, key)
    for _, known in ipairs(list) do
        if known == key then return true end
    end
    return false
end

local function adopt(self)
    local late = {}
    for key, value in next, self do
        local named = type(key) == "number" or type(key) == "string" and key:sub(1, 1) ~= "_"
        local list = named and (is_module(value) and self._module_names or is_parameter(value) and self._parameter_names)
        if list and not contains(list, key) and not contains(self._buffer_names, key) then late[#late + 1] = {key, list} end
    end
    table.sort(late, function(a, b) return tostring(a[1]) < tostring(b[1]) end)
    for _, pair in ipairs(late) do add_name(pair[2], pair[1]) end
end

--- A class: local Net = nn.Module:extend("Net"); function Net:init(...) end; function Net:forward(x) end; net = Net(...)
function Module:extend(name)
    if type(name) ~= "string" then lun.fail("nn.Module", "a class needs a name", 'local Net = nn.Module:extend("Net")') end
    local class = setmetatable({}, {__index = self, __call = function(class, ...)
        local module = setmetatable({_module_names = {}, _parameter_names = {}, _buffer_names = {}, training = true,
                                     _arguments = table.pack(...)}, class)
        if class.init then module:init(...) end
        return module
    end, __tostring = function() return "class " .. name end})
    class.__index = class
    class.__newindex = assign
    class.__call = Module.__call
    class.__tostring = Module.__tostring
    class.__name = name
    class.super = self
    return class
end

function Module:init() end

function Module:forward()
    lun.fail(self.__name, "this module has no forward method", ("function %s:forward(x) ... end"):format(self.__name))
end

-- ---- walking ----

local function walk(self, prefix, seen, visit)
    if seen[self] then return end
    seen[self] = true
    adopt(self)
    visit(prefix, self)
    for _, key in ipairs(self._module_names) do
        local child = rawget(self, key)
        if is_module(child) then walk(child, prefix == "" and tostring(key) or prefix .. "." .. key, seen, visit) end
    end
end

--- All modules below and including this one: {{name, module}, ...}; the root's name is "".
function Module:named_modules()
    local list = {}
    walk(self, "", {}, function(name, module) list[#list + 1] = {name, module} end)
    return list
end

function Module:modules()
    local list = {}
    for _, pair in ipairs(self:named_modules()) do list[#list + 1] = pair[2] end
    return list
end

--- Direct children in order: {{name, module}, ...}.
function Module:named_children()
    local list = {}
    adopt(self)
    for _, key in ipairs(self._module_names) do
        local child = rawget(self, key)
        if is_module(child) then list[#list + 1] = {tostring(key), child} end
    end
    return list
end

local function named_tensors(self, field, accept)
    local list, seen = {}, {}
    walk(self, "", {}, function(prefix, module)
        for _, key in ipairs(module[field]) do
            local x = rawget(module, key)
            if lun.is_tensor(x) and accept(x) and not seen[x] then
                seen[x] = true
                list[#list + 1] = {prefix == "" and tostring(key) or prefix .. "." .. key, x}
            end
        end
    end)
    return list
end

local function anything() return true end

-- Takes a parameter out, for what makes it of other ones at each call.
function Module._forget_parameter(module, name)
    for i, known in ipairs(module._parameter_names) do
        if known == name then table.remove(module._parameter_names, i) break end
    end
    rawset(module, name, nil)
end

--- {{name, tensor}, ...}, each tensor once.
function Module:named_parameters() return named_tensors(self, "_parameter_names", anything) end
function Module:named_buffers() return named_tensors(self, "_buffer_names", anything) end

local function seconds(pairs_list)
    local list = {}
    for i, pair in ipairs(pairs_list) do list[i] = pair[2] end
    return list
end

--- The parameters as a list, for an optimiser.
function Module:parameters() return seconds(self:named_parameters()) end
function Module:buffers() return seconds(self:named_buffers()) end

--- How many numbers the parameters hold; only trainable ones with {trainable = true}.
function Module:count_parameters(options)
    if options ~= nil and type(options) ~= "table" then
        lun.fail("count_parameters", "options go into a table, got " .. tostring(options), "net:count_parameters {trainable = true}")
    end
    local n = 0
    for _, p in ipairs(self:parameters()) do
        if not (options and options.trainable) or p.requires_grad then n = n + p:numel() end
    end
    return n
end

function Module:register_buffer(name, tensor)
    if not lun.is_tensor(tensor) then
        lun.fail("register_buffer", ("buffer '%s' must be a tensor, got %s"):format(tostring(name), tostring(tensor)), "lun.zeros(n)")
    end
    add_name(self._buffer_names, name)
    rawset(self, name, tensor)
    return tensor
end

function Module:register_parameter(name, tensor)
    if tensor then
        if not lun.is_tensor(tensor) then
            lun.fail("register_parameter", ("parameter '%s' must be a tensor, got %s"):format(tostring(name), tostring(tensor)), "lun.zeros(n)")
        end
        tensor:requires_grad_()
        self[name] = tensor
    end
    return tensor
end

--- f(module) on every module below, children first.
function Module:apply(f)
    for _, pair in ipairs(self:named_children()) do pair[2]:apply(f) end
    f(self)
    return self
end

-- ---- state ----

function Module:train(mode)
    if mode == nil then mode = true end
    for _, module in ipairs(self:modules()) do rawset(module, "training", mode) end
    return self
end

function Module:eval() return self:train(false) end

function Module:zero_grad()
    for _, p in ipairs(self:parameters()) do p.grad = nil end
    return self
end

function Module:requires_grad_(wanted)
    for _, p in ipairs(self:parameters()) do p:requires_grad_(wanted) end
    return self
end

--- No gradients for what is below, or gradients again: net.body:freeze().
function Module:freeze() return self:requires_grad_(false) end
function Module:unfreeze() return self:requires_grad_(true) end

-- A parameter and its gradient are others then, under the same handle: who holds it, an optimiser or another module, goes along.
local function convert(x, target)
    local gradient, wanted = x.grad, x.requires_grad
    local y = x:detach():to(target):requires_grad_(wanted)
    if gradient then y.grad = gradient:to(target) end
    core.become(x, y)
end

--- Converts parameters and buffers (floats only for a dtype), or moves all to a device: net:to("float64"), net:to("cuda:1"). An
--- optimiser made before goes on with them.
function Module:to(target)
    lun.zeros(0):to(target) -- raises what is wrong with it before anything has changed
    local place = type(target) == "table" and target.device or target
    local is_device = place == "cpu" or type(place) == "string" and place:sub(1, 4) == "cuda"
    lun.no_grad(function()
        for _, module in ipairs(self:modules()) do
            for _, field in ipairs {"_parameter_names", "_buffer_names"} do
                for _, key in ipairs(module[field]) do
                    local x = rawget(module, key)
                    if lun.is_tensor(x) and (is_device or x.dtype:find "float") then convert(x, target) end
                end
            end
        end
    end)
    return self
end

function Module:double() return self:to("float64") end
function Module:float() return self:to("float32") end
function Module:cpu() return self:to("cpu") end
function Module:cuda(device) return self:to(lun.zeros(0):cuda(device).device) end

--- state_dict, load_state_dict: lib/nn/state.lua.
for name, method in pairs(require "lunette.nn.state") do Module[name] = method end

-- ---- calling ----

local stack = {depth = 0, root_call = 0}     -- the modules running now
local frames = {}                            -- one reusable frame per depth
local frame_meta = {__close = function()
    frames[stack.depth].module = nil         -- a network that nobody else holds can be collected
    stack.depth = stack.depth - 1
    local outer = frames[stack.depth]
    lun.set_module_path(stack.depth > 0 and outer.path or nil)
end}

local trail = {n = 0}                        -- paths of the modules called since the root was
Module.stack, Module.frames = stack, frames  -- read by the debugger

--- The module calls of the current root call so far, as texts; for post-mortems.
function Module.trail()
    local list = {}
    return table.move(trail, 1, trail.n, 1, list)
end

-- The name under which the caller holds the root: a global, else a local of a calling function, else its class.
local function root_name(module)
    for name, value in pairs(_G) do
        if value == module and type(name) == "string" then return name end
    end
    local environment = lun.session
    for name, value in pairs(environment or {}) do
        if value == module and type(name) == "string" then return name end
    end
    for level = 3, 12 do
        if not debug.getinfo(level, "l") then break end
        for i = 1, 200 do
            local name, value = debug.getlocal(level, i)
            if not name then break end
            if value == module and name ~= "self" and name:sub(1, 1) ~= "(" then return name end
        end
    end
    return module.__name:lower()
end

local function name_below(root, name)
    walk(root, name, {}, function(path, module) rawset(module, "_path", path) end)
    rawset(root, "_root_name", name)
end

-- A module that came after its parent was named: its field's name, or its class.
local function name_in(parent, module)
    for _, key in ipairs(parent._module_names) do
        if rawget(parent, key) == module then return tostring(key) end
    end
    return module.__name:lower()
end

local function enter(self)
    local depth = stack.depth + 1
    if depth == 1 then
        stack.root_call = stack.root_call + 1
        trail.n = 0
        if not rawget(self, "_root_name") then name_below(self, root_name(self)) end
    elseif not rawget(self, "_path") then
        rawset(self, "_path", frames[depth - 1].path .. "." .. name_in(frames[depth - 1].module, self))
    end
    if depth > 1 and rawget(self, "_last_root_call") ~= stack.root_call then
        rawset(self, "_last_root_call", stack.root_call) -- calls of a child count within one call of the root
        rawset(self, "_calls", 0)
    end
    local count = (rawget(self, "_calls") or 0) + 1
    rawset(self, "_calls", count)
    local frame = frames[depth] or setmetatable({}, frame_meta)
    frames[depth] = frame
    frame.module, frame.path, frame.call = self, self._path, count
    if trail.n < 1000 then
        trail.n = trail.n + 1
        trail[trail.n] = frame.path
    end
    stack.depth = depth
    lun.set_module_path(frame.path)
    return frame
end

local function after(self, frame, inputs, ...)
    local hooks = rawget(self, "_forward_hooks")
    local outputs = hooks and table.pack(...)
    for _, hook in ipairs(hooks or {}) do
        local replaced = hook(self, inputs, table.unpack(outputs, 1, outputs.n))
        if replaced ~= nil then outputs = table.pack(replaced) end
    end
    if not hooks then
        if Module.watcher then return Module.watcher("exit", frame, ...) end
        return ...
    elseif Module.watcher then
        return Module.watcher("exit", frame, table.unpack(outputs, 1, outputs.n))
    end
    return table.unpack(outputs, 1, outputs.n)
end

local function run(self, frame, ...)
    local inputs = table.pack(...)
    for _, hook in ipairs(rawget(self, "_forward_pre_hooks") or {}) do
        local replaced = hook(self, inputs)
        if replaced ~= nil then inputs = table.pack(replaced) end
    end
    if Module.watcher then
        inputs = table.pack(Module.watcher("enter", frame, table.unpack(inputs, 1, inputs.n)))
        if inputs[1] == Module.skip then return table.unpack(inputs, 2, inputs.n) end
    end
    return after(self, frame, inputs, self:forward(table.unpack(inputs, 1, inputs.n)))
end

-- A step may have asked for the end of this call while it ran.
local function leave(frame, ...)
    if Module.watcher then return Module.watcher("exit", frame, ...) end
    return ...
end

-- What the watcher made of the inputs: other ones, or results in place of the call.
local function watched(self, frame, ...)
    if rawequal((...), Module.skip) then return select(2, ...) end
    return leave(frame, self:forward(...))
end

function Module.__call(self, ...)
    local frame <close> = enter(self)
    if rawget(self, "_backward_hooks") then return hooks.with_backward(self, function(...) return run(self, frame, ...) end, ...) end
    if rawget(self, "_forward_hooks") or rawget(self, "_forward_pre_hooks") then return run(self, frame, ...) end
    if Module.watcher then return watched(self, frame, Module.watcher("enter", frame, ...)) end
    return leave(frame, self:forward(...))
end

Module.skip = setmetatable({}, {__name = "skip"})

for name, method in pairs(hooks.methods) do Module[name] = method end

--- A dry run that computes nothing: net:summary {64, 1, 28, 28} or net:summary(x) tells shapes, parameters, FLOPs and memory.
function Module:summary(...) return require "lunette.nn.summary"(self, ...) end

--- A tree with parameter counts; the last line has the total and what is frozen.
function Module:__tostring() return require "lunette.nn.tree"(self) end

setmetatable(Module, {__tostring = function() return "class Module" end, __call = function()
    lun.fail("nn.Module", "nn.Module itself cannot be made", 'local Net = nn.Module:extend("Net")')
end})

Module.is_module = is_module
return Module
