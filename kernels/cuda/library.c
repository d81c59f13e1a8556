/* library.c - where cuBLAS, cuBLASLt, cuDNN, cuSOLVER and NVRTC are looked for
 *
 * In this order: the folders of LUNETTE_CUDA_LIBRARIES (a folder of libraries, or a Python environment's site-packages), the loader's
 * own path, CUDA_HOME and the toolkit whose nvcc is in PATH, /usr/local/cuda, and the wheels (nvidia-cublas, nvidia-cudnn-cu13 and so
 * on) of the Python environment that is active or whose python3 is in PATH.
 * LUNETTE_CUDA_WITHOUT="cudnn cublas" leaves some out, to see what stands in for them.
 * Holds: each library is looked for once; what was loaded stays. Read next: kernels/cuda/blas.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/library.h"

#include <dlfcn.h>
#include <glob.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

typedef struct library {
    const char *name, *soname[3]; /* newest first */
    void *handle;
    bool searched;
    char path[PATH_MAX];
} library;

static library table[LUN_LIBRARIES] = {
    [LUN_CUBLAS] = {.name = "cuBLAS", .soname = {"libcublas.so.13", "libcublas.so.12"}},
    [LUN_CUBLASLT] = {.name = "cuBLASLt", .soname = {"libcublasLt.so.13", "libcublasLt.so.12"}},
    [LUN_CUDNN] = {.name = "cuDNN", .soname = {"libcudnn.so.9"}},
    [LUN_CUSOLVER] = {.name = "cuSOLVER", .soname = {"libcusolver.so.12", "libcusolver.so.11"}},
    [LUN_NVRTC] = {.name = "NVRTC", .soname = {"libnvrtc.so.13", "libnvrtc.so.12"}},
};

static bool load(library *l, const char *file, const char *path)
{
    l->handle = dlopen(file, RTLD_NOW | RTLD_GLOBAL); /* global: cuBLAS finds the cuBLASLt that is here already */
    if (l->handle) snprintf(l->path, sizeof l->path, "%s", path);
    return l->handle != NULL;
}

/* Each folder that the pattern matches. */
static bool load_from(library *l, const char *pattern)
{
    glob_t found;
    bool done = false;
    if (glob(pattern, GLOB_NOSORT, NULL, &found)) return false;
    for (size_t i = 0; i < found.gl_pathc && !done; i++)
        for (int k = 0; k < 3 && l->soname[k] && !done; k++) {
            char file[PATH_MAX];
            if (snprintf(file, sizeof file, "%s/%s", found.gl_pathv[i], l->soname[k]) < (int)sizeof file && !access(file, R_OK))
                done = load(l, file, file);
        }
    globfree(&found);
    return done;
}

/* A folder with something behind it, which may have stars. */
static bool load_below(library *l, const char *folder, const char *rest)
{
    char pattern[PATH_MAX];
    return folder && *folder && snprintf(pattern, sizeof pattern, "%s%s", folder, rest) < (int)sizeof pattern && load_from(l, pattern);
}

static bool load_named(library *l, const char *variable)
{
    const char *names = getenv(variable);
    while (names && *names) {
        char folder[PATH_MAX];
        size_t n = strcspn(names, ":");
        if (n < sizeof folder) {
            memcpy(folder, names, n);
            folder[n] = 0;
            if (load_below(l, folder, "") || load_below(l, folder, "/nvidia/*/lib")) return true;
        }
        names += n + (names[n] != 0);
    }
    return false;
}

#ifdef LUN_CUDA_HOST
static bool find(library *l) { return load_named(l, "LUNETTE_HOST_DEVICE_LIBRARIES"); }
#else

/* The folder two above a program in PATH: of /usr/local/cuda/bin/nvcc that is /usr/local/cuda. With `linked`, behind its links. */
static bool home_of(const char *program, bool linked, char *home)
{
    for (const char *path = getenv("PATH"); path && *path;) {
        char file[PATH_MAX];
        size_t n = strcspn(path, ":");
        if (n && snprintf(file, sizeof file, "%.*s/%s", (int)n, path, program) < (int)sizeof file && !access(file, X_OK)) {
            if (!linked || !realpath(file, home)) snprintf(home, PATH_MAX, "%s", file);
            for (int up = 0; up < 2; up++) {
                char *slash = strrchr(home, '/');
                if (!slash) return false;
                *slash = 0;
            }
            return true;
        }
        path += n + (path[n] != 0);
    }
    return false;
}

static bool load_toolkit(library *l)
{
    char home[PATH_MAX];
    if (load_below(l, getenv("CUDA_HOME"), "/lib64") || load_below(l, getenv("CUDA_PATH"), "/lib64")) return true;
    if (home_of("nvcc", true, home) && load_below(l, home, "/lib64")) return true;
    return load_from(l, "/usr/local/cuda/lib64");
}

static bool load_wheel(library *l)
{
    static const char behind[] = "/lib/python3*/site-packages/nvidia/*/lib";
    char home[PATH_MAX];
    if (load_below(l, getenv("VIRTUAL_ENV"), behind) || load_below(l, getenv("CONDA_PREFIX"), behind)) return true;
    for (int linked = 0; linked < 2; linked++)
        if (home_of("python3", linked, home) && load_below(l, home, behind)) return true;
    return load_from(l, "/usr/local/lib/python3*/dist-packages/nvidia/*/lib") || load_from(l, "/usr/lib/python3/dist-packages/nvidia/*/lib");
}

static bool load_plain(library *l)
{
    for (int k = 0; k < 3 && l->soname[k]; k++)
        if (load(l, l->soname[k], l->soname[k])) return true;
    return false;
}

static bool find(library *l)
{
    return load_named(l, "LUNETTE_CUDA_LIBRARIES") || load_plain(l) || load_toolkit(l) || load_wheel(l);
}
#endif

/* Is it named in LUNETTE_CUDA_WITHOUT, as in libNAME.so? */
static bool unwanted(const library *l)
{
    const char *list = getenv("LUNETTE_CUDA_WITHOUT"), *name = l->soname[0] + strlen("lib");
    size_t n = strcspn(name, ".");
    while (list && *list) {
        list += strspn(list, " ,");
        size_t word = strcspn(list, " ,");
        if (word == n && !strncasecmp(list, name, n)) return true;
        list += word;
    }
    return false;
}

static void search(lun_library which)
{
    library *l = &table[which];
    if (l->searched) return;
    l->searched = true;
    if (which == LUN_CUBLAS) search(LUN_CUBLASLT); /* which it needs */
    if (which == LUN_CUSOLVER) search(LUN_CUBLAS);  /* likewise */
    bool found = !unwanted(l) && find(l);
    const char *verbose = getenv("LUNETTE_CUDA_VERBOSE");
    if (verbose && *verbose && strcmp(verbose, "0")) fprintf(stderr, "cuda: %s: %s\n", l->name, found ? l->path : "not found");
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const library *opened(lun_library which)
{
    pthread_mutex_lock(&lock);
    search(which);
    pthread_mutex_unlock(&lock);
    return &table[which];
}

bool lun_library_symbols(lun_library which, int n, const lun_symbol *symbols)
{
    const library *l = opened(which);
    for (int i = 0; i < n; i++) {
        void *found = l->handle ? dlsym(l->handle, symbols[i].name) : NULL;
        if (!found) return false;
        memcpy(symbols[i].slot, &found, sizeof found);
    }
    return true;
}
