/* see yaml.h */
#include "support/test.h"
#include "support/yaml.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

static json_t *plain(const char *text)
{
    char *end;
    if (!strcmp(text, "null") || !strcmp(text, "~") || !*text)
        return json_null();
    if (!strcmp(text, "true") || !strcmp(text, "false"))
        return json_boolean(*text == 't');
    long long integer = strtoll(text, &end, 10);
    if (!*end)
        return json_integer(integer);
    double real = strtod(text, &end);
    return *end ? json_string(text) : json_real(real);
}

static json_t *convert(yaml_document_t *document, int index)
{
    const yaml_node_t *node = yaml_document_get_node(document, index);
    assert_non_null(node);
    if (node->type == YAML_SCALAR_NODE) {
        const char *text = (const char *)node->data.scalar.value;
        return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? plain(text) : json_string(text);
    }
    json_t *value = node->type == YAML_SEQUENCE_NODE ? json_array() : json_object();
    if (node->type == YAML_SEQUENCE_NODE)
        for (yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++)
            json_array_append_new(value, convert(document, *i));
    else
        for (yaml_node_pair_t *i = node->data.mapping.pairs.start; i < node->data.mapping.pairs.top; i++) {
            const yaml_node_t *key = yaml_document_get_node(document, i->key);
            assert_int_equal(key->type, YAML_SCALAR_NODE);
            assert_null(json_object_get(value, (const char *)key->data.scalar.value));
            json_object_set_new(value, (const char *)key->data.scalar.value, convert(document, i->value));
        }
    return value;
}

json_t *test_yaml_read(const char *path)
{
    yaml_parser_t parser;
    yaml_document_t document;
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    assert_true(yaml_parser_initialize(&parser));
    yaml_parser_set_input_file(&parser, file);
    if (!yaml_parser_load(&parser, &document))
        fail_msg("%s:%zu: %s", path, parser.problem_mark.line + 1, parser.problem);
    json_t *value = convert(&document, 1);
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    fclose(file);
    return value;
}
