/* yaml.h - a YAML document as a jansson value, by libyaml: to hold committed YAML against what the program says. */
#ifndef TEST_YAML_H
#define TEST_YAML_H

#include <jansson.h>

/* Plain scalars are read by YAML 1.2's core schema (null, booleans, integers, floats), quoted ones are strings. Anchors and
 * repeated keys fail the test, and so does a file that cannot be read. The caller owns the reference. */
json_t *test_yaml_read(const char *path);

#endif
