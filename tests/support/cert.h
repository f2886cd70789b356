/* cert.h - a self-signed certificate for tests. */
#ifndef TEST_CERT_H
#define TEST_CERT_H

/* Write a new key and a certificate for it, with this serial number, as PEM files. Asserts success. */
void test_make_certificate(const char *cert_path, const char *key_path, long serial);

#endif
