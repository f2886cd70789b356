/* see config.h */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/socket.h"
#include "hint.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)
#define TIB (KIB * GIB)
#define AT(field) offsetof(struct srv_config, field)

/* clang-format off */
static const struct srv_option options[] = {
    {"port", SRV_OPT_COUNT, AT(port), 0, 65535, "8080", {0}, "TCP port to listen on; 0 picks a free one", .letter = 'p'},
    {"bind", SRV_OPT_ADDRESS, AT(bind), 0, 0, "127.0.0.1", {0}, "address to listen on; 0.0.0.0 for all of IPv4, :: for all of IPv4 and IPv6"},
    {"host", SRV_OPT_TEXT, AT(host), 0, 0, NULL, {0},
     "names in Host that are answered, comma separated, beside IP addresses and localhost; *: any; none: any, but not if --bind is a loopback address"},
    {"threads", SRV_OPT_COUNT, AT(threads), 0, 1024, "0", {0},
     "threads that serve, and as many that compute; 0: one per usable processor"},
    {"cache-bytes", SRV_OPT_BYTES, AT(cache_bytes), 0, 1024 * TIB, "256M", {0},
     "memory for bodies that are kept, to be sent again at once; where memory is limited, the default is less"},
    {"work-bytes", SRV_OPT_BYTES, AT(work_bytes), MIB, 1024 * TIB, "1G", {0},
     "memory for bodies that are being computed, or still being sent when no longer kept; where memory is limited, the default is less"},
    {"queue", SRV_OPT_COUNT, AT(queue), 1, 1000000, "1024", {0}, "computations that may wait for a thread; more get a 503"},
    {"cache-dir", SRV_OPT_PATH, AT(cache_dir), 0, 0, NULL, {0},
     "folder for what was expensive to compute; survives restarts"},
    {"cache-dir-bytes", SRV_OPT_BYTES, AT(cache_dir_bytes), MIB, 1024 * TIB, "4G", {0}, "size of that folder"},
    {"max-bytes", SRV_OPT_BYTES, AT(max_bytes), 1, 1024 * TIB, "1G", {0}, "largest body of a tensor"},
    {"models", SRV_OPT_PATH, AT(models), 0, 0, NULL, {0},
     "folder with further models: its *.json are architectures and presets (docs/MODELS.md), its folders repositories (docs/HUB.md)", .readable = true},
    {"timeout", SRV_OPT_DURATION, AT(timeout), 0, 86400000, "30s", {0},
     "for a request to arrive, and without progress while an answer is sent; 0: none"},
    {"header-bytes", SRV_OPT_BYTES, AT(header_bytes), KIB, MIB, "8K", {0}, "largest header of a request, its target included"},
    {"max-connections", SRV_OPT_COUNT, AT(max_connections), 1, 1000000, "10000", {0}, "open connections"},
    {"max-connections-per-address", SRV_OPT_COUNT, AT(max_connections_per_address), 0, 1000000, "0", {0},
     "open connections of one client address (IPv6: /64); 0: any number, as behind a proxy"},
    {"rate-limit", SRV_OPT_COUNT, AT(rate_limit), 0, 1000000, "0", {0}, "requests per second and client address; 0: any number"},
    {"rate-burst", SRV_OPT_COUNT, AT(rate_burst), 1, 1000000, "100", {0}, "requests at once before the rate limit counts"},
    {"token-file", SRV_OPT_PATH, AT(token_file), 0, 0, NULL, {0},
     "bearer tokens that may ask, one a line, or sha256:HEX; read anew on SIGHUP; none: everybody may", .readable = true},
    {"tls-cert", SRV_OPT_PATH, AT(tls_cert), 0, 0, NULL, {0}, "PEM certificate chain: serve HTTPS; read anew on SIGHUP",
     .readable = true, .with = "tls-key"},
    {"tls-key", SRV_OPT_PATH, AT(tls_key), 0, 0, NULL, {0}, "PEM key of the certificate", .readable = true},
    {"cors-origins", SRV_OPT_TEXT, AT(cors_origins), 0, 0, "*", {0},
     "origins whose pages may read answers, comma separated; *: all, but not /metrics; none"},
    {"drain-delay", SRV_OPT_DURATION, AT(drain_delay), 0, 86400000, "0s", {0},
     "after SIGTERM, to keep taking connections while /readyz says no, so that balancers notice first"},
    {"drain-timeout", SRV_OPT_DURATION, AT(drain_timeout), 0, 86400000, "30s", {0},
     "after that, for answers that have begun"},
    {"log", SRV_OPT_CHOICE, AT(log), 0, 0, "text", {"off", "text", "json"}, "a line per request"},
    {"log-file", SRV_OPT_PATH, AT(log_file), 0, 0, NULL, {0}, "where the log goes, opened anew on SIGHUP; none: standard error"},
};
/* clang-format on */

