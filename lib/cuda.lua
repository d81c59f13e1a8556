-- cuda.lua - lun.cuda: devices, memory, waiting and timing on NVIDIA GPUs
--
-- A tensor goes there with x:cuda() or {device = "cuda"}; nothing here is needed for that. Where a device is asked for, nil means the
-- default one (else the first), a number counts from 0 as NVIDIA does, and "cuda:1" is a name. Names are PyTorch's.
-- Read next: lua_bindings/cuda.c, kernels/cuda/memory.cu. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.cuda_core"
local recording = require "lunette.cuda.recording"
local cuda = {}

-- ---- devices ----

--- Is there a device that can be used? If not, the second result says why.
function cuda.is_available()
    local n, why = core.count()
    return n > 0, why
end

--- How many devices there are; 0 when none can be used.
function cuda.device_count() return (core.count()) end

--- The number of the device that "cuda" means: set_device, or lun.set_default_device("cuda:1"), changes it.
function cuda.current_device() return core.current() end

--- "cuda" means this device from now on: 1, or "cuda:1". New tensors still go where lun.set_default_device says.
function cuda.set_device(device) core.use(device) end

--- Calls f(...) while "cuda" means that device; gives what f gave.
function cuda.device(device, f, ...)
    if type(f) ~= "function" then
        lun.fail("cuda.device", "needs a device and a function, got " .. type(f), "lun.cuda.device(1, function() return net(x) end)")
    end
    local before = core.use(device)
    local results = table.pack(pcall(f, ...))
    core.use(before)
    if not results[1] then error(results[2], 0) end
    return table.unpack(results, 2, results.n)
end

--- {name, major, minor, multi_processor_count, total_memory, shared_memory_per_block, l2_cache_size, driver, runtime} of a device.
function cuda.get_device_properties(device) return core.properties(device) end

function cuda.get_device_name(device) return core.properties(device).name end

--- The compute capability: 9, 0.
function cuda.get_device_capability(device)
    local p = core.properties(device)
    return p.major, p.minor
end

--- Waits until all work of the device is done; raises what went wrong there since the last wait.
function cuda.synchronize(device) core.synchronize(device) end

--- With true, each op waits until it is done, so that an error names the right one (slow); gives back how it was. Without an argument
--- it only says how it is. LUNETTE_CUDA_BLOCKING=1 starts so.
function cuda.blocking(on) return core.blocking(on) end

--- With true, tensor cores may compute products and convolutions of float32 from factors that are rounded to TF32 (10 bits instead of
--- 23), which is several times as fast; gives back how it was. At first they may not. Without an argument it only says how it is.
function cuda.matmul_tf32(on) return core.tf32(on) end

--- Sets the seed of random numbers, which is the same for all devices: as lun.manual_seed.
cuda.manual_seed = lun.manual_seed

-- ---- memory ----

--- Memory is taken from the device in pieces of at least this many bytes (32 MiB to begin with).
function cuda.set_memory_growth(bytes, device) core.set_growth(bytes, device) end

--- At most this share of the device's memory is used; beyond it is an out-of-memory error.
function cuda.set_memory_fraction(fraction, device) core.set_fraction(fraction, device) end

--- Gives memory that no tensor uses back to the device, for other programs; returns the bytes.
function cuda.empty_cache(device) return core.empty_cache(device) end

--- Bytes of tensors; bytes taken from the device, used or kept for reuse; and their maxima since reset_peak_memory_stats.
function cuda.memory_allocated(device) return core.memory(device).allocated end
function cuda.memory_reserved(device) return core.memory(device).reserved end
function cuda.max_memory_allocated(device) return core.memory(device).peak_allocated end
function cuda.max_memory_reserved(device) return core.memory(device).peak_reserved end
function cuda.reset_peak_memory_stats(device) core.reset_peak(device) end

--- Free and total bytes of the device, other programs included.
function cuda.mem_get_info(device)
    local m = core.memory(device)
    return m.free, m.total
end

--- All numbers of the allocator, as a table: allocated, reserved, asked, limit, growth, segments, retries ...
function cuda.memory_stats(device) return core.memory(device) end

local function size(bytes)
    local unit = 1
    local units = {"B", "KB", "MB", "GB"}
    while bytes >= 9999.5 and unit < #units do bytes, unit = bytes / 1000, unit + 1 end
    return (unit == 1 and "%.0f %s" or "%.1f %s"):format(bytes, units[unit])
end

