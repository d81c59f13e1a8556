/* wire.c - the thread that reads messages, and the files that take what the program prints
 *
 * Holds: `lock` guards the list of news and the descriptors of the client. A client at a port that sends anything but the two headers is
 * a browser or a mistake and is cut off. Read next: debugger/wire.h. SPDX-License-Identifier: MIT
 */
#include "debugger/wire.h"

#include "core/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TICK = 50, CHUNK = 65536, LONGEST_HEADER = 1024 };

typedef struct news {
    struct news *next;
    lun_wire_news kind;
    char *text;
    size_t length;
} news;

static struct {
    bool open;
    int port, listener, in, out;
    lun_wire_framing framing;
    void (*wake)(void);
    pthread_t run;
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    news *first, *last;
    atomic_bool serving;
} wire = {.listener = -1, .in = -1, .out = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

/* stdout and stderr: the file that takes it, where it went before, how much was handed on. */
static struct { int file, before; atomic_llong taken; } printed[2] = {{-1, -1, 0}, {-1, -1, 0}};

/* ---- what the program prints ---- */

static long long bytes_of(int file)
{
    struct stat s;
    return fstat(file, &s) == 0 ? (long long)s.st_size : 0;
}

static bool take_prints(int stream)
{
    FILE *stdio = stream ? stderr : stdout, *file = tmpfile();
    fflush(stdio);
    if (!file) return false;
    int fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 3), before = fcntl(stream + 1, F_DUPFD_CLOEXEC, 3);
    fclose(file);
    if (fd < 0 || before < 0 || fcntl(fd, F_SETFL, O_APPEND) < 0 || dup2(fd, stream + 1) < 0) return false;
    setvbuf(stdio, NULL, _IOLBF, 0);
    printed[stream].file = fd;
    printed[stream].before = before;
    return true;
}

size_t lun_wire_output(int stream, char *buffer, size_t size)
{
    long long taken = atomic_load(&printed[stream].taken);
    if (printed[stream].file < 0) return 0;
    ssize_t n = pread(printed[stream].file, buffer, size, (off_t)taken);
    if (n <= 0) return 0;
    atomic_store(&printed[stream].taken, taken + n);
#ifdef FALLOC_FL_PUNCH_HOLE
    (void)!fallocate(printed[stream].file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)(taken + n)); /* read and done with */
#endif
    if (wire.port != LUN_WIRE_STDIO) (void)!write(printed[stream].before, buffer, (size_t)n); /* the terminal is the program's still */
    return (size_t)n;
}

static bool has_printed(void)
{
    for (int i = 0; i < 2; i++)
        if (printed[i].file >= 0 && bytes_of(printed[i].file) > atomic_load(&printed[i].taken)) return true;
    return false;
}

/* ---- news ---- */

static void wake(void)
{
    if (!atomic_load(&wire.serving)) pthread_kill(wire.run, LUN_WIRE_SIGNAL);
}

static void add_news(lun_wire_news kind, char *text, size_t length)
{
    news *n = malloc(sizeof *n);
    if (!n) {
        free(text);
        return;
    }
    *n = (news){NULL, kind, text, length};
    pthread_mutex_lock(&wire.lock);
    if (wire.last) wire.last->next = n;
    else wire.first = n;
    wire.last = n;
    pthread_cond_signal(&wire.arrived);
    pthread_mutex_unlock(&wire.lock);
    wake();
}

static char *copied(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (!copy) return NULL;
    memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

static bool add_message(const char *text, size_t length)
{
    char *copy = copied(text, length);
    if (copy) add_news(LUN_WIRE_MESSAGE, copy, length);
    return copy != NULL;
}

lun_wire_news lun_wire_receive(int ms, char **text, size_t *length)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms % 1000 * 1000000L;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&wire.lock);
    while (!wire.first && ms > 0 && pthread_cond_timedwait(&wire.arrived, &wire.lock, &until) == 0) continue;
    news *n = wire.first;
    if (n) wire.first = n->next;
    if (!wire.first) wire.last = NULL;
    pthread_mutex_unlock(&wire.lock);
    if (!n) return LUN_WIRE_NOTHING;
    lun_wire_news kind = n->kind;
    *text = n->text;
    *length = n->length;
    free(n);
    return kind;
}

