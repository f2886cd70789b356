/* see build.h: the values of an architecture's globals in one model. */
#include <string.h>

#include "model/build.h"

static bool choose_class(const struct srv_arch *arch, const char *wanted, struct srv_value *out, struct wi_error *err)
{
    *out = (struct srv_value){.type = SRV_VALUE_TEXT, .text = arch->classes[0] ? arch->classes[0] : ""};
    if (!wanted || !arch->classes[0])
        return true;
    char allowed[256] = "";
    for (unsigned i = 0; arch->classes[i]; i++) {
        out->text = arch->classes[i];
        if (strcmp(out->text, wanted) == 0)
            return true;
        strncat(allowed, i ? ", " : "", sizeof allowed - strlen(allowed) - 1);
        strncat(allowed, out->text, sizeof allowed - strlen(allowed) - 1);
    }
    wi_fail(err, WI_E_PARAM_VALUE, "architectures", "%s has no class %q", arch->name, wanted);
    wi_error_allow(err, allowed);
    return false;
}

bool srv_build_fill(struct srv_arena *arena, const struct srv_arch *arch, const json_t *config,
                    const struct srv_setting *settings, unsigned n_settings, struct srv_filled *out,
                    struct wi_error *err)
{
    struct srv_value *globals = srv_arena_alloc(arena, (arch->n_globals + 1) * sizeof *globals);
    const json_t *classes = config ? json_object_get(config, "architectures") : NULL;
    const char *wanted = json_string_value(json_array_get(classes, 0));
    if (!globals) {
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
        return false;
    }
    *out = (struct srv_filled){arch, globals};
    if (!srv_fields_read(arena, arch->fields, arch->n_fields, config, settings, n_settings, globals, err) ||
        !choose_class(arch, wanted, &globals[arch->n_fields], err))
        return false;
    for (unsigned i = arch->n_fields + 1; i < arch->n_globals; i++)
        if (!srv_expr_eval(&arch->derived[i - arch->n_fields - 1], (struct srv_env){globals, NULL}, &globals[i], err))
            return false;
    return true;
}