--- The allocator's numbers as a text.
function cuda.memory_summary(device)
    local m = core.memory(device)
    local idle = m.reserved - m.allocated
    local function share(part, whole) return whole > 0 and ("%.0f %%"):format(100 * part / whole) or "-" end
    local lines = {
        ("cuda:%d  %s"):format(core.current(device), core.properties(device).name),
        ("in use        %10s   most %s; %s asked for, the rest is rounding"):format(size(m.allocated), size(m.peak_allocated), size(m.asked)),
        ("reserved      %10s   most %s; in %d segments, limit %s"):format(size(m.reserved), size(m.peak_reserved), m.segments, size(m.limit)),
        ("idle          %10s   %s of what is reserved; largest piece %s"):format(size(idle), share(idle, m.reserved), size(m.largest_free)),
        ("broken up     %10s   idle beside blocks in use: empty_cache cannot give it back"):format(size(m.split_free)),
        ("device        %10s   free of %s"):format(size(m.free), size(m.total)),
        ("blocks so far %10d   in %d segments; %d times short of memory, %d times out of it"):format(m.allocations, m.device_allocations,
                                                                                                   m.retries, m.failures),
    }
    return table.concat(lines, "\n")
end

-- ---- transfers ----

--- A copy of a CPU tensor in memory that the device can copy from by itself.
function cuda.pin_memory(x) return core.pin(x) end
function cuda.is_pinned(x) return core.is_pinned(x) end

--- A copy of a pinned tensor on the device, without waiting for it: x may not change until the device was waited for.
function cuda.send(x, device) return core.send(x, device, false) end

-- ---- streams and events ----

local Stream = {}
Stream.__index = Stream
Stream.__name = "lunette.cuda.Stream"
Stream.__tostring = function(s) return ("stream %d of cuda:%d"):format(s.number, s.device) end
Stream.__eq = function(a, b) return a.number == b.number and a.device == b.device end

local function stream_of(index, number) return setmetatable({device = index, number = number}, Stream) end

local function check_stream(name, s)
    if getmetatable(s) == Stream then return s end
    lun.fail("cuda." .. name, "needs a stream, got " .. type(s), "s = lun.cuda.Stream()")
end

--- A queue of work beside the device's own one, for lun.cuda.stream: s:synchronize() waits for it, s:query() says whether it is
--- done. A device has at most 15; more share them.
function cuda.Stream(device) return stream_of(core.stream(device)) end

--- The stream that work on the device goes to now, and the device's own one.
function cuda.current_stream(device) return stream_of(core.stream_now(device)) end
function cuda.default_stream(device) return stream_of(core.stream_now(device), 0) end

function Stream:synchronize() core.stream_synchronize(self.device, self.number) end
function Stream:query() return core.stream_query(self.device, self.number) end

local Event = {}
Event.__index = Event
Event.__name = "lunette.cuda.Event"
Event.__tostring = function(e) return ("event of cuda:%d"):format(e.device) end

local function check_event(name, e)
    if getmetatable(e) == Event then return e end
    lun.fail("cuda." .. name, "needs an event, got " .. type(e), "e = lun.cuda.Event()")
end

-- The number of a stream for an event; none is the present one.
local function number_for(e, name, s)
    if s == nil then return nil end
    if check_stream(name, s).device ~= e.device then
        lun.fail("cuda." .. name, ("the event is of cuda:%d, the stream of cuda:%d"):format(e.device, s.device),
                 ("lun.cuda.Event(%d)"):format(s.device))
    end
    return s.number
end

--- A mark in a device's queue: e:record(s?) puts it there, in the present stream or in s; e:query() says whether all before it is done,
--- e:synchronize() waits for that, start:elapsed_time(stop) measures milliseconds, e:wait(s?) lets what comes next in a stream wait.
function cuda.Event(device)
    local index = core.current(device)
    return setmetatable({core = core.event(index), device = index}, Event)
end
function Event:record(s)
    self.core:record(number_for(self, "Event.record", s))
    return self
end
function Event:wait(s) self.core:order(number_for(self, "Event.wait", s)) end
function Event:query() return self.core:query() end
function Event:synchronize() self.core:synchronize() end
function Event:elapsed_time(stop) return self.core:elapsed_time(check_event("Event.elapsed_time", stop).core) end

--- Tensors are waited for by themselves; these order what shares none: s:wait_event(e), s:wait_stream(other), s:record_event(e?) -> e.
function Stream:wait_event(e) check_event("Stream.wait_event", e):wait(self) end
function Stream:record_event(e) return (e and check_event("Stream.record_event", e) or cuda.Event(self.device)):record(self) end
function Stream:wait_stream(other) self:wait_event(check_stream("Stream.wait_stream", other):record_event()) end