const struct srv_option *srv_option_at(unsigned i)
{
    return i < sizeof options / sizeof *options ? &options[i] : NULL;
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

struct unit {
    const char *suffix;
    uint64_t factor;
};
static const struct unit byte_units[] = {{"", 1}, {"K", KIB}, {"M", MIB}, {"G", GIB}, {"T", TIB}, {NULL, 0}};
static const struct unit time_units[] = {{"ms", 1}, {"s", 1000}, {"", 1000}, {"m", 60000}, {"h", 3600000}, {NULL, 0}};
static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

static const struct {
    const struct unit *units; /* of numbers */
    const char *allowed;      /* of texts, for errors and --help */
} types[] = {
    [SRV_OPT_COUNT] = {.units = no_units},
    [SRV_OPT_BYTES] = {.units = byte_units},
    [SRV_OPT_DURATION] = {.units = time_units},
    [SRV_OPT_CHOICE] = {NULL},
    [SRV_OPT_ADDRESS] = {.allowed = "a numeric IPv4 or IPv6 address, or localhost"},
    [SRV_OPT_PATH] = {.allowed = "a path"},
    [SRV_OPT_TEXT] = {.allowed = "a text"},
};

static bool parse_number(const char *text, const struct unit *unit, uint64_t *value)
{
    uint64_t n = 0;
    const char *p = text;
    for (; isdigit((unsigned char)*p); p++)
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
            return false;
    for (; unit->suffix; unit++)
        if (p > text && !strcmp(p, unit->suffix))
            return !__builtin_mul_overflow(n, unit->factor, value);
    return false;
}

/* Write the value in the largest unit that divides it. */
static void print_number(char *out, size_t cap, const struct unit *unit, uint64_t value)
{
    const struct unit *best = NULL;
    for (; unit->suffix; unit++)
        if (value % unit->factor == 0 && (!best || unit->factor > best->factor) && (value || unit->factor == 1))
            best = unit;
    snprintf(out, cap, "%llu%s", (unsigned long long)(best ? value / best->factor : value), best ? best->suffix : "");
}

static bool is_text(const struct srv_option *option)
{
    return types[option->type].allowed;
}

/* The field of an option that is a text. */
static const char *text_of(const struct srv_config *config, const struct srv_option *option)
{
    return *(const char *const *)(const void *)((const char *)config + option->offset);
}

static void print_value(char *out, size_t cap, const struct srv_option *option, const struct srv_config *config)
{
    if (is_text(option)) {
        const char *text = text_of(config, option);
        snprintf(out, cap, "%s", text ? text : "");
        return;
    }
    uint64_t value = *(const uint64_t *)(const void *)((const char *)config + option->offset);
    if (option->type == SRV_OPT_CHOICE)
        snprintf(out, cap, "%s", option->choices[value]);
    else
        print_number(out, cap, types[option->type].units, value);
}

static bool set_choice(uint64_t *field, const struct srv_option *option, const char *text)
{
    for (uint64_t i = 0; i < 4 && option->choices[i]; i++)
        if (!strcmp(option->choices[i], text)) {
            *field = i;
            return true;
        }
    return false;
}

void srv_option_allowed(const struct srv_option *option, char *out, size_t cap)
{
    char low[32], high[32];
    *out = '\0';
    if (is_text(option)) {
        snprintf(out, cap, "%s", types[option->type].allowed);
        return;
    }
    for (unsigned i = 0; i < 4 && option->choices[i]; i++) {
        size_t used = strlen(out);
        snprintf(out + used, cap - used, "%s%s", i ? ", " : "", option->choices[i]);
    }
    if (option->type == SRV_OPT_CHOICE)
        return;
    print_number(low, sizeof low, types[option->type].units, option->min);
    print_number(high, sizeof high, types[option->type].units, option->max);
    snprintf(out, cap, "%s to %s", low, high);
}

static bool set_value(struct srv_config *config, const struct srv_option *option, const char *text, const char *where,
                      char *error, size_t cap)
{
    void *field = (char *)config + option->offset;
    uint64_t number = 0;
    bool good = false;
    if (is_text(option)) {
        good = option->type == SRV_OPT_ADDRESS ? srv_listen_address(text) : *text != '\0';
        *(const char **)field = text;
    } else if (option->type == SRV_OPT_CHOICE) {
        good = set_choice(field, option, text);
    } else {
        good = parse_number(text, types[option->type].units, &number) && number >= option->min && number <= option->max;
        *(uint64_t *)field = number;
    }
    if (!good) {
        char allowed[128];
        srv_option_allowed(option, allowed, sizeof allowed);
        snprintf(error, cap, "%s: bad value \"%.64s\"; allowed: %s", where, text, allowed);
    }
    return good;
}

/* ---- where values come from ------------------------------------------------------------------------------------ */

void srv_config_variable(const struct srv_option *option, char out[64])
{
    int n = snprintf(out, 64, "WEIGHTD_%s", option->name);
    for (int i = 0; i < n && i < 63; i++)
        out[i] = out[i] == '-' ? '_' : (char)toupper((unsigned char)out[i]);
}

static bool set_defaults(struct srv_config *config, const char *(*env)(const char *), char *error, size_t cap)
{
    memset(config, 0, sizeof *config);
    for (unsigned i = 0; srv_option_at(i); i++) {
        const struct srv_option *option = srv_option_at(i);
        char name[64];
        srv_config_variable(option, name);
        const char *given = env(name);
        const char *text = given && *given && !srv_hint_is_link(name, given) ? given : option->value;
        if (text && !set_value(config, option, text, name, error, cap))
            return false;
        if (text == given && given)
            config->given |= UINT64_C(1) << i;
    }
    return true;
}

static const struct srv_command_row commands[] = {
    {"--help", SRV_HELP, "this text", 'h'},
    {"--version", SRV_VERSION, "version, and the libraries in use", 'v'},
    {"--check-config", SRV_CHECK_CONFIG, "open what a start would open, say what is wrong, exit", 0},
    {"--print-config", SRV_PRINT_CONFIG, "print every option as the environment would set it", 0},
    {"--healthcheck", SRV_HEALTHCHECK,
     "ask /readyz of the server with this configuration; exit code 0 if it is ready, else 1 and the reason", 0},
};
#define N_COMMANDS (sizeof commands / sizeof *commands)

const struct srv_command_row *srv_command_at(unsigned i)
{
    return i < N_COMMANDS ? &commands[i] : NULL;
}

/* Is arg, of that length, --name or -letter? */
static bool is_called(const char *arg, size_t len, const char *name, char letter)
{
    if (len == 2)
        return letter && arg[0] == '-' && arg[1] == letter;
    return !strncmp(arg, "--", 2) && strlen(name) == len - 2 && !strncmp(arg + 2, name, len - 2);
}

/* The words that choose a command when nothing else has. */
static const struct {
    const char *name;
    enum srv_command command;
} words[] = {{"serve", SRV_SERVE}, {"get", SRV_GET}, {"models", SRV_MODELS_CHECK}, {"help", SRV_HELP}};

/* weightd get --help is weightd help get. */
static const char *topic_of(const struct srv_config *config)
{
    for (size_t i = 0; config->command != SRV_SERVE && i < sizeof words / sizeof *words; i++)
        if (words[i].command == config->command)
            return words[i].name;
    return NULL;
}

static bool set_command(struct srv_config *config, const char *arg)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (is_called(arg, strlen(arg), commands[i].name + 2, commands[i].letter)) {
            if (commands[i].command == SRV_HELP)
                config->target = topic_of(config);
            config->command = commands[i].command;
            return true;
        }
    return false;
}

