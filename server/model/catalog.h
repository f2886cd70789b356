/* catalog.h - what there is: architectures and presets, built in and from an operator's folder.
 *
 * Folder: every *.json in it is an architecture (an object with "arch") or a list of presets (an object with "presets",
 * and perhaps "common"). One of a name that is built in takes its place. Presets have names of letters, digits, '.',
 * '_' and '-'. A broken file is an error that names file, place and reason.
 * Threads: read-only once opened. */
#ifndef SRV_MODEL_CATALOG_H
#define SRV_MODEL_CATALOG_H

#include "model/arch.h"

/* "tiny-llama": {"arch": "llama", "config": {...}}, or, for an adapter, with "base": the preset it belongs to. */
struct srv_preset {
    const char *name;
    const struct srv_arch *arch;
    const struct srv_preset *base; /* NULL: no adapter */
    const json_t *config;          /* members of config.json that are its own */
    const json_t *common; /* those that the architecture's presets share, without influence on tensors; or NULL */
};

struct srv_catalog;

/* folder NULL: what is built in. NULL with an error. */
struct srv_catalog *srv_catalog_open(const char *folder, struct wi_error *err);
void srv_catalog_free(struct srv_catalog *catalog);

const struct srv_arch *srv_catalog_arch_at(const struct srv_catalog *catalog, unsigned i); /* NULL after the last */
const struct srv_preset *srv_catalog_preset_at(const struct srv_catalog *catalog, unsigned i);
/* The i of the preset of that name; SIZE_MAX: there is none. */
size_t srv_catalog_place(const struct srv_catalog *catalog, const char *name);
/* By name, or the model_type of a config. NULL: none; the error lists what there is. */
const struct srv_arch *srv_catalog_arch(const struct srv_catalog *catalog, const char *name, struct wi_error *err);
const struct srv_preset *srv_catalog_preset(const struct srv_catalog *catalog, const char *name, struct wi_error *err);

#endif
