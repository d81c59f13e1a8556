/* rtc_compile.cu - NVRTC and the driver: from a program's text to a kernel
 *
 * Read next: kernels/cuda/rtc_compile.h, kernels/cuda/fused_text.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/rtc_compile.h"
#include "kernels/cuda/library.h"
extern "C" {
#include "kernels/cuda/rtc_headers.h"
}
#include "kernels/cuda/state.h"

#include <stdio.h>
#include <stdlib.h>

enum { COMPILE_AT = 3, MOST_KERNELS = 1024 };

/* --- what is called of the libraries ------------------------------------------------------------------------------------------ */

typedef struct rtc {
    int (*version)(int *major, int *minor);
    int (*create)(void **program, const char *text, const char *name, int headers, const char *const *header, const char *const *names);
    int (*compile)(void *program, int options, const char *const *option);
    int (*code_bytes)(void *program, size_t *bytes);
    int (*code)(void *program, char *code);
    int (*log_bytes)(void *program, size_t *bytes);
    int (*log)(void *program, char *log);
    int (*destroy)(void **program);
} rtc;

typedef struct driver {
    int (*load)(void **module, const void *code);
    int (*function)(void **kernel, void *module, const char *name);
    int (*launch)(void *kernel, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                  cudaStream_t stream, void **parameters, void **extra);
} driver;

static rtc nvrtc;
static driver cu;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all that lies below, but what a kernel's launch reads */
static bool same_version;
static char said[160]; /* what is known of NVRTC */
static uint64_t kernels, runs;

static bool is_verbose(void)
{
    const char *verbose = getenv("LUNETTE_CUDA_VERBOSE");
    return verbose && *verbose && strcmp(verbose, "0");
}

static bool driver_function(const char *name, void *slot)
{
    void *found = NULL;
    cudaDriverEntryPointQueryResult result = cudaDriverEntryPointSymbolNotFound;
#if CUDART_VERSION >= 12050
    cudaError_t error = cudaGetDriverEntryPointByVersion(name, &found, 12000, cudaEnableDefault, &result);
#else
    cudaError_t error = cudaGetDriverEntryPoint(name, &found, cudaEnableDefault, &result);
#endif
    if (error != cudaSuccess) cudaGetLastError();
    if (error != cudaSuccess || result != cudaDriverEntryPointSuccess || !found) return false;
    memcpy(slot, &found, sizeof found);
    return true;
}

