/* typed.c - bytes from the person's terminal, waited for together with signals
 *
 * Read next: typed.h, repl/console.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/typed.h"

#include "repl/console.h"
#include "repl/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { NOTHING = -1, ABORT = 'G' & 31 };

static int keys = STDIN_FILENO;
static void (*hears_other)(char what);
static lun_text unread;
static size_t unread_at;
static bool pressed;

void lun_typed_open(void (*other)(char what))
{
    char name[256];
    hears_other = other;
    int anew = ttyname_r(STDIN_FILENO, name, sizeof name) == 0 ? open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
    if (anew >= 0) keys = anew; /* else, in a container that hides its terminal's name, a read may wait */
}

static bool kept(void) { return unread_at < unread.length; }

bool lun_typed_more(void)
{
    struct pollfd wait = {.fd = keys, .events = POLLIN};
    return kept() || poll(&wait, 1, 0) > 0;
}

/* One byte only, so that readline finds the others where it looks for them. */
static int fetch(void)
{
    char byte;
    ssize_t n = read(keys, &byte, 1);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return NOTHING;
    if (n <= 0) return LUN_TYPED_END;
    lun_typed_give_back(&byte, 1);
    return LUN_TYPED_KEY;
}

/* True when Ctrl-C was pressed. */
static bool hear(void)
{
    for (char what; (what = lun_console_take_signal()) != 0;) {
        if (what == 'C') return true;
        if (hears_other) hears_other(what);
    }
    return false;
}

lun_typed_event lun_typed_wait(void)
{
    for (;;) {
        struct pollfd waits[2] = {{.fd = keys, .events = POLLIN}, {.fd = lun_console_signal_pipe(), .events = POLLIN}};
        int ready = kept() ? 0 : poll(waits, 2, -1), event = NOTHING;
        if (hear()) return LUN_TYPED_CTRL_C;
        if (kept()) return LUN_TYPED_KEY;
        if (ready > 0 && waits[0].revents) event = fetch();
        if (event != NOTHING) return (lun_typed_event)event;
    }
}

size_t lun_typed_take(char *to, size_t room)
{
    lun_typed_event event = lun_typed_wait();
    pressed |= event == LUN_TYPED_CTRL_C;
    if (event != LUN_TYPED_KEY) return 0;
    size_t n = unread.length - unread_at;
    if (n > room) n = room;
    memcpy(to, unread.bytes + unread_at, n);
    unread_at += n;
    if (kept()) return n;
    ssize_t more = n < room && lun_typed_more() ? read(keys, to + n, room - n) : 0;
    return more > 0 ? n + (size_t)more : n;
}

void lun_typed_give_back(const char *bytes, size_t count)
{
    if (!kept()) lun_text_cut(&unread, unread_at = 0);
    lun_text_add(&unread, bytes, count);
}

int lun_typed_key(FILE *stream)
{
    char byte;
    (void)stream;
    if (lun_typed_take(&byte, 1)) return (unsigned char)byte;
    return pressed ? ABORT : EOF;
}

bool lun_typed_interrupted(void)
{
    bool was = pressed;
    pressed = false;
    return was;
}