void lun_wire_serve(bool on)
{
    atomic_store(&wire.serving, on);
    if (on) return;
    pthread_mutex_lock(&wire.lock);
    bool waits = wire.first != NULL;
    pthread_mutex_unlock(&wire.lock);
    if (waits) wire.wake();
}

/* ---- messages out of bytes ---- */

typedef struct bytes {
    char *text;
    size_t length, room;
} bytes;

static bool grow(bytes *b, size_t room)
{
    if (b->length + room <= b->room) return true;
    size_t wanted = (b->length + room) * 2;
    char *text = realloc(b->text, wanted);
    if (!text) return false;
    b->text = text;
    b->room = wanted;
    return true;
}

static void drop(bytes *b, size_t n)
{
    b->length -= n;
    memmove(b->text, b->text + n, b->length);
}

/* How many bytes the header takes, 0 while it is not whole, -1 when it is none. */
static long read_header(const bytes *b, size_t *length)
{
    const char *end = memmem(b->text, b->length, "\r\n\r\n", 4);
    bool known = false;
    if (!end) return b->length > LONGEST_HEADER ? -1 : 0;
    for (const char *line = b->text; line < end; line = (const char *)memmem(line, (size_t)(end + 2 - line), "\r\n", 2) + 2) {
        if (!strncasecmp(line, "Content-Length:", 15)) {
            *length = strtoul(line + 15, NULL, 10);
            known = *length <= LUN_WIRE_LONGEST;
        } else if (strncasecmp(line, "Content-Type:", 13)) {
            return -1;
        }
    }
    return known ? (long)(end - b->text) + 4 : -1;
}

/* Takes one whole message off the front. 1: done, 0: more bytes are needed, -1: this is no client of ours. */
static int take_message(bytes *b)
{
    size_t length = 0;
    if (wire.framing == LUN_WIRE_LINES) {
        const char *end = memchr(b->text, '\n', b->length);
        if (!end) return b->length > LUN_WIRE_LONGEST ? -1 : 0;
        length = (size_t)(end - b->text);
        if (!add_message(b->text, length)) return -1;
        drop(b, length + 1);
        return 1;
    }
    long header = read_header(b, &length);
    if (header <= 0) return (int)header;
    if (b->length < (size_t)header + length) return 0;
    if (!add_message(b->text + header, length)) return -1;
    drop(b, (size_t)header + length);
    return 1;
}

/* Reads what is there. False at the end. */
static bool read_some(int fd, bytes *b)
{
    int taken = 1;
    if (!grow(b, CHUNK)) return false;
    ssize_t n = read(fd, b->text + b->length, CHUNK);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (n <= 0) return false;
    b->length += (size_t)n;
    while (taken > 0 && b->length) taken = take_message(b);
    return taken >= 0;
}

/* ---- the client ---- */

static void set_client(int in, int out)
{
    pthread_mutex_lock(&wire.lock);
    wire.in = in;
    wire.out = out;
    pthread_mutex_unlock(&wire.lock);
}

static void serve_client(int fd)
{
    bytes b = {NULL, 0, 0};
    struct pollfd waits = {.fd = fd, .events = POLLIN};
    for (;;) {
        int ready = poll(&waits, 1, TICK);
        if (ready == 0 && has_printed()) wake();
        if (ready > 0 && !read_some(fd, &b)) break;
    }
    free(b.text);
    if (wire.listener >= 0) {
        set_client(-1, -1);
        close(fd);
    }
    add_news(LUN_WIRE_CLOSED, NULL, 0);
}

