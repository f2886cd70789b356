/* base/memory.h and fit.h: what the cgroups allow, and defaults that fit it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "config.h"
#include "fit.h"
#include "support/test.h"

#define MIB (UINT64_C(1) << 20)

static char root[32];

static SETUP(make_root)
{
    strcpy(root, "/tmp/weightd-fit-XXXXXX");
    return !mkdtemp(root);
}

static TEARDOWN(remove_root)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

static void write_below(const char *path, const char *text)
{
    char command[512];
    snprintf(command, sizeof command, "mkdir -p \"$(dirname %s/%s)\" && printf '%s' > %s/%s", root, path, text, root,
             path);
    assert_int_equal(system(command), 0);
}

TEST(test_no_cgroup)
{
    assert_true(srv_memory_cgroup_limit(root) == UINT64_MAX);
    write_below("proc/self/cgroup", "nonsense\\n0\\n\\n3:memory\\n");
    assert_true(srv_memory_cgroup_limit(root) == UINT64_MAX);
}

TEST(test_version_2)
{
    write_below("proc/self/cgroup", "0::/a.slice/b.service\\n");
    write_below("sys/fs/cgroup/a.slice/b.service/memory.max", "max\\n");
    assert_true(srv_memory_cgroup_limit(root) == UINT64_MAX);
    write_below("sys/fs/cgroup/a.slice/memory.max", "3000000\\n"); /* a group above it counts */
    assert_true(srv_memory_cgroup_limit(root) == 3000000);
    write_below("sys/fs/cgroup/a.slice/b.service/memory.max", "2000000\\n");
    assert_true(srv_memory_cgroup_limit(root) == 2000000);
}

/* As a container sees it: the path leads nowhere, and the group is the root. */
TEST(test_version_2_in_a_container)
{
    write_below("proc/self/cgroup", "0::/../../x\\n");
    write_below("sys/fs/cgroup/memory.max", "67108864\\n");
    assert_true(srv_memory_cgroup_limit(root) == 67108864);
}

TEST(test_version_1)
{
    write_below("proc/self/cgroup", "5:cpu:/a\\n4:memory:/a/b\\n0::/\\n");
    write_below("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\\n");
    assert_true(srv_memory_cgroup_limit(root) == 9223372036854771712u);
    write_below("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "5000000\\n");
    assert_true(srv_memory_cgroup_limit(root) == 5000000);
}

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

static const char *work_in_environment(const char *name)
{
    return strcmp(name, "WEIGHTD_WORK_BYTES") ? NULL : "7M";
}

static struct srv_config fitted(uint64_t limit, const char *option, const char *(*environment)(const char *))
{
    struct srv_config config;
    char error[256], name[] = "weightd", given[64] = "";
    char *argv[] = {name, given, NULL};
    snprintf(given, sizeof given, "%s", option ? option : "");
    assert_true(srv_config_read(&config, option ? 2 : 1, argv, environment, error, sizeof error));
    srv_fit(&config, limit);
    return config;
}

TEST(test_defaults_fit)
{
    static const uint64_t limits[] = {64 * MIB, 100 * MIB, 512 * MIB, 513 * MIB, 1000 * MIB, 1536 * MIB};
    struct srv_config config = fitted(UINT64_MAX, NULL, no_environment);
    assert_true(config.cache_bytes == 256 * MIB && config.work_bytes == 1024 * MIB);
    config = fitted(1536 * MIB, NULL, no_environment);
    assert_true(config.cache_bytes == 256 * MIB && config.work_bytes == 1024 * MIB);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        config = fitted(limits[i], NULL, no_environment);
        const uint64_t taken = config.cache_bytes + config.work_bytes;
        assert_true(taken <= limits[i] / 2 || taken + SRV_FIT_REST_BYTES <= limits[i]);
        assert_true(taken >= limits[i] / 3);
    }
    config = fitted(1, NULL, no_environment); /* what is least is allowed */
    assert_true(config.cache_bytes == MIB && config.work_bytes == MIB);
}

TEST(test_what_is_given_stays)
{
    struct srv_config config = fitted(64 * MIB, "--cache-bytes=200M", no_environment);
    assert_true(config.cache_bytes == 200 * MIB && config.work_bytes == MIB);
    config = fitted(64 * MIB, "--work-bytes=1G", no_environment);
    assert_true(config.work_bytes == 1024 * MIB && config.cache_bytes < 32 * MIB);
    config = fitted(64 * MIB, "--cache-bytes=0", no_environment);
    assert_true(config.cache_bytes == 0 && config.work_bytes == 32 * MIB);
    config = fitted(UINT64_MAX, NULL, work_in_environment);
    assert_true(config.work_bytes == 7 * MIB && srv_config_is_given(&config, "work-bytes"));
    assert_false(srv_config_is_given(&config, "cache-bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_cgroup, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_version_2, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_version_2_in_a_container, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_version_1, make_root, remove_root),
        cmocka_unit_test(test_defaults_fit),
        cmocka_unit_test(test_what_is_given_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
