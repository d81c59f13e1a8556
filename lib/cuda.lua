-- cuda.lua - lun.cuda: devices, memory, waiting and timing on NVIDIA GPUs
--
-- A tensor goes there with x:cuda() or {device = "cuda"}; nothing here is needed for that. Where a device is asked for, nil means the
-- default one (else the first), a number counts from 0 as NVIDIA does, and "cuda:1" is a name. Names are PyTorch's.
-- Read next: lua_bindings/cuda.c, kernels/cuda/memory.cu. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.cuda_core"
local cuda = {}

-- ---- devices ----

--- Is there a device that can be used? If not, the second result says why.
function cuda.is_available()
    local n, why = core.count()
    return n > 0, why
end

--- How many devices there are; 0 when none can be used.
function cuda.device_count() return (core.count()) end

--- The number of the device that "cuda" means: lun.set_default_device("cuda:1") changes it.
function cuda.current_device() return core.current() end

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

-- ---- time ----

--- A mark in the device's queue: e:record(), e:query(), e:synchronize(), start:elapsed_time(stop) in milliseconds.
function cuda.Event(device) return core.event(device) end

-- ---- streams ----

local Stream = {}
Stream.__index = Stream
Stream.__name = "lunette.cuda.Stream"
Stream.__tostring = function(s) return ("stream %d of cuda:%d"):format(s.number, s.device) end

--- A queue of work beside the device's own one, for lun.cuda.stream: s:synchronize() waits for it, s:query() says whether it is
--- done. A device has at most 15; more share them.
function cuda.Stream(device)
    local index, number = core.stream(device)
    return setmetatable({device = index, number = number}, Stream)
end
function Stream:synchronize() core.stream_synchronize(self.device, self.number) end
function Stream:query() return core.stream_query(self.device, self.number) end

--- Runs f(...) with its work on that device in stream s, and gives back what f gave. What uses the same tensors waits for each
--- other on the device, in the order of the program; what does not may run side by side. What is brought to the CPU waits for all.
function cuda.stream(s, f, ...)
    if getmetatable(s) ~= Stream then
        lun.fail("cuda.stream", "needs a stream, got " .. type(s),
            "lun.cuda.stream(lun.cuda.Stream(), function() return net(x) end)")
    end
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

--- Runs the recorded work again and gives the same tensors, with their new values.
function Graph:replay()
    self.core:replay()
    return table.unpack(self.results, 1, self.results.n)
end
Graph.__call = Graph.replay

--- Runs f(...) once, then records it without running it: g() does the recorded work in one launch, which costs far less than
--- launching its ops one by one, and gives back what f gave, the same tensors with new values. Tensors keep their places, so new
--- input goes into the tensors that f read: input:copy_(batch). Numbers stay what they were when recorded (a learning rate), but
--- random numbers and Adam's step number go on. What needs values while it is recorded (item, prints, if loss > 1) is refused.
function cuda.graph(f, ...)
    if type(f) ~= "function" then
        lun.fail("cuda.graph", "needs a function, got " .. type(f), "lun.cuda.graph(function() return net(x) end)")
    end
    core.compiler(true)
    local good, recording = pcall(function(...)
        f(...)
        return core.graph_begin()
    end, ...)
    core.compiler(false)
    if not good then error(recording, 0) end
    local results = table.pack(pcall(f, ...))
    recording:finish(results[1])
    if not results[1] then error(results[2], 0) end
    return setmetatable({core = recording, results = table.pack(table.unpack(results, 2, results.n))}, Graph)
end

-- ---- kernels ----

--- Where each op's kernel comes from, by name: "cuda", or "cpu" (with copies). Views and ops made of others are not in it.
function cuda.kernels() return core.kernels() end

--- Which ops ran on the CPU because there is no kernel, and how often.
function cuda.fallbacks() return core.fallbacks() end

return cuda
