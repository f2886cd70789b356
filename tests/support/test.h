/* test.h - what every test program includes: cmocka with the headers it needs, and how a test begins. */
#ifndef TEST_SUPPORT_TEST_H
#define TEST_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A test that needs no state of its group: TEST(name) { ... } and cmocka_unit_test(name). */
#define TEST(name) static void name(void **state __attribute__((unused)))

/* The functions before and after a group of tests, or one test: 0 means that they worked. */
#define SETUP(name) int name(void **state __attribute__((unused)))
#define TEARDOWN(name) int name(void **state __attribute__((unused)))

#endif
