/* server/base/hex.h: digits read and written. */
#include <string.h>

#include "base/hex.h"
#include "support/test.h"

TEST(test_a_digit_is_one_of_22_characters)
{
    static const char digits[] = "0123456789abcdef", capitals[] = "0123456789ABCDEF";
    int n = 0;
    for (int c = -128; c < 128; c++)
        n += srv_hex_digit((char)c) >= 0;
    assert_int_equal(n, 22);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(srv_hex_digit(digits[i]), i);
        assert_int_equal(srv_hex_digit(capitals[i]), i);
    }
}

TEST(test_every_byte_is_read_as_it_was_written)
{
    uint8_t bytes[256], again[256];
    char text[2 * sizeof bytes + 1];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    srv_hex(bytes, sizeof bytes, text);
    assert_int_equal(strlen(text), 2 * sizeof bytes);
    assert_memory_equal(text, "000102", 6);
    assert_memory_equal(text + 506, "fdfeff", 6);
    assert_true(srv_hex_read(text, again, sizeof again));
    assert_memory_equal(bytes, again, sizeof bytes);
}

TEST(test_what_is_no_hexadecimal_is_refused)
{
    static const char *const bad[] = {"", "0", "012", "0g12", "01 2", "0x12", "-112", "01\n2"};
    uint8_t bytes[2];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(srv_hex_read(bad[i], bytes, sizeof bytes));
    assert_true(srv_hex_read("aBcDef", bytes, sizeof bytes));
    assert_int_equal(bytes[0], 0xab);
    assert_int_equal(bytes[1], 0xcd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_digit_is_one_of_22_characters),
        cmocka_unit_test(test_every_byte_is_read_as_it_was_written),
        cmocka_unit_test(test_what_is_no_hexadecimal_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
