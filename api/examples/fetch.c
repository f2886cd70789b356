/* cc fetch.c -o fetch && ./fetch [PORT]: a tensor as float *, with sockets alone. One request with "Connection: close"
 * is little: bodies are never chunked, so what follows the empty line is the tensor. (With libcurl the same is one
 * call.) */
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int dial(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *address;
    if (getaddrinfo(host, port, &hints, &address) != 0)
        return -1;
    int fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (fd >= 0 && connect(fd, address->ai_addr, address->ai_addrlen) != 0)
        fd = -1;
    freeaddrinfo(address);
    return fd;
}

static float float_le(const uint8_t *p)
{
    uint32_t bits = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

int main(int argc, char **argv)
{
    static const char request[] = "GET /init?scheme=xavier_uniform&shape=256,128&seed=7 HTTP/1.1\r\n"
                                  "Host: localhost\r\nConnection: close\r\n\r\n";
    static uint8_t answer[1 << 20];
    size_t n = 0;
    ssize_t got;
    int fd = dial("127.0.0.1", argc > 1 ? argv[1] : "8080");
    if (fd < 0 || write(fd, request, sizeof request - 1) < 0)
        return perror("weightd"), 1;
    while (n < sizeof answer - 1 && (got = read(fd, answer + n, sizeof answer - 1 - n)) > 0)
        n += (size_t)got;
    close(fd);

    const char *end = strstr((char *)answer, "\r\n\r\n"), *shape = strstr((char *)answer, "X-Tensor-Shape: ");
    if (!end || !shape || strncmp((char *)answer, "HTTP/1.1 200", 12) != 0)
        return fprintf(stderr, "%s\n", end ? end + 4 : "no answer"), 1;
    unsigned rows, columns;
    sscanf(shape, "X-Tensor-Shape: %u,%u", &rows, &columns);
    const uint8_t *data = (const uint8_t *)end + 4;
    if (data + (size_t)4 * rows * columns != answer + n)
        return fprintf(stderr, "the answer was cut short\n"), 1;

    printf("shape %u %u\n", rows, columns);
    double sum = 0;
    for (size_t i = 0; i < (size_t)rows * columns; i++)
        sum += float_le(data + 4 * i);
    for (int i = 0; i < 4; i++)
        printf("%.6f\n", float_le(data + 4 * i));
    printf("last %.6f sum %.6f\n", float_le(data + 4 * ((size_t)rows * columns - 1)), sum);
    return 0;
}