/* Are both there? Asked once. */
static bool is_ready(void)
{
    static bool asked, ready;
    if (asked) return ready;
    asked = true;
    const lun_symbol symbols[] = {{"nvrtcVersion", &nvrtc.version}, {"nvrtcCreateProgram", &nvrtc.create},
                                  {"nvrtcCompileProgram", &nvrtc.compile}, {"nvrtcGetCUBINSize", &nvrtc.code_bytes},
                                  {"nvrtcGetCUBIN", &nvrtc.code}, {"nvrtcGetProgramLogSize", &nvrtc.log_bytes},
                                  {"nvrtcGetProgramLog", &nvrtc.log}, {"nvrtcDestroyProgram", &nvrtc.destroy}};
    int major = 0, minor = 0;
    ready = lun_library_symbols(LUN_NVRTC, sizeof symbols / sizeof *symbols, symbols) && !nvrtc.version(&major, &minor) &&
            driver_function("cuModuleLoadData", &cu.load) && driver_function("cuModuleGetFunction", &cu.function) &&
            driver_function("cuLaunchKernel", &cu.launch);
    same_version = major * 1000 + minor * 10 == CUDART_VERSION;
    snprintf(said, sizeof said, !ready ? "is not there" : same_version ? "%d.%d compiles them" : "%d.%d compiles those without functions such "
             "as exp, whose last bits may differ from this build's %d.%d", major, minor, CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
    if (is_verbose()) fprintf(stderr, "cuda: runs of elementwise ops: NVRTC %s\n", said);
    return ready;
}

/* --- what texts include ------------------------------------------------------------------------------------------------------- */

/* In place of what kernels that are compiled ahead include: the core's dtypes by number, and nothing. */
const char *lun_rtc_header(int k, const char **name)
{
    static const lun_rtc_file stubs[] = {
        {"kernels/cuda/device.h", "#pragma once\n#include \"kernels/cuda/rtc.h\"\nenum lun_dtype {"
#define X(id, ...) "LUN_" #id ", "
         LUN_DTYPES(X)
#undef X
         "};\n#include \"kernels/cuda/element.h\"\n"},
        {"kernels/cuda/complex.h", ""}, {"kernels/cpu/vmath.h", ""},
        {"type_traits", ""}, {"math.h", ""}, {"float.h", ""}, {"stdbool.h", ""}};
    const int n = sizeof stubs / sizeof *stubs;
    const lun_rtc_file *file = k < n ? &stubs[k] : &lun_rtc_files[k - n];
    *name = file->name;
    return file->text;
}

/* --- compiling ---------------------------------------------------------------------------------------------------------------- */

static void tell_log(void *program, const char *text)
{
    size_t bytes = 0;
    if (!is_verbose() || nvrtc.log_bytes(program, &bytes) || !bytes) return;
    char *log = (char *)malloc(bytes);
    if (log && !nvrtc.log(program, log)) fprintf(stderr, "cuda: NVRTC refused this:\n%s\n%s\n", text, log);
    free(log);
}

/* The code for a device of that capability, to be given back to free(); NULL: it could not be made. */
static char *compiled(const char *text, int major, int minor)
{
    enum { MOST_HEADERS = 24 };
    const char *headers[MOST_HEADERS], *names[MOST_HEADERS];
    char arch[40];
    const char *const options[] = {arch, "--fmad=false", "--std=c++17", "--device-as-default-execution-space"};
    void *program = NULL;
    size_t bytes = 0;
    char *code = NULL;
    int n = 0;
    while (n < MOST_HEADERS && (headers[n] = lun_rtc_header(n, &names[n]))) n++;
    snprintf(arch, sizeof arch, "--gpu-architecture=sm_%d%d", major, minor);
    if (nvrtc.create(&program, text, "lun_fused.cu", n, headers, names)) return NULL;
    if (nvrtc.compile(program, sizeof options / sizeof *options, options)) tell_log(program, text);
    else if (!nvrtc.code_bytes(program, &bytes) && bytes && (code = (char *)malloc(bytes)) && nvrtc.code(program, code)) free(code), code = NULL;
    nvrtc.destroy(&program);
    return code;
}

struct lun_rtc_made { lun_rtc_made *next; int index; void *kernel; }; /* kernel NULL: it cannot be made */

static void *make_kernel(const lun_fused_program *g, const lun_cuda_device *d)
{
    bool plain;
    void *module = NULL, *kernel = NULL;
    char *text = lun_fused_text(g, &plain);
    char *code = text && (plain || same_version) ? compiled(text, d->properties.major, d->properties.minor) : NULL;
    if (code && !cu.load(&module, code)) cu.function(&kernel, module, "lun_fused");
    free(code);
    free(text);
    return kernel;
}

const char *lun_cuda_compiler(uint64_t *made, uint64_t *ran)
{
    pthread_mutex_lock(&lock);
    is_ready();
    *made = kernels;
    pthread_mutex_unlock(&lock);
    *ran = __atomic_load_n(&runs, __ATOMIC_RELAXED);
    return said;
}

static volatile bool early;

void lun_cuda_compile_early(bool on) { early = on; }

void *lun_rtc_kernel(lun_fused_program *g, int index)
{
    const lun_cuda_device *d = lun_cuda_use(index);
    if (!d) return NULL;
    const int came = __atomic_add_fetch(&g->came, 1, __ATOMIC_RELAXED);
    const lun_rtc_made *m = __atomic_load_n(&g->made, __ATOMIC_ACQUIRE);
    while (m && m->index != index) m = m->next;
    if (m) return m->kernel;
    if ((came < COMPILE_AT && !early) || d->recording) return NULL; /* loading code may wait for the device */
    pthread_mutex_lock(&lock);
    for (m = g->made; m && m->index != index;) m = m->next;
    if (!m && is_ready() && kernels < MOST_KERNELS) {
        lun_rtc_made *own = (lun_rtc_made *)malloc(sizeof *own);
        if (own) {
            *own = lun_rtc_made{g->made, index, make_kernel(g, d)};
            kernels += own->kernel != NULL;
            __atomic_store_n(&g->made, own, __ATOMIC_RELEASE);
            m = own;
        }
    }
    pthread_mutex_unlock(&lock);
    return m ? m->kernel : NULL;
}

bool lun_rtc_launch(void *kernel, unsigned blocks, lun_fused_plan *p)
{
    void *parameters[] = {p};
    __atomic_add_fetch(&runs, 1, __ATOMIC_RELAXED);
    const int result = cu.launch(kernel, blocks, 1, 1, LUN_RTC_THREADS, 1, 1, 0, lun_cuda_stream(), parameters, NULL);
    return lun_cuda_check((cudaError_t)result, "run a compiled program"); /* the driver's numbers are the runtime's */
}
