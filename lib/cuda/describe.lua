-- describe.lua - what lun.help("cuda") and lun.help("cuda.graph") say
--
-- Holds: a row for each function of lun.cuda (a test compares). Read next: lib/cuda.lua, lib/help.lua. SPDX-License-Identifier: MIT
local rows = {
    {"is_available", "() -> boolean, why", "Is there a GPU that can be used? If not, why."},
    {"device_count", "()", "How many GPUs there are."},
    {"current_device", "()", "The number of the GPU that \"cuda\" means; set_device changes it, and lun.set_default_device(\"cuda:1\")."},
    {"set_device", "(device)", "\"cuda\" means that GPU from now on: cuda.set_device(1)."},
    {"device", "(device, f, ...)", "Calls f while \"cuda\" means that GPU; gives what f gave."},
    {"get_device_name", "(device?)", "The name of a GPU."},
    {"get_device_properties", "(device?) -> table", "Name, compute capability, memory, processors, versions of driver and toolkit."},
    {"get_device_capability", "(device?) -> major, minor", "The compute capability."},
    {"synchronize", "(device?)", "Waits until all work is done; raises what went wrong since the last wait."},
    {"blocking", "(on?) -> boolean", "With true each op is waited for, so that errors name the right one (slow). Gives back how it was."},
    {"matmul_tf32", "(on?) -> boolean",
     "With true, float32 products and convolutions may round to TF32: faster, 10 bits after the point. Gives how it is."},
    {"manual_seed", "(n)", "Sets the seed, which is the same for all devices: lun.manual_seed."},
    {"memory_allocated", "(device?)", "Bytes of tensors on the GPU."},
    {"memory_reserved", "(device?)", "Bytes taken from the GPU, used or kept for reuse."},
    {"max_memory_allocated", "(device?)", "The most bytes of tensors since reset_peak_memory_stats."},
    {"max_memory_reserved", "(device?)", "The most bytes reserved since reset_peak_memory_stats."},
    {"reset_peak_memory_stats", "(device?)", "Lets the maxima begin again from now."},
    {"mem_get_info", "(device?) -> free, total", "Bytes of the GPU, other programs included."},
    {"memory_stats", "(device?) -> table", "All numbers of the allocator."},
    {"memory_summary", "(device?) -> text", "The same to read: in use, reserved, idle, broken up."},
    {"set_memory_growth", "(bytes, device?)", "Memory is taken from the GPU in pieces of at least this size."},
    {"set_memory_fraction", "(fraction, device?)", "Uses at most this share of the GPU's memory."},
    {"empty_cache", "(device?) -> bytes", "Gives memory that no tensor uses back, for other programs."},
    {"pin_memory", "(x)", "A copy of a CPU tensor in memory that the GPU copies from by itself."},
    {"is_pinned", "(x)", "Does x stand in such memory?"},
    {"send", "(x, device?)", "A copy of pinned x on the GPU, without waiting; x may not change until synchronize."},
    {"Event", "(device?) -> e", "A mark in the GPU's queue: e:record(s?), e:query(), e:synchronize(), start:elapsed_time(stop) in milliseconds; "
        .. "e:wait(s?): what comes next in a stream waits for it."},
    {"Stream", "(device?) -> s", "A queue of work beside the GPU's own one, for cuda.stream: s:synchronize(), s:query(). Tensors are waited for by "
        .. "themselves; s:wait_event(e), s:wait_stream(other), s:record_event() order what shares none."},
    {"current_stream", "(device?) -> s", "The stream that work on the GPU goes to now."},
    {"default_stream", "(device?) -> s", "The GPU's own stream."},
    {"stream", "(s, f, ...)", "Runs f with its work in stream s. What uses the same tensors waits for each other, in program order; the rest "
        .. "may run side by side."},
    {"graph", "(f, ...) -> g", "Runs f once, then records its work; g() does all of it in one launch, into the same tensors. New input goes into "
        .. "the tensors that f read: input:copy_(batch). Random numbers, rates and schedules go on; other numbers stay."},
    {"outside", "(f)", "Calls f; in a graph, at this place of each replay: cuda.outside(function() print(loss:item()) end)."},
    {"kernels", "() -> table", "Where each op's kernel is: \"cuda\", or \"cpu\" (with copies)."},
    {"fallbacks", "() -> table", "Which ops ran on the CPU for want of a kernel, and how often."},
}

-- The text for "cuda" (a list) or "cuda.graph"; nil when there is no such function.
local function describe(name)
    local lines = {"lun.cuda: NVIDIA GPUs. x:cuda() or {device = \"cuda\"} puts a tensor there; ops follow their tensors."}
    for _, row in ipairs(rows) do
        local text = ("cuda.%s%s\n    %s"):format(row[1], row[2], row[3])
        if name == "cuda." .. row[1] then return text end
        lines[#lines + 1] = text
    end
    return name == "cuda" and table.concat(lines, "\n") or nil
end

return describe
