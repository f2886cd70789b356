/* see guess.h */
#include "model/guess.h"

#include <math.h>
#include <string.h>

/* Which tensors a row is for. */
enum rank { ANY, VECTOR /* at most one dimension */ };

/* Patterns are separated by blanks; any of them matches the lower-case name when it is in it: ".x" at its end, "x"
 * anywhere.
 * "a*b": a, and b somewhere behind it. */
struct row {
    const char *patterns;
    enum rank rank;
    enum srv_rule_scheme scheme;
    double p0;
};

/* The first row that matches decides. */
static const struct row rows[] = {
    {"running_mean", ANY, SRV_RULE_ZEROS, 0},
    {"running_var", ANY, SRV_RULE_ONES, 0},
    {"inv_freq", ANY, SRV_RULE_INV_FREQ, 10000},
    {"lora_magnitude_vector", ANY, SRV_RULE_ROW_NORMS, 0},
    {"lora_embedding_a lora_b", ANY, SRV_RULE_ZEROS, 0},
    {"weight_scale weight_scale_inv input_scale k_scale v_scale scales", ANY, SRV_RULE_ONES, 0},
    {"a_log", ANY, SRV_RULE_LOG_STEPS, 0},
    {".d dt_bias", ANY, SRV_RULE_ONES, 0},
    {"logit_scale", ANY, SRV_RULE_CONSTANT, 2.6591999530792236},
    {"layer_scale*.lambda layer_scalar", ANY, SRV_RULE_ONES, 0},
    {"snake*.alpha snake*.beta softmax_scaling.scale", ANY, SRV_RULE_ONES, 0},
    {"softmax_scaling.bias", ANY, SRV_RULE_ZEROS, 0},
    {"rel_pos_h rel_pos_w sampling_offsets.weight attention_weights.weight relative_position_bias_table", ANY,
     SRV_RULE_ZEROS, 0},
    {"router.bias", VECTOR, SRV_RULE_NORMAL, 0},
    {"bias .beta _b", VECTOR, SRV_RULE_ZEROS, 0},
    {"_proj_bias", ANY, SRV_RULE_ZEROS, 0},
    {"norm ln_ bn layernorm rmsnorm downsample.1.weight", VECTOR, SRV_RULE_ONES, 1 /* or zeros: zero_norms */},
    {".weight .scale", VECTOR, SRV_RULE_ONES, 0},
    {"sinks _token class_embedding query latents", ANY, SRV_RULE_NORMAL, 0},
    {"", VECTOR, SRV_RULE_ZEROS, 0},
    {"", ANY, SRV_RULE_NORMAL, 0},
};

/* Families whose norms are used as 1 + weight; "*" at the end stands for anything. */
static const char *const zero_norm_types[] = {
    "gemma",           "gemma2",      "gemma3*",     "t5gemma*",    "vaultgemma", "shieldgemma2",
    "recurrent_gemma", "paligemma",   "colpali",     "pi0",         "qwen3_next", "qwen3_5*",
    "minicpmv4_6",     "minicpmv4_7", "minimax_m3*", "muse_spark*", "step3p7*",
};

static bool is_type(const char *type, const char *pattern)
{
    size_t len = strlen(pattern);
    if (strncmp(pattern, "gemma3", 6) == 0 && strncmp(type, "gemma3n", 7) == 0)
        return false;
    return pattern[len - 1] == '*' ? strncmp(type, pattern, len - 1) == 0 : strcmp(type, pattern) == 0;
}

struct srv_guess srv_guess_begin(const json_t *config)
{
    const json_t *range = config ? json_object_get(config, "initializer_range") : NULL;
    const char *type = config ? json_string_value(json_object_get(config, "model_type")) : NULL;
    double std = json_is_number(range) ? json_number_value(range) : 0.02;
    struct srv_guess guess = {.std = std >= 0 && std <= 100 ? std : 0.02};
    for (size_t i = 0; type && i < sizeof zero_norm_types / sizeof *zero_norm_types; i++)
        guess.zero_norms |= is_type(type, zero_norm_types[i]);
    const json_t *depth = config ? json_object_get(config, "n_layer") : NULL;
    if (type && strcmp(type, "gpt2") == 0 && json_integer_value(depth) > 0)
        guess.residual = guess.std / sqrt(2.0 * (double)json_integer_value(depth));
    return guess;
}

