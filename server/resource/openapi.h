/* openapi.h - the OpenAPI 3.1 document of this server, made from the tables it answers from.
 *
 * Parameters, their bounds, enums and defaults come from wi_param_row, schemes, dtypes, formats and activations from
 * their tables, errors from srv_problem_at, paths from srv_route_at. What the tables do not hold (what a path is for, the
 * members of an answer, what a header says) is said once, in a row of a table here. api/openapi.yaml is the same document,
 * committed; a test holds the two and the tables equal. */
#ifndef SRV_RESOURCE_OPENAPI_H
#define SRV_RESOURCE_OPENAPI_H

#include "http/json.h"

/* The document. The caller owns the reference; NULL: no memory. */
json_t *srv_openapi(void);

/* ---- its parts: each returns a new reference, or NULL when there is no memory --------------------------------------- */

/* openapi_params.c: components.parameters, by name. */
json_t *srv_openapi_params(void);
/* The parameters of an operation on the path, as references; NULL and no error for a path without any. */
json_t *srv_openapi_params_of(const char *path);

/* openapi_schemas.c: components.schemas, .headers and .responses, by name. */
json_t *srv_openapi_schemas(void);
json_t *srv_openapi_headers(void);
json_t *srv_openapi_problems(void);
/* The headers of an answer that carries a tensor, as references. */
json_t *srv_openapi_tensor_headers(void);

/* {"$ref": "#/components/KIND/NAME"} */
json_t *srv_openapi_ref(const char *kind, const char *name);
/* {"type": "string", "enum": [...]} of a list that ends with NULL. */
json_t *srv_openapi_enum(const char *(*at)(unsigned i));

#endif
