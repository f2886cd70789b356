/* see help.h */
#include "help.h"

#include <string.h>

#include "config.h"

#define SUMMARY "initialized tensors over HTTP"

/* ---- words ------------------------------------------------------------------------------------------------------- */

static const struct form {
    const char *name, *usage, *first, *second; /* the help in two lines; second may be NULL */
    const char *more;                          /* for `help NAME` */
} forms[] = {
    {"serve", "weightd [serve] [options]", "serve", NULL,
     "Serves until SIGTERM or SIGINT, and then finishes the answers that have begun. SIGHUP reads the certificate and\n"
     "the tokens anew and opens the log file anew. The first line of the output says the address:\n\n"
     "  weightd -p 0\n"
     "  weightd --bind localhost -p 9000\n"},
    {"get", "weightd get [-i] TARGET", "answer one request on standard output, without a server;",
     "-i: status and headers first; exit code 1 for an error",
     "TARGET is what follows the address in a URL. Errors name what would be right. The output is a file:\n\n"
     "  weightd get '/init?scheme=xavier_uniform&shape=256,128&seed=7' > w.bin\n"
     "  weightd get '/he_normal/3x4.json?seed=7'\n"
     "  weightd get /schemes\n"},
    {"models", "weightd models check DIR", "say what --models DIR would serve, and what is wrong with it", NULL,
     "Exit code 1 if something is wrong.\n"},
    {"help", "weightd help [TOPIC]", "this text, or more of a word above; man: the manual page;",
     "bash: completion, for a file of bash-completion", NULL},
};
#define N_FORMS (sizeof forms / sizeof *forms)

static void print_form(const struct form *form, FILE *out)
{
    fprintf(out, "  %-29s %s\n", form->usage, form->first);
    if (form->second)
        fprintf(out, "  %-29s %s\n", "", form->second);
}

