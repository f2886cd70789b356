/* README.md of a repository: the model card. See small.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/small.h"

static const char card[] =
    "---\n"
    "library_name: %s\n"
    "%s%s%s"
    "tags:\n"
    "- weightd\n"
    "- random-weights\n"
    "---\n"
    "\n"
    "# %s\n"
    "\n"
    "Random numbers for tests, not a trained model. weightd made the tensors while you downloaded them: each is drawn "
    "as the\n"
    "library initializes it, from its name and a seed, so every server and every release gives the same bytes for a "
    "commit.\n"
    "\n"
    "- Other numbers: revision `seed-7`. Another dtype: `bf16`, `seed-7-bf16` (f32, f16, bf16, f64). `main` is seed "
    "0.\n"
    "- The tensors and where each is in the file: `GET /models/%s` of the same server; a single tensor, sliced and\n"
    "  ranged: the URLs listed there.\n"
    "%s";

static const char tokenizer[] = "- The tokenizer has a token for each byte and a few special ones; any text comes back "
                                "exactly. The config names its ids.\n";

static const char example[] = "\n"
                              "```python\n"
                              "from %s import %s\n"
                              "model = %s.from_pretrained(\"%s\", revision=\"seed-7\")\n"
                              "```\n";

char *srv_hub_card(const struct srv_hub_source *s)
{
    const struct srv_hub_kind *kind = s->kind;
    const char *model = s->model ? s->model : "NAME";
    char usage[512] = "", *text;
    if (kind->auto_class)
        snprintf(usage, sizeof usage, example, strcmp(kind->library, "diffusers") ? "transformers" : kind->library,
                 kind->auto_class, kind->auto_class, s->id);
    const char *task = kind->task ? kind->task : "";
    if (asprintf(&text, card, kind->library, *task ? "pipeline_tag: " : "", task, *task ? "\n" : "", s->id, model,
                 kind->text ? tokenizer : "") < 0)
        return NULL;
    char *whole;
    const int n = asprintf(&whole, "%s%s", text, usage);
    free(text);
    return n < 0 ? NULL : whole;
}
