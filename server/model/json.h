/* json.h - reading JSON that somebody else wrote; the only place of this room that includes jansson.
 *
 * Refused, each with its reason and place: text over max_bytes, more than max_values values, nesting deeper than
 * SRV_MODEL_JSON_DEPTH, repeated members, what is not UTF-8, NUL in a text. Memory stays below about 100 bytes a
 * value. */
#ifndef SRV_MODEL_JSON_H
#define SRV_MODEL_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "wi.h"

#define SRV_MODEL_JSON_DEPTH 32

/* The document, for the caller to json_decref; NULL with an error. `what` names it in the text of the error. */
json_t *srv_model_json(const char *text, size_t len, const char *what, size_t max_bytes, size_t max_values,
                       struct wi_error *err);

/* Is the text within these bounds? Nothing is allocated to see that. */
bool srv_model_json_fits(const char *text, size_t len, const char *what, size_t max_bytes, size_t max_values,
                         struct wi_error *err);

/* The member a.b.c of an object that holds objects; NULL when there is none. */
json_t *srv_model_json_at(const json_t *object, const char *path);

#endif
