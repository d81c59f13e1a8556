# timing.py - how the peers' side of a measurement is timed and told: a line "name<TAB>value<TAB>unit" for each workload
#
#   PYTHONPATH=bench/peers python bench/PEER/FILE.py THREADS [PATTERN]
#
# The same way of timing as bench/measure.lua, whatever the library: a peer sets its threads, and `wait` if its calls return early.
# NAME_compiled is the same work compiled, and is measured only with LUNETTE_BENCH_COMPILED=1, because compiling takes longer than
# everything else together. Read next: bench/torch/measure.py, bench/jax/training.py. SPDX-License-Identifier: MIT
import gc
import os
import re
import statistics
import sys
import time

pattern = sys.argv[2] if len(sys.argv) > 2 else ""


def no_wait():
    pass


def timed(f, count, wait):
    wait()
    start = time.perf_counter()
    for _ in range(count):
        f()
    wait()
    return (time.perf_counter() - start) / count


def seconds_per_call(f, wait=no_wait):
    for _ in range(3):
        f()
    count = 1
    while timed(f, count, wait) * count < 0.01:
        count *= 2
    return statistics.median(timed(f, count, wait) for _ in range(7))


def wanted(name):
    """Patterns are those of bench/measure.lua: texts with | between, ^ and $ as in any pattern, . for any character."""
    return re.search(pattern, name) is not None


def tell(name, value, unit):
    print(f"{name}\t{value:.9g}\t{unit}", flush=True)


def measure(name, prepare, calls=1, wait=no_wait, after=no_wait):
    """prepare() gives the function that is timed; it is called only for a workload that is wanted."""
    if not wanted(name) or name.endswith("_compiled") and os.environ.get("LUNETTE_BENCH_COMPILED") != "1":
        return
    try:
        tell(name, seconds_per_call(prepare(), wait) / calls, "s")
    except Exception as problem:
        print(f"{name}: {problem}", file=sys.stderr)
    gc.collect()
    after()


def threads():
    """The number of threads asked for, and the process bound to as many cores, for libraries that count those."""
    count = int(sys.argv[1])
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])
    return count


def peak_memory():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1024
