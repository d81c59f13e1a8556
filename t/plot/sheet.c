/* sheet.c - what people may write on a chart, and how texts and numbers are put down
 *
 * Read next: plot/sheet.h.
 * SPDX-License-Identifier: MIT
 */
#include "plot/sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "t/tap.h"

static void refused(const char *bytes, size_t length, const char *why)
{
    lun_error_clear();
    char *copy = lun_label_copy("title", bytes, length);
    ok(copy == NULL && lun_error_get()->code == LUN_E_ARGUMENT, "refused: %s", why);
    free(copy);
}

static void accepted(const char *bytes, const char *want, const char *why)
{
    lun_error_clear();
    char *copy = lun_label_copy("title", bytes, strlen(bytes));
    is_string(copy, want, "%s", why);
    free(copy);
}

static void number_is(double value, const char *want)
{
    lun_sheet s = {0};
    lun_sheet_number(&s, value);
    is_string(s.text, want, "the number %s", want);
    lun_sheet_free(&s);
}

int main(void)
{
    refused("a\nb", 3, "newline");
    refused("a\0b", 3, "zero byte");
    refused("\033[2J", 4, "escape");
    refused("\x7f", 1, "delete");
    refused("\xc2\x9b" "2J", 4, "C1 control in UTF-8");
    refused("\xe2\x80\xae" "abc", 6, "right-to-left override");
    lun_error_clear();
    char *longest = calloc(1, 2000);
    memset(longest, 'a', 1500);
    refused(longest, 1500, "too long");
    free(longest);
    accepted("loss, `x` '$y' \"z\" \\ <&>", "loss, `x` '$y' \"z\" \\ <&>", "printable text stays as it is");
    accepted("größe 損失", "größe 損失", "UTF-8 stays");
    accepted("a\xff" "b\xc0\x80", "a?b??", "bytes that are not UTF-8 become ?");
    is_int(lun_label_width("größe"), 5, "one column each");
    is_int(lun_label_width("損失"), 4, "wide characters take two");
    is_int(lun_label_fit("損失", 3), 3, "a wide character is not cut in half");
    number_is(0.1, "0.10000000000000001");
    number_is(-3, "-3");
    number_is(NAN, "NaN");
    number_is(INFINITY, "NaN");
    lun_sheet s = {0};
    lun_sheet_base64(&s, (const unsigned char *)"Man", 3);
    lun_sheet_base64(&s, (const unsigned char *)"Ma", 2);
    lun_sheet_base64(&s, (const unsigned char *)"M", 1);
    is_string(s.text, "TWFuTWE=TQ==", "base64");
    lun_sheet_clear(&s);
    for (int i = 0; i < 1000; i++) lun_sheet_format(&s, "%d,", i);
    ok(s.length == 3890 && !strncmp(s.text + s.length - 4, "999,", 4), "a long text grows");
    lun_sheet_free(&s);
    return done_testing();
}
