/* args.h - the text "Name(first, second, key=third)", taken apart; "Name" alone has no arguments. */
#ifndef SRV_MODEL_ARGS_H
#define SRV_MODEL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "wi.h"

#define SRV_CALL_ARGS_MAX 16

/* All texts point into the text that was split. */
struct srv_args {
    const char *name;
    size_t name_len;
    unsigned n;
    struct {
        const char *key, *text; /* key NULL: by position */
        size_t key_len, len;
    } arg[SRV_CALL_ARGS_MAX];
};

bool srv_args_split(const char *text, struct srv_args *out, struct wi_error *err);

/* The end of the piece at text that a comma outside ( ) [ ] ' ' ends, or `end`. */
const char *srv_args_comma(const char *text, const char *end);

#endif