const char *srv_config_word_at(unsigned i)
{
    const unsigned n = sizeof options / sizeof *options;
    return i < n ? options[i].name : i - n < N_COMMANDS ? commands[i - n].name + 2 : NULL;
}

/* Set the option of argv[*i], "--name=value" or "--name". In the second case the next word is the value, and *i moves
 * to it. */
static bool set_option(struct srv_config *config, int argc, char **argv, int *i, char *error, size_t cap)
{
    const char *arg = argv[*i], *equals = strchr(arg, '=');
    size_t len = strcspn(arg, "=");
    for (unsigned k = 0; srv_option_at(k); k++) {
        const struct srv_option *option = srv_option_at(k);
        if (!is_called(arg, len, option->name, option->letter))
            continue;
        const char *text = equals ? equals + 1 : *i + 1 < argc ? argv[++*i] : NULL;
        char where[64];
        snprintf(where, sizeof where, "--%s", option->name);
        config->given |= UINT64_C(1) << k;
        if (text)
            return set_value(config, option, text, where, error, cap);
        snprintf(error, cap, "%s needs a value", where);
        return false;
    }
    srv_hint_option(arg, error, cap);
    return false;
}

static bool set_first_word(struct srv_config *config, const char *word, char *error, size_t cap)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(word, words[i].name)) {
            config->command = words[i].command;
            config->has_word = true;
            return true;
        }
    srv_hint_word(word, error, cap);
    return false;
}

