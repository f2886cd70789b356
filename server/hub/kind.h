/* kind.h - what a repository of an architecture is for: its task, its tokenizer, its processor. A row per
 * architecture. */
#ifndef SRV_HUB_KIND_H
#define SRV_HUB_KIND_H

#include <stdbool.h>

enum srv_hub_processor { SRV_HUB_NO_PROCESSOR, SRV_HUB_VIT, SRV_HUB_RESNET, SRV_HUB_CLIP, SRV_HUB_WHISPER };

struct srv_hub_kind {
    const char *arch;    /* name of the architecture, or "gguf" */
    const char *library; /* library_name of the api */
    const char *task;    /* pipeline_tag; NULL: none */
    bool text;           /* has the byte tokenizer */
    bool generates;      /* has a generation_config.json */
    enum srv_hub_processor processor;
    const char *auto_class; /* that loads it, for the card; NULL: none */
};

/* The kind of an architecture; one without task and tokenizer for an unknown one. */
const struct srv_hub_kind *srv_hub_kind_of(const char *arch);

#endif