void srv_guess_name(struct srv_guess *guess, const char *name, size_t len)
{
    static const char end[] = "running_mean";
    size_t n = sizeof end - 1;
    guess->fan_out |= len >= n && memcmp(name + len - n, end, n) == 0;
    guess->fan_out |= len > 9 && memcmp(name, "features.", 9) == 0;
}

/* ---- matching ---------------------------------------------------------------------------------------------------- */

static bool matches_one(const char *name, const char *pattern, size_t len)
{
    char part[64];
    if (len >= sizeof part)
        return false;
    memcpy(part, pattern, len);
    part[len] = 0;
    char *star = strchr(part, '*');
    if (star) {
        *star = 0;
        const char *first = strstr(name, part);
        return first && strstr(first, star + 1);
    }
    size_t n = strlen(name);
    bool at_end = part[0] == '.' || part[0] == '_';
    return at_end ? n >= len && strcmp(name + n - len, part) == 0 : strstr(name, part) != NULL;
}

static bool matches(const char *name, const struct row *row, uint32_t rank)
{
    if (row->rank == VECTOR && rank > 1)
        return false;
    const char *at = row->patterns;
    while (*at) {
        size_t len = strcspn(at, " ");
        if (matches_one(name, at, len))
            return true;
        at += len + (at[len] == ' ');
    }
    return row->patterns[0] == 0;
}

static struct srv_rule plain(enum srv_rule_scheme scheme, double p0, double p1)
{
    return (struct srv_rule){.scheme = scheme, .p = {p0, p1}, .zero_row = SRV_NO_ROW};
}

/* The product of all dimensions but the one given. */
static double fan(const struct srv_shape *shape, unsigned without)
{
    double product = 1;
    for (uint32_t i = 0; i < shape->rank; i++)
        product *= i == without ? 1.0 : (double)shape->dim[i];
    return product;
}

static bool has(const char *name, const char *part)
{
    return strstr(name, part) != NULL;
}

struct srv_rule srv_guess_rule(const struct srv_guess *guess, const char *name, size_t len,
                               const struct srv_shape *shape, enum srv_dtype dtype)
{
    char low[WI_NAME_MAX + 1];
    size_t n = len < WI_NAME_MAX ? len : WI_NAME_MAX;
    for (size_t i = 0; i < n; i++)
        low[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + ('a' - 'A') : name[i]);
    low[n] = 0;
    if (!srv_dtype_is_float(dtype) || has(low, "num_batches_tracked"))
        return plain(has(low, "position_ids") ? SRV_RULE_POSITIONS : SRV_RULE_ZEROS, 0, 0);
    if (shape->rank == 2 && has(low, "lora_a")) {
        double bound = sqrt(3) * (sqrt(2 / (1 + 5.000000000000001)) / sqrt(fan(shape, 0)));
        return plain(SRV_RULE_UNIFORM, -bound, bound);
    }
    if (guess->fan_out && shape->rank == 4)
        return plain(SRV_RULE_NORMAL, 0, sqrt(2) / sqrt(fan(shape, 1)));
    if (guess->residual > 0 && shape->rank == 2 && has(low, "c_proj.weight"))
        return plain(SRV_RULE_NORMAL, 0, guess->residual);
    const struct row *row = rows;
    while (!matches(low, row, shape->rank))
        row++;
    bool norm = row->scheme == SRV_RULE_ONES && row->p0 == 1;
    if (norm && guess->zero_norms)
        return plain(SRV_RULE_ZEROS, 0, 0);
    return row->scheme == SRV_RULE_NORMAL ? plain(SRV_RULE_NORMAL, 0, guess->std)
                                          : plain(row->scheme, norm ? 0 : row->p0, 0);
}
