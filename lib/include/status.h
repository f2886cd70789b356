/* status.h - what went wrong, in words for the person who sent the request.
 *
 * wi_error belongs to the caller and may be NULL everywhere. The first error is kept, later ones are dropped. Texts are
 * printable ASCII: a value from the request is cut at 64 bytes, and "?" replaces its other characters. */
#ifndef WI_STATUS_H
#define WI_STATUS_H

#include <stddef.h>

#include "api.h"

WI_API_BEGIN

enum wi_status {
    WI_OK,
    WI_E_PARAM_UNKNOWN,  /* no parameter, scheme, ... of that name                    */
    WI_E_PARAM_REPEATED, /* the parameter was set before                              */
    WI_E_PARAM_MISSING,  /* a required parameter was not set                          */
    WI_E_PARAM_VALUE,    /* the value cannot be read, or is outside its bounds        */
    WI_E_PARAM_UNUSED,   /* the scheme or format does not take the parameter          */
    WI_E_PARAM_CONFLICT, /* two parameters contradict each other                      */
    WI_E_SHAPE,          /* the scheme cannot fill this shape                         */
    WI_E_UNSUPPORTED,    /* a combination that cannot be served, with the reason      */
    WI_E_TOO_LARGE,      /* over a limit of struct wi_limits                          */
    WI_STATUS_COUNT
};

struct wi_error {
    enum wi_status code;
    char param[24];    /* the parameter at fault, "" if none        */
    char text[256];    /* one sentence                              */
    char allowed[640]; /* what would be accepted, "" if not known   */
    char nearest[32];  /* the nearest valid name, "" if none        */
};

/* Record an error unless one is there already. `format` knows %s (const char *, our own words), %q (const char *,
 * words of the user: cut at 64 bytes), %u (uint64_t) and %r (double) only. Returns code. */
enum wi_status wi_fail(struct wi_error *err, enum wi_status code, const char *param, const char *format, ...);

/* wi_fail with a text as it stands, where what would be accepted is less than the parameter's row allows. */
enum wi_status wi_refuse(struct wi_error *err, enum wi_status code, const char *param, const char *text,
                         const char *allowed);

/* err if it can still take an error, NULL if it holds one: what a public function passes on. */
struct wi_error *wi_error_fresh(struct wi_error *err);

/* Fill `allowed` / `nearest` of a just recorded error (no effect when err is NULL or already has one). */
void wi_error_allow(struct wi_error *err, const char *allowed);
void wi_error_near(struct wi_error *err, const char *nearest);

/* A stable slug such as "param-unknown", for machine-readable errors. */
const char *wi_status_slug(enum wi_status code);

WI_API_END

#endif