static const struct form *form_named(const char *name)
{
    for (size_t i = 0; i < N_FORMS; i++)
        if (!strcmp(forms[i].name, name) && forms[i].more)
            return &forms[i];
    return NULL;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static void print_all(FILE *out)
{
    fputs("weightd - " SUMMARY "\n\n", out);
    for (size_t i = 0; i < N_FORMS; i++)
        print_form(&forms[i], out);
    fputs("\nOptions, each also as an environment variable (the command line wins); -p is --port:\n\n", out);
    for (unsigned i = 0; srv_option_at(i); i++) {
        const struct srv_option *option = srv_option_at(i);
        char name[64], allowed[128];
        srv_config_variable(option, name);
        srv_option_allowed(option, allowed, sizeof allowed);
        fprintf(out, "  --%-28s %s\n  %-30s %s; default %s\n", option->name, option->help, name, allowed,
                option->value ? option->value : "none");
    }
    fputs("\nInstead of serving (-h and -v are --help and --version):\n\n", out);
    for (unsigned i = 0; srv_command_at(i); i++)
        fprintf(out, "  %-30s %s\n", srv_command_at(i)->name, srv_command_at(i)->help);
}

/* ---- weightd(1) -------------------------------------------------------------------------------------------------- */

/* Print a text that troff takes as it is: no escape, and no line that is a request. */
static void print_roff(const char *text, FILE *out)
{
    for (const char *p = text; *p; p++) {
        const bool begins = p == text || p[-1] == '\n';
        if (begins && (*p == '.' || *p == '\''))
            fputs("\\&", out);
        fputs(*p == '\\' ? "\\e" : *p == '-' ? "\\-" : (char[]){*p, '\0'}, out);
    }
}

static void print_item(char letter, const char *name, const char *value, const char *help, FILE *out)
{
    fputs(".TP\n.B ", out);
    if (letter)
        fprintf(out, "\\-%c, ", letter);
    print_roff(name, out);
    fprintf(out, "%s%s\n", *value ? " " : "", value);
    print_roff(help, out);
    fputc('\n', out);
}

static void print_man_options(FILE *out)
{
    char flag[64], variable[64], allowed[128];
    fputs(".SH OPTIONS\nEach is also a variable of the environment; the command line wins.\n", out);
    for (unsigned i = 0; srv_option_at(i); i++) {
        const struct srv_option *option = srv_option_at(i);
        snprintf(flag, sizeof flag, "--%s", option->name);
        srv_config_variable(option, variable);
        srv_option_allowed(option, allowed, sizeof allowed);
        print_item(option->letter, flag, "\\fIVALUE\\fR", option->help, out);
        fprintf(out, ".br\n%s: ", variable);
        print_roff(allowed, out);
        fprintf(out, "; default %s.\n", option->value ? option->value : "none");
    }
    fputs(".SH \"INSTEAD OF SERVING\"\n", out);
    for (unsigned i = 0; srv_command_at(i); i++)
        print_item(srv_command_at(i)->letter, srv_command_at(i)->name, "", srv_command_at(i)->help, out);
}

static void print_man(FILE *out)
{
    fputs(".TH WEIGHTD 1 \"\" \"weightd " WEIGHTD_VERSION "\"\n.SH NAME\nweightd \\- " SUMMARY "\n.SH SYNOPSIS\n.nf\n",
          out);
    for (size_t i = 0; i < N_FORMS; i++) {
        print_roff(forms[i].usage, out);
        fputc('\n', out);
    }
    fputs(".fi\n.SH DESCRIPTION\nThe same URL gives the same tensor, byte for byte, on every machine.\n", out);
    for (size_t i = 0; i < N_FORMS; i++)
        if (forms[i].more) {
            fprintf(out, ".SS %s\n.nf\n", forms[i].name);
            print_roff(forms[i].more, out);
            fputs(".fi\n", out);
        }
    print_man_options(out);
    fputs(".SH \"EXIT STATUS\"\n0 if all went well, 1 otherwise.\n.SH \"SEE ALSO\"\n.BR wi (3)\n", out);
}

/* ---- bash -------------------------------------------------------------------------------------------------------- */

static void print_bash_values(const struct srv_option *option, FILE *out)
{
    if (option->type == SRV_OPT_PATH)
        fprintf(out, "    --%s) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$word\")) ;;\n", option->name);
    else if (option->type == SRV_OPT_ADDRESS)
        fprintf(out, "    --%s) COMPREPLY=($(compgen -W 'localhost 127.0.0.1 0.0.0.0' -- \"$word\")) ;;\n",
                option->name);
    else if (option->type != SRV_OPT_CHOICE)
        fprintf(out, "    --%s) ;;\n", option->name);
    else {
        fprintf(out, "    --%s) COMPREPLY=($(compgen -W '", option->name);
        for (unsigned i = 0; i < 4 && option->choices[i]; i++)
            fprintf(out, "%s%s", i ? " " : "", option->choices[i]);
        fputs("' -- \"$word\")) ;;\n", out);
    }
}

static void print_bash(FILE *out)
{
    fputs("# bash completion of weightd\n_weightd()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n    COMPREPLY=()\n"
          "    case $before in\n",
          out);
    for (unsigned i = 0; srv_option_at(i); i++)
        print_bash_values(srv_option_at(i), out);
    fputs("    help) COMPREPLY=($(compgen -W '", out);
    for (size_t i = 0; i < N_FORMS; i++)
        if (forms[i].more)
            fprintf(out, "%s ", forms[i].name);
    fputs("man bash' -- \"$word\")) ;;\n    *) COMPREPLY=($(compgen -W '", out);
    for (size_t i = 0; i < N_FORMS; i++)
        fprintf(out, "%s ", forms[i].name);
    for (unsigned i = 0; srv_option_at(i); i++)
        fprintf(out, "--%s ", srv_option_at(i)->name);
    for (unsigned i = 0; srv_command_at(i); i++)
        fprintf(out, "%s%s", i ? " " : "", srv_command_at(i)->name);
    fputs("' -- \"$word\")) ;;\n    esac\n}\ncomplete -F _weightd weightd\n", out);
}

/* ---- topics ------------------------------------------------------------------------------------------------------ */

bool srv_help(const char *topic, FILE *out, char *error, size_t cap)
{
    const struct form *form = topic ? form_named(topic) : NULL;
    if (form) {
        print_form(form, out);
        fprintf(out, "\n%s", form->more);
    } else if (!topic) {
        print_all(out);
    } else if (!strcmp(topic, "man")) {
        print_man(out);
    } else if (!strcmp(topic, "bash")) {
        print_bash(out);
    } else {
        snprintf(error, cap, "help: no topic \"%.64s\"; allowed: serve, get, models, man, bash", topic);
        return false;
    }
    return true;
}
