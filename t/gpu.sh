#!/bin/bash
# gpu.sh - what is run on a machine with a GPU, and one report of it; `./dev gpu` calls it
#
#   t/gpu.sh PROGRAM MODULE REPORT_FOLDER [PART...]
#
# Parts: table (every row against the CPU), tests (memory, errors, debugger), sanitizer (compute-sanitizer's memcheck and racecheck on a
# selection of rows), training (examples), bench (beside PyTorch, if LUNETTE_PEER_PYTHON or python3 has it). Each part has a time limit
# and writes its whole output into the folder; the report is printed at the end and is REPORT_FOLDER/report.txt.
# Holds: needs nothing but the program, the module and the checkout. SPDX-License-Identifier: MIT
set -uo pipefail
PATH=$PATH:/usr/local/cuda/bin # compute-sanitizer, where nobody has put the toolkit on it
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$1 module=$2 folder=$3
shift 3
[ $# -gt 0 ] && parts=("$@") || parts=(table tests sanitizer training bench)
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
report=$folder/report.txt
: >"$report"
export LUNETTE_CUDA_MODULE=$module LUNETTE_TEST_ROOT=$root LUNETTE_BUILD=$(dirname "$program") LUNETTE_QUIET=1
export LUA_PATH="$root/t/?.lua;;" LUNETTE_PROGRAM=$program
# cuBLAS and cuDNN may be there only as wheels beside PyTorch.
site='import sysconfig; print(sysconfig.get_paths()["purelib"])'
export LUNETTE_CUDA_LIBRARIES=${LUNETTE_CUDA_LIBRARIES:-$("${LUNETTE_PEER_PYTHON:-python3}" -c "$site" 2>/dev/null)}
failed=0

say() { echo "$*" | tee -a "$report"; }

# verdict NAME LOG STATUS: counts a TAP log
verdict() {
    local good bad
    good=$(grep -c '^ok ' "$2") bad=$(grep -c '^not ok ' "$2")
    [ "$3" = 0 ] && [ "$bad" = 0 ] || failed=1
    say "  $1: $good ok, $bad not ok$([ "$3" = 0 ] || echo ", ended with status $3")"
    grep -A 3 '^not ok ' "$2" | head -n "${4:-12}" | sed 's/^/    /' | tee -a "$report"
}

# Rows are dealt out to so many processes at a time; all share the device.
table() {
    local jobs names log=$folder/table.log
    jobs=$(($(nproc) < 8 ? $(nproc) : 8))
    "$program" -e 'for _, row in ipairs(lun.ops()) do print(row.name) end' | awk -v n=$jobs -v to="$folder/rows" '{print > (to NR % n)}'
    for k in $(seq 0 $((jobs - 1))); do
        LUNETTE_CUDA_REPORT=$folder/where$k timeout 150 xargs "$program" "$root/t/cuda.lua" <"$folder/rows$k" >"$folder/table$k.log" 2>&1 &
    done
    wait
    cat "$folder"/table[0-9]*.log >"$log"
    local cut=0
    for k in $(seq 0 $((jobs - 1))); do grep -q '^1\.\.' "$folder/table$k.log" || cut=$((cut + 1)); done
    verdict "rows against the CPU" "$log" $cut 40
    say "  $(cat "$folder"/where[0-9]* 2>/dev/null | grep -c 'device$') rows stayed on the device, $(cat "$folder"/where[0-9]* 2>/dev/null | grep -c 'CPU') went back for a part"
    cat "$folder"/where[0-9]* 2>/dev/null | sort >"$folder/where.txt"
    rm -f "$folder"/rows[0-9]* "$folder"/where[0-9]* "$folder"/table[0-9]*.log
}

tests() {
    local file
    LUNETTE_CUDA_VERBOSE=1 timeout 60 "$program" -e 'local x = lun.ones(1, 1, 4, 4):cuda()
        print(lun.linear(x, x[1][1], x[1][1][1]):sum():item(), lun.conv2d(x, x):item())' >"$folder/libraries.log" 2>&1
    sed 's/^/  /' "$folder/libraries.log" | tee -a "$report"
    for file in "$root"/t/lua/cuda_*.lua "$root"/t/debugger/cuda.lua "$root"/t/cuda/{compile,compiled,factors,matrices,solver}.lua; do
        local log=$folder/$(basename "$(dirname "$file")")-$(basename "$file" .lua).log status=0
        timeout 60 "$program" "$file" >"$log" 2>&1 || status=$?
        verdict "$(basename "$(dirname "$file")")/$(basename "$file")" "$log" $status
    done
    for file in factors matrices; do
        local alone=$folder/$file-alone.log status=0
        LUNETTE_CUDA_WITHOUT="cublas cudnn" timeout 60 "$program" "$root/t/cuda/$file.lua" >"$alone" 2>&1 || status=$?
        verdict "cuda/$file.lua without cuBLAS and cuDNN" "$alone" $status
    done
}

# The rows whose kernels share memory between threads, and some that index.
checked="add where sum var max cumsum sort topk softmax layer_norm cross_entropy matmul gather scatter_add index_add embedding cat conv2d max_pool2d attention"
sanitizer() {
    local tool log status
    command -v compute-sanitizer >/dev/null || { say "  compute-sanitizer was not found"; return; }
    for tool in memcheck racecheck; do
        log=$folder/$tool.log status=0
        # shellcheck disable=SC2086
        timeout 75 compute-sanitizer --tool $tool --error-exitcode 9 "$program" "$root/t/cuda.lua" $checked >"$log" 2>&1 ||
            status=$?
        [ $status = 124 ] && say "  $tool: stopped at its time limit; what ran until then:"
        [ $status = 9 ] && failed=1
        say "  $tool: $(grep -c '^ok ' "$log") calls' rows, $(grep '========= ERROR SUMMARY\|========= RACECHECK SUMMARY' "$log" | tail -n 1)"
        grep -m 6 '========= \(Invalid\|Error\|Race\|Warning\|Address\)' "$log" | sed 's/^/    /' | tee -a "$report"
    done
}

training() {
    local log=$folder/training.log status=0
    timeout 60 "$program" "$root/t/gpu_training.lua" >"$log" 2>&1 || status=$?
    verdict "training" "$log" $status
    grep '^# ' "$log" | sed 's/^# /    /' | tee -a "$report"
}

bench() {
    local python=${LUNETTE_PEER_PYTHON:-python3} log=$folder/bench.log vs=
    "$python" -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null && vs="--vs torch"
    # shellcheck disable=SC2086
    LUNETTE_PEER_PYTHON=$python timeout 200 "$program" "$root/bench/compare.lua" --device cuda --rounds "${LUNETTE_BENCH_ROUNDS:-1}" $vs \
        --only "${LUNETTE_BENCH_ONLY:-}" --json "$folder/bench.json" >"$log" 2>"$folder/bench.err" || say "  the bench ended with status $?"
    grep -v '^round' "$folder/bench.err" | head -n 20 | sed 's/^/    /' | tee -a "$report"
    sed 's/^/  /' "$log" | tee -a "$report"
}

say "Lunette on a GPU, $(date -u '+%Y-%m-%d %H:%M') UTC"
say "$("$program" -e 'print(lun.cuda.get_device_name(), table.concat({lun.cuda.get_device_capability()}, "."))' 2>&1)"
for part in "${parts[@]}"; do
    from=$SECONDS
    say "$part:"
    "$part"
    say "  ($((SECONDS - from)) s)"
done
[ $failed = 0 ] && say "all parts are well" || say "NOT all is well"
exit $failed