static void *reader(void *unused)
{
    (void)unused;
    if (wire.listener < 0) {
        serve_client(wire.in);
        return NULL;
    }
    for (struct pollfd waits = {.fd = wire.listener, .events = POLLIN};;) {
        if (poll(&waits, 1, TICK) == 0) {
            if (has_printed()) wake();
            continue;
        }
        int fd = accept(wire.listener, NULL, NULL);
        if (fd < 0) {
            poll(NULL, 0, TICK); /* no descriptors: later */
            continue;
        }
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); /* header and body are two writes */
        set_client(fd, fd);
        add_news(LUN_WIRE_OPENED, NULL, 0);
        serve_client(fd);
    }
}

static bool send_all(int fd, const char *text, size_t length)
{
    bool socket = wire.listener >= 0;
    while (length) {
        ssize_t n = socket ? send(fd, text, length, MSG_NOSIGNAL) : write(fd, text, length);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        text += n;
        length -= (size_t)n;
    }
    return true;
}

bool lun_wire_send(const char *text, size_t length)
{
    char header[48] = "";
    pthread_mutex_lock(&wire.lock);
    int fd = wire.out;
    pthread_mutex_unlock(&wire.lock);
    if (fd < 0) return false;
    if (wire.framing == LUN_WIRE_HEADERS) snprintf(header, sizeof header, "Content-Length: %zu\r\n\r\n", length);
    return send_all(fd, header, strlen(header)) && send_all(fd, text, length) && (wire.framing == LUN_WIRE_HEADERS || send_all(fd, "\n", 1));
}

/* ---- opening ---- */

static bool failed(const char *what)
{
    lun_fail(LUN_E_FILE, "another port, or --dap=0 for any free one", "%s: %s", what, strerror(errno));
    return false;
}

static bool listen_at(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int one = 1;
    wire.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (wire.listener < 0) return failed("no socket");
    setsockopt(wire.listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(wire.listener, (struct sockaddr *)&address, size) || listen(wire.listener, 1)) {
        failed("127.0.0.1 cannot be listened at");
        close(wire.listener);
        wire.listener = -1;
        return false;
    }
    getsockname(wire.listener, (struct sockaddr *)&address, &size);
    wire.port = ntohs(address.sin_port);
    return true;
}

/* The program's input is empty from now on: what comes there are messages. */
static bool take_stdio(void)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int in = fcntl(0, F_DUPFD_CLOEXEC, 3), out = fcntl(1, F_DUPFD_CLOEXEC, 3);
    wire.port = LUN_WIRE_STDIO;
    if (nothing < 0 || in < 0 || out < 0 || dup2(nothing, 0) < 0) return failed("standard input and output");
    close(nothing);
    set_client(in, out);
    return true;
}

static void on_nothing(int number) { (void)number; }

static void on_signal(int number)
{
    (void)number;
    int before = errno;
    if (!atomic_load(&wire.serving)) wire.wake();
    errno = before;
}

bool lun_wire_open(int port, lun_wire_framing framing, void (*wake_up)(void))
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    pthread_condattr_t clock;
    pthread_t thread;
    sigset_t all, before;
    if (wire.open) return lun_fail(LUN_E_PROCESS, NULL, "this program is being debugged from outside already"), false;
    wire.framing = framing;
    wire.wake = wake_up;
    wire.run = pthread_self();
    atomic_store(&wire.serving, true);
    if (!(port == LUN_WIRE_STDIO ? take_stdio() : listen_at(port))) return false;
    if (!take_prints(0) || !take_prints(1)) return failed("no temporary file for what the program prints");
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&wire.arrived, &clock);
    sigaction(LUN_WIRE_SIGNAL, &action, NULL);
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = on_nothing}, NULL); /* not ignored: that would go on to the program's children */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the thread of the run */
    wire.open = pthread_create(&thread, NULL, reader, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return wire.open || failed("no thread for messages");
}

void lun_wire_drop(void)
{
    pthread_mutex_lock(&wire.lock);
    if (wire.listener >= 0 && wire.in >= 0) shutdown(wire.in, SHUT_RDWR); /* the thread finds its end */
    pthread_mutex_unlock(&wire.lock);
}

bool lun_wire_is_open(void) { return wire.open; }
int lun_wire_port(void) { return wire.port; }
