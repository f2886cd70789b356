/* json_parts.h - a long JSON object read in parts, so that memory holds the values of one part at a time.
 *
 *     struct srv_json_parts parts = srv_json_parts_of(text, len);
 *     while ((part = srv_json_parts_next(&parts)))        an object of some of its members, in their order
 *         json_decref(part);
 *     if (parts.good) ...                                 that was all of it
 *
 * A member that is there twice is not noticed when its two places are in different parts. What is wrong with a text is
 * said by reading it whole (json.h). */
#ifndef SRV_MODEL_JSON_PARTS_H
#define SRV_MODEL_JSON_PARTS_H

#include "model/json.h"

struct srv_json_parts {
    const char *text;
    size_t len, at;  /* at: where the next member is expected */
    char *room;      /* the part as an object */
    bool good, last; /* last: no member follows */
};

/* The text must be within the bounds of srv_model_json. */
struct srv_json_parts srv_json_parts_of(const char *text, size_t len);
/* For the caller to json_decref. NULL: the end, or the text is no object, or there is no memory: then good is false. */
json_t *srv_json_parts_next(struct srv_json_parts *parts);
/* Free what an unfinished reading holds. */
void srv_json_parts_free(struct srv_json_parts *parts);

#endif