--- Runs f(...) with its work on that device in stream s, and gives back what f gave. What uses the same tensors waits for each
--- other on the device, in the order of the program; what does not may run side by side. What is brought to the CPU waits for all.
function cuda.stream(s, f, ...)
    check_stream("stream", s)
    if type(f) ~= "function" then
        lun.fail("cuda.stream", "needs a function, got " .. type(f), "lun.cuda.stream(s, function() return net(x) end)")
    end
    local before = core.stream_use(s.device, s.number)
    local results = table.pack(pcall(f, ...))
    local back, problem = pcall(core.stream_use, s.device, before) -- fails on a device that was lost
    if not results[1] or not back then error(results[1] and problem or results[2], 0) end
    return table.unpack(results, 2, results.n)
end

-- ---- graphs ----

local Graph = {}
Graph.__index = Graph
Graph.__name = "lunette.cuda.Graph"

-- What f gave now, in the tensors that it gave before; what is no tensor, or has another shape, takes their place.
local function give_in_place(results, now)
    lun.no_grad(function()
        for i = 1, now.n do
            local x, y = results[i], now[i]
            local fits = lun.is_tensor(x) and lun.is_tensor(y) and x.shape == y.shape and x.dtype == y.dtype
            if fits then x:copy_(y:detach()) else results[i] = y end
        end
    end)
    results.n = now.n
end

local function record(self)
    recording.begin(core.graph_begin())
    local results = table.pack(pcall(function()
        local now = table.pack(self.f(table.unpack(self.arguments, 1, self.arguments.n)))
        if not self.results then return table.unpack(now, 1, now.n) end
        give_in_place(self.results, now) -- it has run under the debugger before
        return table.unpack(self.results, 1, self.results.n)
    end))
    local program = recording.finish(results[1])
    if not results[1] then error(results[2], 0) end
    self.program, self.results = program, table.pack(table.unpack(results, 2, results.n))
end

--- Runs the recorded work again and gives the same tensors, with their new values. While the debugger watches ops or lines, the function
--- itself is run instead, so that breakpoints and catch see what is in it.
function Graph:replay()
    if recording.is_watched() then
        give_in_place(self.results, table.pack(self.f(table.unpack(self.arguments, 1, self.arguments.n))))
    else
        if not self.program then record(self) end
        for _, run in ipairs(self.program) do run() end
    end
    return table.unpack(self.results, 1, self.results.n)
end
Graph.__call = Graph.replay

--- Runs f(...) once, then records it without running it: g() does the recorded work in one launch, which costs far less than
--- launching its ops one by one, and gives back what f gave, the same tensors with new values. Tensors keep their places, so new
--- input goes into the tensors that f read: input:copy_(batch). Random numbers go on from replay to replay, rates and other numbers of
--- optimisers are those of the time of the replay, and schedules step; other numbers of Lua stay what they were when recorded. What
--- needs values while it is recorded (item, prints, if loss > 1) is refused: cuda.outside. SGD, Adam and AdamW are part of the launch,
--- optimisers made of ops run between two launches.
function cuda.graph(f, ...)
    if type(f) ~= "function" then
        lun.fail("cuda.graph", "needs a function, got " .. type(f), "lun.cuda.graph(function() return net(x) end)")
    end
    local self = setmetatable({f = f, arguments = table.pack(...)}, Graph)
    core.compiler(true) -- what ops are made of is compiled when it first comes: while a graph is recorded it cannot be
    local first = table.pack(pcall(f, ...))
    core.compiler(false)
    if not first[1] then error(first[2], 0) end
    if recording.is_watched() then self.results = table.pack(table.unpack(first, 2, first.n)) else record(self) end
    return self
end

--- Calls f. Inside of a graph it is not recorded but called in each replay, at this place; then nothing is given back.
function cuda.outside(f)
    if type(f) ~= "function" then
        lun.fail("cuda.outside", "needs a function, got " .. type(f), "lun.cuda.outside(function() print(loss:item()) end)")
    end
    if not recording.now then return f() end
    recording.outside(f)
end

-- ---- kernels ----

--- Where each op's kernel comes from, by name: "cuda", or "cpu" (with copies). Views and ops made of others are not in it.
function cuda.kernels() return core.kernels() end

--- Which ops ran on the CPU because there is no kernel, and how often.
function cuda.fallbacks() return core.fallbacks() end

return cuda
