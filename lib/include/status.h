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
    char param[64];    /* the parameter, field or tensor at fault, cut at 63 bytes; "" if none */
    char text[256];    /* one sentence                              */
    char allowed[640]; /* what would be accepted, "" if not known   */
    char nearest[32];  /* the nearest valid name, "" if none        */
};

/* Set err to "no error". Every error must be initialised before its first use, by this or by {0}. */
void wi_error_init(struct wi_error *err);

/* A stable slug such as "param-unknown", for machine-readable errors. */
const char *wi_status_slug(enum wi_status code);

WI_API_END

#endif
