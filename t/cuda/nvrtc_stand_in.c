/* nvrtc_stand_in.c - NVRTC's functions over g++, for tests: the text that would go to NVRTC is compiled for the host device
 *
 * Built as t/cuda/libnvrtc.so.13, which only the host device loads (LUNETTE_HOST_DEVICE_LIBRARIES). The headers that come with a text are
 * all that it can include, but for those of C++ that kernels/cuda/rtc.h asks for. Options are checked; the "code" is the path of the shared
 * object. LUNETTE_TEST_CXX names the compiler; without one, each compilation fails, as it may with NVRTC.
 * Read next: kernels/cuda/rtc_compile.cu, kernels/cuda/host/driver.cpp. SPDX-License-Identifier: MIT
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GOOD = 0, WRONG = 3, BAD_OPTION = 5, FAILED = 6 };
#define API(name, ...) int name(__VA_ARGS__); int name(__VA_ARGS__)

struct program { char folder[64], code[80]; bool made; };

static char base[32]; /* all folders are below it, and go with the process */

static int new_folder(char *to, size_t room)
{
    static int count;
    if (!base[0] && !mkdtemp(strcpy(base, "/tmp/lunette-nvrtc.XXXXXX"))) return base[0] = 0, -1;
    snprintf(to, room, "%s/%d", base, count++);
    return mkdir(to, 0700);
}

__attribute__((destructor)) static void clear(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", base);
    if (base[0] && system(command)) fprintf(stderr, "nvrtc_stand_in: %s stays\n", base);
}

static bool write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return false;
    for (char *slash = strchr(path + strlen(folder) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *f = fopen(path, "w");
    bool good = f && fputs(text, f) >= 0;
    return f && !fclose(f) && good;
}

API(nvrtcVersion, int *major, int *minor)
{
    const char *said = getenv("LUNETTE_TEST_NVRTC_MINOR"); /* another version than the build's */
    *major = 13;
    *minor = said ? atoi(said) : 0;
    return GOOD;
}

API(nvrtcCreateProgram, struct program **to, const char *text, const char *name, int headers, const char *const *header,
    const char *const *names)
{
    struct program *p = calloc(1, sizeof *p);
    if (!p || !text || !name) return WRONG;
    bool good = !new_folder(p->folder, sizeof p->folder) && write_file(p->folder, "text.cpp", text);
    for (int k = 0; k < headers && good; k++)
        if (strchr(names[k], '/')) good = write_file(p->folder, names[k], header[k]); /* else one of the system's, which g++ has */
    *to = p;
    return good ? GOOD : WRONG;
}

static bool has(int n, const char *const *options, const char *wanted)
{
    for (int i = 0; i < n; i++)
        if (!strncmp(options[i], wanted, strlen(wanted))) return true;
    return false;
}

API(nvrtcCompileProgram, struct program *p, int n, const char *const *options)
{
    const char *compiler = getenv("LUNETTE_TEST_CXX");
    char command[600];
    if (!has(n, options, "--gpu-architecture=sm_") || !has(n, options, "--fmad=false") || !has(n, options, "--std=c++17")) return BAD_OPTION;
    snprintf(p->code, sizeof p->code, "%s/code.so", p->folder);
    snprintf(command, sizeof command,
             "%s -std=c++17 -DLUN_CUDA_HOST -O1 -fPIC -ffp-contract=off -fno-math-errno -Wall -Wno-unknown-pragmas -Wno-unused-function "
             "-Werror -I%s -shared -o %s %s/text.cpp 2>%s/log",
             compiler ? compiler : "false", p->folder, p->code, p->folder, p->folder);
    p->made = !system(command);
    return p->made ? GOOD : FAILED;
}

API(nvrtcGetCUBINSize, struct program *p, size_t *bytes)
{
    *bytes = strlen(p->code) + 1;
    return p->made ? GOOD : WRONG;
}

API(nvrtcGetCUBIN, struct program *p, char *code)
{
    memcpy(code, p->code, strlen(p->code) + 1);
    return GOOD;
}

API(nvrtcGetProgramLogSize, struct program *p, size_t *bytes)
{
    (void)p;
    *bytes = 20000;
    return GOOD;
}

API(nvrtcGetProgramLog, struct program *p, char *log)
{
    char path[80];
    snprintf(path, sizeof path, "%s/log", p->folder);
    FILE *f = fopen(path, "r");
    log[f ? fread(log, 1, 19999, f) : 0] = 0;
    if (f) fclose(f);
    return GOOD;
}

API(nvrtcDestroyProgram, struct program **p)
{
    free(*p); /* the folder stays: its code is loaded after this */
    *p = NULL;
    return GOOD;
}
