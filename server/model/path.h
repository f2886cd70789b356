/* path.h - the name of a tensor while a model is walked: "model.layers.0.mlp", grown and cut back.
 *
 * Names are WI_NAME_MAX bytes at most; what would be longer is an error that shows the name so far. */
#ifndef SRV_MODEL_PATH_H
#define SRV_MODEL_PATH_H

#include "model/arch.h"

struct srv_path {
    char text[WI_NAME_MAX + 1];
    size_t len;
};

bool srv_path_append(struct srv_path *path, const char *text, size_t len, struct wi_error *err);
/* ".name" with its holes filled, or nothing when the pattern is empty. */
bool srv_path_pattern(struct srv_path *path, const struct srv_pattern *pattern, struct srv_env env,
                      struct wi_error *err);
void srv_path_cut(struct srv_path *path, size_t len);

#endif
