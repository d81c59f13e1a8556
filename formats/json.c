/* json.c - the pull reader. Read next: json.h, formats/safetensors.c. SPDX-License-Identifier: MIT */
#include "formats/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool wrong(lun_json *j, const char *problem)
{
    if (!j->problem) j->problem = problem;
    return false;
}

static void skip_spaces(lun_json *j)
{
    while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' || *j->at == '\n' || *j->at == '\r')) j->at++;
}

bool lun_json_next_is(lun_json *j, char c)
{
    skip_spaces(j);
    return !j->problem && j->at < j->end && *j->at == c;
}

bool lun_json_expect(lun_json *j, char c)
{
    if (!lun_json_next_is(j, c)) return wrong(j, "it is not the JSON that is expected");
    j->at++;
    return true;
}

bool lun_json_end(lun_json *j)
{
    skip_spaces(j);
    return j->at == j->end || wrong(j, "something follows the JSON text");
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool hex4(lun_json *j, unsigned *out)
{
    *out = 0;
    if (j->end - j->at < 4) return wrong(j, "an escape is cut off");
    for (int i = 0; i < 4; i++) {
        int d = hex_digit(*j->at++);
        if (d < 0) return wrong(j, "a \\u escape is not hexadecimal");
        *out = *out << 4 | (unsigned)d;
    }
    return true;
}

static char *put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(lead[more] | (c >> (6 * more)));
    while (more-- > 0) *to++ = (char)(0x80 | (c >> (6 * more) & 0x3f));
    return to;
}

static bool unicode_escape(lun_json *j, char **to)
{
    unsigned c, low;
    if (!hex4(j, &c)) return false;
    if (c >= 0xd800 && c < 0xdc00) {
        if (j->end - j->at < 6 || j->at[0] != '\\' || j->at[1] != 'u') return wrong(j, "half a surrogate pair");
        j->at += 2;
        if (!hex4(j, &low)) return false;
        if (low < 0xdc00 || low > 0xdfff) return wrong(j, "half a surrogate pair");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c >= 0xdc00 && c < 0xe000) {
        return wrong(j, "half a surrogate pair");
    }
    if (!c) return wrong(j, "a zero byte in a string");
    *to = put_utf8(*to, c);
    return true;
}

static bool escape(lun_json *j, char **to)
{
    static const char from[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
    if (j->at == j->end) return wrong(j, "an escape is cut off");
    char c = *j->at++;
    if (c == 'u') return unicode_escape(j, to);
    const char *found = c ? strchr(from, c) : NULL;
    if (!found) return wrong(j, "an unknown escape");
    *(*to)++ = plain[found - from];
    return true;
}

bool lun_json_string(lun_json *j, const char **out)
{
    if (!lun_json_expect(j, '"')) return false;
    char *start = j->at, *to = j->at;
    for (;;) {
        if (j->at == j->end) return wrong(j, "a string is cut off");
        char c = *j->at++;
        if (c == '"') break;
        if ((unsigned char)c < 0x20) return wrong(j, "a control character in a string");
        if (c != '\\') *to++ = c;
        else if (!escape(j, &to)) return false;
    }
    *to = 0; /* at the latest where the closing quote stood */
    *out = start;
    return lun_utf8_valid(start, (size_t)(to - start)) || wrong(j, "a string is not UTF-8");
}

bool lun_json_whole(lun_json *j, uint64_t *out)
{
    skip_spaces(j);
    char *start = j->at;
    *out = 0;
    for (; j->at < j->end && *j->at >= '0' && *j->at <= '9'; j->at++) {
        uint64_t digit = (uint64_t)(*j->at - '0');
        if (*out > (INT64_MAX - digit) / 10) return wrong(j, "a number is too large");
        *out = *out * 10 + digit;
    }
    if (j->at == start || (*start == '0' && j->at - start > 1)) return wrong(j, "a whole number is missing");
    if (j->at < j->end && (*j->at == '.' || *j->at == 'e' || *j->at == 'E')) return wrong(j, "a number is not whole");
    return true;
}

bool lun_json_word(lun_json *j, const char *word)
{
    size_t n = strlen(word);
    if (!lun_json_next_is(j, *word) || (size_t)(j->end - j->at) < n || memcmp(j->at, word, n)) return false;
    j->at += n;
    return true;
}

static size_t digits(const char *at, const char *end)
{
    size_t n = 0;
    while (at + n < end && at[n] >= '0' && at[n] <= '9') n++;
    return n;
}

/* The length of the number at `at` by JSON's grammar, 0 when there is none. */
static size_t number_length(const char *at, const char *end, bool *fraction)
{
    const char *p = at < end && *at == '-' ? at + 1 : at;
    size_t whole = digits(p, end), more;
    if (!whole || (whole > 1 && *p == '0')) return 0;
    p += whole;
    *fraction = false;
    if (p < end && *p == '.') {
        if (!(more = digits(p + 1, end))) return 0;
        p += more + 1;
        *fraction = true;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-')) p++;
        if (!(more = digits(p, end))) return 0;
        p += more;
        *fraction = true;
    }
    return (size_t)(p - at);
}

bool lun_json_number(lun_json *j, double *real, int64_t *whole, bool *is_whole)
{
    char text[512];
    bool fraction;
    skip_spaces(j);
    size_t n = number_length(j->at, j->end, &fraction);
    if (!n) return wrong(j, "a value is missing or malformed");
    if (n >= sizeof text) return wrong(j, "a number has more than 500 digits");
    memcpy(text, j->at, n);
    text[n] = 0;
    j->at += n;
    errno = 0;
    *whole = fraction ? 0 : strtoll(text, NULL, 10);
    *is_whole = !fraction && !errno;
    *real = strtod(text, NULL);
    return true;
}

bool lun_utf8_valid(const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text, *end = s + length;
    while (s < end) {
        unsigned c = *s++;
        int more = c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : -1;
        if (!c || more < 0 || end - s < more) return false;
        if (more == 2 && ((c == 0xe0 && *s < 0xa0) || (c == 0xed && *s > 0x9f))) return false;
        if (more == 3 && ((c == 0xf0 && *s < 0x90) || (c == 0xf4 && *s > 0x8f))) return false;
        for (int i = 0; i < more; i++)
            if ((*s++ & 0xc0) != 0x80) return false;
    }
    return true;
}
