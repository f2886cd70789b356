/* see chunk.h. A state says what the bytes before mean; a function per state tells the next one from the next byte. */
#include "http/chunk.h"

#include <stdbool.h>

#include "http/grammar.h"

enum {
    SIZE,      /* in the size of a chunk */
    BLANK,     /* blanks before a semicolon */
    NAME,      /* before the name of an extension */
    NAMED,     /* in it */
    EQUALS,    /* blanks before an equals sign or a semicolon */
    VALUE,     /* before the value of an extension */
    TOKEN,     /* in it */
    QUOTED,    /* in a quoted one */
    ESCAPED,   /* after its backslash */
    AFTER,     /* after its last quotation mark */
    LINE_FEED, /* after the carriage return of a chunk's first line */
    DATA,
    DATA_END, /* after the bytes of a chunk */
    DATA_LINE_FEED,
    FIELD, /* before a trailer field, or the end */
    FIELD_NAME,
    FIELD_VALUE,
    FIELD_LINE_FEED,
    LAST_LINE_FEED,
    END,
    BAD,
    LARGER
};

#define SIZE_DIGITS_MAX 15

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static int in_size(struct srv_chunks *chunks, char c)
{
    const int digit = digit_of(c);
    if (digit >= 0) {
        chunks->size = chunks->size * 16 + (unsigned)digit;
        return ++chunks->digits <= SIZE_DIGITS_MAX ? SIZE : BAD;
    }
    return !chunks->digits ? BAD : c == '\r' ? LINE_FEED : c == ';' ? NAME : is_blank(c) ? BLANK : BAD;
}

static int in_extension(int state, char c)
{
    const bool is_token = srv_is_token(&c, 1), is_text = srv_is_field_value(&c, 1), blank = is_blank(c);
    switch (state) {
    case BLANK:
        return c == ';' ? NAME : blank ? BLANK : BAD;
    case NAME:
        return is_token ? NAMED : blank ? NAME : BAD;
    case NAMED:
        return is_token ? NAMED : c == '=' ? VALUE : c == ';' ? NAME : c == '\r' ? LINE_FEED : blank ? EQUALS : BAD;
    case EQUALS:
        return c == '=' ? VALUE : c == ';' ? NAME : blank ? EQUALS : BAD;
    case VALUE:
        return is_token ? TOKEN : c == '"' ? QUOTED : blank ? VALUE : BAD;
    case TOKEN:
        return is_token ? TOKEN : c == ';' ? NAME : c == '\r' ? LINE_FEED : blank ? BLANK : BAD;
    case QUOTED:
        return c == '"' ? AFTER : c == '\\' ? ESCAPED : is_text ? QUOTED : BAD;
    case ESCAPED:
        return is_text ? QUOTED : BAD;
    default: /* AFTER */
        return c == ';' ? NAME : c == '\r' ? LINE_FEED : blank ? BLANK : BAD;
    }
}

static int after_line(struct srv_chunks *chunks, char c)
{
    if (c != '\n')
        return BAD;
    chunks->line = chunks->digits = 0;
    chunks->total += chunks->size;
    return chunks->total > chunks->most ? LARGER : chunks->size ? DATA : FIELD;
}

static int in_trailer(int state, char c)
{
    switch (state) {
    case FIELD:
        return c == '\r' ? LAST_LINE_FEED : srv_is_token(&c, 1) ? FIELD_NAME : BAD;
    case FIELD_NAME:
        return srv_is_token(&c, 1) ? FIELD_NAME : c == ':' ? FIELD_VALUE : BAD;
    case FIELD_VALUE:
        return c == '\r' ? FIELD_LINE_FEED : srv_is_field_value(&c, 1) ? FIELD_VALUE : BAD;
    case FIELD_LINE_FEED:
        return c == '\n' ? FIELD : BAD;
    default: /* LAST_LINE_FEED */
        return c == '\n' ? END : BAD;
    }
}

static int next_state(struct srv_chunks *chunks, char c)
{
    const int state = chunks->state;
    if (state == DATA_END)
        return c == '\r' ? DATA_LINE_FEED : BAD;
    if (state == DATA_LINE_FEED)
        return c == '\n' ? SIZE : BAD;
    if (++chunks->line > SRV_CHUNK_LINE_MAX)
        return BAD;
    return state == SIZE       ? in_size(chunks, c)
           : state < LINE_FEED ? in_extension(state, c)
           : state > DATA      ? in_trailer(state, c)
                               : after_line(chunks, c);
}

/* Take up to n bytes of the chunk's data: returns how many. */
static size_t take_data(struct srv_chunks *chunks, size_t n)
{
    const size_t taken = chunks->size < n ? (size_t)chunks->size : n;
    chunks->size -= taken;
    if (!chunks->size)
        chunks->state = DATA_END;
    return taken;
}

enum srv_chunked srv_chunks_take(struct srv_chunks *chunks, const char *bytes, size_t n, size_t *used, size_t *data)
{
    size_t i = 0;
    while (i < n && chunks->state < END && chunks->state != DATA)
        chunks->state = (unsigned char)next_state(chunks, bytes[i++]);
    *data = chunks->state == DATA ? take_data(chunks, n - i) : 0;
    *used = i + *data;
    return chunks->state == END      ? SRV_CHUNKED_END
           : chunks->state == BAD    ? SRV_CHUNKED_BAD
           : chunks->state == LARGER ? SRV_CHUNKED_LARGER
           : *data                   ? SRV_CHUNKED_DATA
                                     : SRV_CHUNKED_MORE;
}
