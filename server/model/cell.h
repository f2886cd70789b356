/* cell.h - element types of checkpoints that /init does not know: drawn in one that it knows, converted as they are
 * written. */
#ifndef SRV_MODEL_CELL_H
#define SRV_MODEL_CELL_H

#include "model/dtype.h"
#include "model/rule.h"
#include "wi.h"

/* How elements of a type are made. */
struct srv_cell {
    const char *drawn; /* the dtype of /init that is drawn */
    wi_encode *encode; /* to the type; NULL: the bytes are those of the type */
    unsigned bytes;    /* of an element of the type; 0: it has no numbers that a scheme could draw */
};

/* ZEROS are the same bytes in every type of a size. */
struct srv_cell srv_cell_of(enum srv_dtype dtype, enum srv_rule_scheme scheme);

#endif
