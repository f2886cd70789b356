/* see hint.h */
#include "hint.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "wi.h"

#define PREFIX "WEIGHTD_"
#define PREFIX_LEN (sizeof PREFIX - 1)

static const char *variable_at(unsigned i)
{
    const struct srv_option *option = srv_option_at(i);
    return option ? option->name : NULL;
}

void srv_hint_option(const char *arg, char *error, size_t cap)
{
    const char *name = arg + strspn(arg, "-");
    size_t len = strcspn(name, "=");
    const char *near = wi_nearest(name, len, srv_config_word_at);
    snprintf(error, cap, "unknown option %.64s%s%s%s; see weightd --help", arg, near ? ", did you mean --" : "",
             near ? near : "", near ? "?" : "");
}

/* The option whose value the word looks like, NULL: none. */
static const char *option_of_value(const char *word)
{
    const size_t len = strlen(word), digits = strspn(word, "0123456789");
    const bool is_address = strspn(word, "0123456789.") == len || strchr(word, ':') || !strcmp(word, "localhost");
    if (digits && digits == len)
        return "port";
    return is_address ? "bind" : NULL;
}

void srv_hint_word(const char *word, char *error, size_t cap)
{
    static const char get[] = "get";
    const size_t len = strcspn(word, "=");
    const char *option = option_of_value(word);
    const char *near = wi_nearest(word, len, srv_config_word_at);
    char meant[160] = "";
    if (*word == '/')
        snprintf(meant, sizeof meant, "get '%.64s'", word);
    else if (option)
        snprintf(meant, sizeof meant, "--%s %.64s", option, word);
    else if (near)
        snprintf(meant, sizeof meant, "--%s%.64s", near, word + len);
    else if (*word == *get && len <= sizeof get)
        snprintf(meant, sizeof meant, "%s", get);
    snprintf(error, cap, "what is \"%.64s\" for?%s%s%s See weightd --help", word, *meant ? " Did you mean " : "", meant,
             *meant ? "?" : "");
}

static bool sets_option(const char *name, size_t len)
{
    const struct srv_option *option;
    char own[64];
    for (unsigned i = 0; (option = srv_option_at(i)); i++) {
        srv_config_variable(option, own);
        if (strlen(own) == len && !memcmp(own, name, len))
            return true;
    }
    return false;
}

static void explain(const char *variable, size_t len, char *error, size_t cap)
{
    char option[64], own[64] = "";
    size_t n = 0;
    for (; n < sizeof option && n < len - PREFIX_LEN; n++)
        option[n] = variable[PREFIX_LEN + n] == '_' ? '-' : (char)tolower((unsigned char)variable[PREFIX_LEN + n]);
    const char *near = wi_nearest(option, n, variable_at);
    for (unsigned i = 0; near && srv_option_at(i); i++)
        if (!strcmp(srv_option_at(i)->name, near))
            srv_config_variable(srv_option_at(i), own);
    snprintf(error, cap, "the variable %.*s sets no option%s%s%s; see weightd --help", len < 64 ? (int)len : 64,
             variable, *own ? ", did you mean " : "", own, *own ? "?" : "");
}

bool srv_hint_is_link(const char *name, const char *value)
{
    static const char *const of_services[] = {PREFIX "SERVICE_", PREFIX "PORT_"};
    for (size_t i = 0; i < sizeof of_services / sizeof *of_services; i++)
        if (!strncmp(name, of_services[i], strlen(of_services[i])))
            return true;
    return !strcmp(name, PREFIX "PORT") && strstr(value, "://");
}

/* Is the variable, NAME=VALUE, of a service? */
static bool is_link(const char *variable)
{
    char name[64];
    const size_t len = strcspn(variable, "=");
    snprintf(name, sizeof name, "%.*s", len < sizeof name ? (int)len : (int)sizeof name - 1, variable);
    return srv_hint_is_link(name, variable[len] ? variable + len + 1 : "");
}

bool srv_hint_links(char *const *variables, char *error, size_t cap)
{
    while (*variables && !is_link(*variables))
        variables++;
    if (*variables)
        snprintf(error, cap,
                 "%.64s is the address of a service named weightd, not an option: ignored, as are others of it",
                 *variables);
    return !*variables;
}

/* Is it a variable that clients/ read? A job sets it for everything that it runs. */
static bool is_of_clients(const char *variable, size_t len)
{
    static const char *const names[] = {"URL", "IMAGE", "OPTIONS", "START", "STOP", "LIBWI"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (len == PREFIX_LEN + strlen(names[i]) && !memcmp(variable + PREFIX_LEN, names[i], len - PREFIX_LEN))
            return true;
    return false;
}

bool srv_hint_environment(char *const *variables, char *error, size_t cap)
{
    for (; *variables; variables++) {
        const size_t len = strcspn(*variables, "=");
        if (strncmp(*variables, PREFIX, PREFIX_LEN) || sets_option(*variables, len) || is_link(*variables) ||
            is_of_clients(*variables, len))
            continue;
        explain(*variables, len, error, cap);
        return false;
    }
    return true;
}
