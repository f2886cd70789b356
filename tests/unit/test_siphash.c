/* test_siphash.c - SipHash against OpenSSL's. */
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "cache/siphash.h"
#include "support/test.h"

TEST(test_siphash_agrees_with_openssl)
{
    uint8_t text[100], out[8];
    const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    uint8_t key_bytes[16];
    unsigned c = 1, d = 3;
    size_t out_bytes = 8, n;
    for (unsigned i = 0; i < 16; i++)
        key_bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 37 + 11);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    OSSL_PARAM params[] = {OSSL_PARAM_size_t(OSSL_MAC_PARAM_SIZE, &out_bytes),
                           OSSL_PARAM_uint(OSSL_MAC_PARAM_C_ROUNDS, &c), OSSL_PARAM_uint(OSSL_MAC_PARAM_D_ROUNDS, &d),
                           OSSL_PARAM_END};
    for (size_t len = 0; len <= sizeof text; len++) {
        EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
        assert_int_equal(EVP_MAC_init(ctx, key_bytes, 16, params), 1);
        assert_int_equal(EVP_MAC_update(ctx, text, len), 1);
        assert_int_equal(EVP_MAC_final(ctx, out, &n, sizeof out), 1);
        EVP_MAC_CTX_free(ctx);
        uint64_t expected = 0;
        for (unsigned i = 0; i < 8; i++)
            expected |= (uint64_t)out[i] << (8 * i);
        assert_true(srv_siphash(key, text, len) == expected);
    }
    EVP_MAC_free(mac);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_siphash_agrees_with_openssl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