static bool set_word(struct srv_config *config, const char *word, char *error, size_t cap)
{
    if (config->command == SRV_SERVE && !config->has_word)
        return set_first_word(config, word, error, cap);
    if ((config->command == SRV_GET || config->command == SRV_HELP) && !config->target) {
        config->target = word;
    } else if (config->command == SRV_MODELS_CHECK && !config->target && !strcmp(word, "check")) {
        config->target = word;
    } else if (config->command == SRV_MODELS_CHECK && config->target) {
        config->models = word;
    } else {
        srv_hint_word(word, error, cap);
        return false;
    }
    return true;
}

bool srv_config_read(struct srv_config *config, int argc, char **argv, const char *(*env)(const char *name),
                     char *error, size_t cap)
{
    if (!set_defaults(config, env, error, cap))
        return false;
    for (int i = 1; i < argc; i++) {
        bool good = true;
        if (*argv[i] != '-')
            good = set_word(config, argv[i], error, cap);
        else if (config->command == SRV_GET && !strcmp(argv[i], "-i"))
            config->include_headers = true;
        else if (!set_command(config, argv[i]))
            good = set_option(config, argc, argv, &i, error, cap);
        if (!good)
            return false;
    }
    if (config->command == SRV_GET && !config->target) {
        snprintf(error, cap, "get needs a target: weightd get '/init?scheme=xavier_uniform&shape=256,128&seed=7'");
        return false;
    }
    if (config->command == SRV_MODELS_CHECK && (!config->target || !config->models)) {
        snprintf(error, cap, "models is written: weightd models check DIR");
        return false;
    }
    return true;
}

/* ---- checking -------------------------------------------------------------------------------------------------- */

static const struct srv_option *option_named(const char *name)
{
    unsigned i = 0;
    while (strcmp(srv_option_at(i)->name, name))
        i++;
    return srv_option_at(i);
}

bool srv_config_any_host(const struct srv_config *config)
{
    if (config->host)
        return !strcmp(config->host, "*");
    return !config->bind || !srv_listen_is_loopback(config->bind);
}

bool srv_config_is_given(const struct srv_config *config, const char *name)
{
    return config->given >> (option_named(name) - options) & 1;
}

bool srv_config_check(const struct srv_config *config, char *error, size_t cap)
{
    const struct srv_option *option;
    for (unsigned i = 0; (option = srv_option_at(i)); i++)
        if (option->readable && text_of(config, option) && access(text_of(config, option), R_OK)) {
            snprintf(error, cap, "--%s: cannot read %.160s: %s", option->name, text_of(config, option),
                     strerror(errno));
            return false;
        }
    for (unsigned i = 0; (option = srv_option_at(i)); i++)
        if (option->with && !text_of(config, option) != !text_of(config, option_named(option->with))) {
            snprintf(error, cap, "--%s and --%s need each other", option->name, option->with);
            return false;
        }
    return true;
}

/* ---- output ---------------------------------------------------------------------------------------------------- */

void srv_config_print(const struct srv_config *config, FILE *out)
{
    for (unsigned i = 0; srv_option_at(i); i++) {
        const struct srv_option *option = srv_option_at(i);
        char name[64], text[512];
        srv_config_variable(option, name);
        print_value(text, sizeof text, option, config);
        fprintf(out, "%s=%s\n", name, text);
    }
}
