# weightd and libwi. `make help` lists the targets.
#
#   make run                          install what is missing, build, serve on 127.0.0.1:8080
#   make run ARGS='--port 9000'       with options; ARGS=--help lists them
#   make test                         install what is missing, build, run every test
#   make SANITIZE=address,undefined unit e2e
#   make CC=clang OPT=-O0 build

CC       ?= cc
ifeq ($(origin CC),default)
CC       := gcc
endif
AR       := ar
OPT      ?= -O3
SANITIZE ?=
ARGS     ?=
PREFIX   ?= /usr/local
# A folder with include/microhttpd.h and lib/libmicrohttpd.so, to use in place of the system's.
MHD      ?=
JOBS     := $(shell nproc 2>/dev/null || echo 1)
# make V=1 shows whole commands, otherwise only what is made.
SAY       = $(if $(V),,@echo '  $(1) $@';)
VERSION  := $(shell cat VERSION)
EMPTY    :=
SPACE    := $(EMPTY) $(EMPTY)
COMMA    := ,

# Objects of different compilers and flags never mix; the default configuration is build/ itself.
CONF     := $(notdir $(CC))$(OPT)$(if $(SANITIZE),-$(subst $(COMMA),-,$(SANITIZE)))$(if $(MHD),-$(notdir $(MHD)))
B        := $(if $(filter gcc-O3,$(CONF)),build,build/$(CONF))
O        := $(B)/obj

WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes \
            -Wno-missing-field-initializers $(if $(IS_CLANG),-Wthread-safety)
SAN      := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
MACHINE  := $(shell $(CC) -dumpmachine 2>/dev/null)
IS_CLANG := $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),yes)
# -ffp-contract=off is what keeps the numbers the same everywhere; see docs/ALGORITHM.md.
# (On s390x gcc's -std=c17 computes float expressions in double unless told otherwise.)
FP_CF    := -ffp-contract=off $(if $(IS_CLANG),,$(if $(filter s390%,$(MACHINE)),-fexcess-precision=fast))
BASE_CF  := -std=c17 $(OPT) -g $(FP_CF) -fno-math-errno $(WARN) $(SAN) -MMD -MP
LIB_CF   := $(BASE_CF) -fPIC -fvisibility=hidden -Ilib/include -Ilib
SRV_CF   := $(BASE_CF) -D_GNU_SOURCE -pthread -Ilib/include -Iserver $(if $(MHD),-I$(MHD)/include) -DWEIGHTD_VERSION='"$(VERSION)"'
LDFLAGS  += $(SAN)
MHD_LIBS := $(if $(MHD),-L$(MHD)/lib -Wl$(COMMA)-rpath$(COMMA)$(abspath $(MHD))/lib) -lmicrohttpd -lgnutls
SRV_LIBS := $(MHD_LIBS) -ljansson -lssl -lcrypto -lz -pthread

# A file *_isa.c is compiled once per instruction level (lib/isa.h); other targets than x86-64 have the base level only.
ISAS     := base $(if $(filter x86_64%,$(MACHINE)),avx2 avx512)
CF_base  :=
CF_avx2  := -march=x86-64-v3
CF_avx512 := -march=x86-64-v4 $(if $(IS_CLANG),-mprefer-vector-width=512)
CF_isa   := $(if $(IS_CLANG),,$(if $(filter -O0,$(OPT)),,-fschedule-insns -fsched-pressure)) $(if $(filter x86_64%,$(MACHINE)),-DWI_ISA_X86)

LIB_SRC  := $(wildcard lib/*/*.c lib/*/*/*.c)
ISA_SRC  := $(filter %_isa.c,$(LIB_SRC))
LIB_OBJ  := $(patsubst %.c,$(O)/%.o,$(filter-out %_isa.c,$(LIB_SRC))) \
            $(foreach isa,$(ISAS),$(patsubst %.c,$(O)/%.$(isa).o,$(ISA_SRC)))
SRV_SRC  := $(filter-out server/main.c,$(wildcard server/*.c server/*/*.c))
SRV_OBJ  := $(patsubst %.c,$(O)/%.o,$(SRV_SRC))
SUP_OBJ  := $(patsubst %.c,$(O)/%.o,$(wildcard tests/support/*.c))
UNIT     := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
E2E      := $(patsubst %.c,$(B)/tests/%,$(notdir $(wildcard tests/e2e/test_*.c tests/attack/test_*.c)))
FUZZ     := $(patsubst tests/fuzz/%.c,$(B)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: $(B)/wi.pc help build lib tests run deps test unit e2e checks check-examples bench bench-http soak-memory api readme install clean
.DEFAULT_GOAL := help
.SECONDARY:

help: ## this list
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/p' Makefile | sort | while IFS="$$(printf '\t')" read -r name what; do \
	  printf '  make %-16s %s\n' "$$name" "$$what"; done

lib: $(B)/libwi.a $(B)/libwi.so $(B)/wi.pc ## libwi alone: static, shared, pkg-config file

build: lib $(B)/weightd ## libwi and weightd

tests: build $(UNIT) $(FUZZ) $(E2E) $(B)/tests/tables ## the test programs, without running them

# What needs a compiler runs in a make of its own, after deps: this one may have been read before there was any.
AGAIN    := $(MAKE) --no-print-directory -j$(JOBS)
DEPS     := CC='$(CC)' tools/deps.sh

deps: ## install the Debian packages that are missing to build and run
	@$(DEPS) build

run: deps ## install what is missing, build, serve on 127.0.0.1:8080
	@$(AGAIN) build
	@exec $(B)/weightd $(ARGS)

# ---- tests -----------------------------------------------------------------------------------------------------------

RUN      := LABEL='$(CONF)' tests/run.sh
CHECKS   := $(filter-out tests/check/check_examples.sh,$(wildcard tests/check/check_*.sh))

unit: build $(UNIT) $(FUZZ) ## unit tests of this configuration, and the fuzz targets' seeds with mutations
	@JOBS=$(JOBS) $(RUN) $(UNIT) $(FUZZ)

e2e: build $(E2E) ## end-to-end tests of this configuration
	@WEIGHTD=$(abspath $(B))/weightd $(RUN) $(E2E)

checks: build $(B)/tests/wi_cat $(B)/tests/tables ## what scripts check: tests/check/check_*.sh
	@WEIGHTD=$(abspath $(B))/weightd $(RUN) $(CHECKS)

check-%: build $(B)/tests/wi_cat $(B)/tests/tables
	@WEIGHTD=$(abspath $(B))/weightd tests/check/check_$*.sh

# The attacks and the mixed load at full size, each for SOAK_SECONDS where it can go on for long.
.PHONY: soak
SOAK_SECONDS ?= 300
SOAK     := $(filter $(B)/tests/test_attack_%,$(E2E))

soak: build $(SOAK) ## attacks at full size: 10,000 connections, 10 GiB, mixed load for SOAK_SECONDS=300
	@SOAK_SECONDS=$(SOAK_SECONDS) TEST_TIMEOUT=$$(($(SOAK_SECONDS) + 600)) WEIGHTD=$(abspath $(B))/weightd $(RUN) $(SOAK)

# What runs in several threads, with ThreadSanitizer.
.PHONY: tsan
TSAN     := $(patsubst %,$(B)/tests/test_%,accept cache job pool disk disk_faults blob log limit handlers init coding \
              http_bodies http_limits http_tls serve) \
            $(filter $(B)/tests/test_attack_%,$(E2E))

tsan: ## the tests of what runs in several threads, with ThreadSanitizer
	@$(AGAIN) OPT=-O1 SANITIZE=thread tsan-run

.PHONY: tsan-run
tsan-run: build $(TSAN)
	@TSAN_OPTIONS=suppressions=$(abspath tests/tsan.supp) WEIGHTD=$(abspath $(B))/weightd $(RUN) $(TSAN)

# Debian 12's libmicrohttpd is 0.9.75; what is linked against another one is built in a folder of its own.
.PHONY: check-mhd
check-mhd: ## unit and end-to-end tests against libmicrohttpd 1.0.1, fetched and built; MHD=prefix: against that one
	@$(DEPS) build test
	@tests/run.sh --begin
	@mhd=$(or $(MHD),$$(tests/check/libmicrohttpd.sh)) && $(AGAIN) MHD=$$mhd CFLAGS=-Werror tests && $(AGAIN) MHD=$$mhd unit && \
	  $(AGAIN) MHD=$$mhd e2e && tests/run.sh --total

SAN_CONF := OPT=-O1 SANITIZE=address,undefined

test: ## install what is missing, build, run every test: release, sanitizers, clang
	@$(DEPS) build test
	@tests/run.sh --begin
	@$(AGAIN) CFLAGS=-Werror tests
	@$(AGAIN) checks
	@$(AGAIN) unit
	@$(AGAIN) e2e
	@$(AGAIN) CFLAGS=-Werror $(SAN_CONF) tests
	@$(AGAIN) $(SAN_CONF) unit
	@$(AGAIN) $(SAN_CONF) e2e
	@if command -v clang >/dev/null; then $(AGAIN) CC=clang OPT=-O2 CFLAGS=-Werror tests && $(AGAIN) CC=clang OPT=-O2 unit; fi
	@tests/run.sh --total

.PHONY: check-fleet
check-fleet: ## three replicas behind nginx: kill -9 under load, no request may fail (15 s)
	@$(DEPS) build test fleet
	@$(AGAIN) build
	@WEIGHTD=$(abspath $(B))/weightd python3 tests/check/fleet.py

.PHONY: check-load
check-load: ## wrk sees no error, and slowhttptest keeps nobody from being answered (1 min)
	@$(DEPS) build load
	@$(AGAIN) build
	@WEIGHTD=$(abspath $(B))/weightd tests/bench/soak/load_tools.sh

check-examples: build ## api/examples: run those whose language is on this machine, compare what they print
	@tests/check/check_examples.sh

# Every bench-* target there is, one after the other.
bench: $(shell sed -nE 's/^(bench-[a-z0-9-]+):.*/\1/p' Makefile) ## every benchmark: ratios from one run, as table and JSON

api: $(B)/tests/tables ## write api/openapi.json anew from the program's tables
	@$< | tools/openapi.py > $(B)/openapi.json && mv $(B)/openapi.json api/openapi.json

# ---- fuzzing ---------------------------------------------------------------------------------------------------------

.PHONY: fuzz
SECONDS_EACH ?= 60

fuzz: ## libFuzzer (clang) on every target, SECONDS_EACH=60
	@$(AGAIN) tests
	@$(AGAIN) CC=clang OPT=-O1 SANITIZE=fuzzer-no-link,address,undefined fuzzers
	@set -e; for f in $(notdir $(FUZZ)); do \
	  mkdir -p build/corpus/$$f; $(B)/tests/$$f --seeds build/corpus/$$f; \
	  echo "== $$f"; build/clang-O1-fuzzer-no-link-address-undefined/fuzzers/$$f -max_total_time=$(SECONDS_EACH) -max_len=600 \
	    -print_final_stats=1 -verbosity=0 -artifact_prefix=build/corpus/ build/corpus/$$f; done

.PHONY: fuzzers
fuzzers: $(patsubst $(B)/tests/%,$(B)/fuzzers/%,$(FUZZ))

$(B)/fuzzers/fuzz_%: $(O)/tests/fuzz/fuzz_%.o $(SRV_OBJ) $(B)/libwi.a
	@mkdir -p $(@D)
	$(call SAY,LD)$(CC) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(SRV_LIBS) -lm

soak-memory: build ## 100,000 distinct requests: resident memory stays within --cache-bytes + 64 MiB
	@WEIGHTD=$(abspath $(B))/weightd python3 tests/bench/soak/memory.py

bench-get: build ## weightd get of 1 GiB of normals against NumPy filling the same array
	$(PYTHON3) tests/bench/get.py $(B)/weightd $(B)/bench_get.json

$(B)/tests/bench_%: $(O)/tests/bench/bench_%.o $(B)/libwi.a
	@mkdir -p $(@D)
	$(call SAY,LD)$(CC) $(LDFLAGS) -o $@ $^ -lm

bench-http: build $(B)/tests/bench_load ## weightd against nginx serving the same bytes as files, each alone on one core
	@$(DEPS) bench
	@WEIGHTD=$(abspath $(B))/weightd BENCH_LOAD=$(abspath $(B))/tests/bench_load python3 tests/bench/against_nginx.py $(B)/bench_http.json

readme: build ## write the tables of README.md anew from the program's tables
	@python3 tests/check/check_readme.py write

# ---- identity: the same bytes from every compiler, optimization, instruction level and architecture -------------------

.PHONY: identity identity-native check-reference
IDENTITY_OBJ := $(patsubst %.c,$(O)/%.o,$(wildcard tests/identity/*.c)) $(O)/tests/support/body.o

identity-native: ## the same bytes from gcc and clang, -O0 and -O3, every instruction level here
	@tests/identity/identity.sh native

identity: ## the same, and from aarch64, riscv64 and big-endian s390x; and that the check can fail
	@tests/identity/identity.sh all

check-reference: ## the known answers from an implementation written from docs/ALGORITHM.md (WORK=3e5: also large ones)
	@python3 tests/check/check_reference.py $(WORK)

# Digests should not take all the time of an unoptimized build.
$(O)/tests/identity/sha256.o: override CFLAGS += -O3

$(B)/tests/identity: $(IDENTITY_OBJ) $(B)/libwi.a
	@mkdir -p $(@D)
	$(call SAY,LD)$(CC) $(LDFLAGS) -o $@ $^ -pthread -lm

# ---- statistics and benchmarks of the kernels -------------------------------------------------------------------------

.PHONY: stats bench-kernels
STATS_OBJ := $(patsubst %.c,$(O)/%.o,$(filter-out tests/bench/stats/stats_%.c,$(wildcard tests/bench/stats/*.c))) \
             $(O)/tests/support/statistics.o
N         ?= 1e9
# The Python that has Debian's NumPy and torch.
PYTHON3   := $(firstword $(wildcard /usr/bin/python3) python3)

stats: $(B)/tests/stats stats-ortho ## statistics of N=1e9 samples of every distribution and type, and dieharder (N=1e8: 20 s)
	$(B)/tests/stats $(N)
	$(if $(filter 1e9,$(N)),tests/bench/stats/battery.sh $(B)/tests/stats)

$(B)/tests/stats: $(STATS_OBJ) $(B)/libwi.a
	@mkdir -p $(@D)
	$(call SAY,LD)$(CC) $(LDFLAGS) -o $@ $^ -lm

bench-kernels: $(B)/tests/bench_kernels ## kernels against memset, Random123, NumPy and torch
	$(PYTHON3) tests/bench/kernels.py $(B)/tests/bench_kernels $(B)/bench_kernels.json

# ---- statistics and benchmarks of the orthogonal matrices --------------------------------------------------------------

.PHONY: stats-ortho bench-ortho
MATRICES  ?= 20000

stats-ortho: $(B)/tests/stats_ortho ## are orthogonal matrices Haar-distributed? MATRICES=20000 of each shape
	$< $(MATRICES)

$(B)/tests/stats_ortho: $(O)/tests/bench/stats/stats_ortho.o $(O)/tests/bench/stats/report.o $(O)/tests/support/statistics.o $(B)/libwi.a
	@mkdir -p $(@D)
	$(call SAY,LD)$(CC) $(LDFLAGS) -o $@ $^ -lm

bench-ortho: $(B)/tests/bench_ortho ## orthogonal matrices against numpy.linalg.qr and torch (FULL=1: also 4096x4096)
	$(PYTHON3) tests/bench/ortho.py $< $(B)/bench_ortho.json

# ---- files -----------------------------------------------------------------------------------------------------------

$(B)/libwi.a: $(LIB_OBJ)
	@rm -f $@
	$(call SAY,AR)$(AR) qcs $@ $^

$(B)/libwi.so: $(LIB_OBJ)
	$(call SAY,LD)$(CC) -shared -Wl,-soname,libwi.so.1 $(LDFLAGS) -o $@ $^ -lm
	@ln -sf libwi.so $(B)/libwi.so.1

$(B)/weightd: $(O)/server/main.o $(SRV_OBJ) $(B)/libwi.a
	$(call SAY,LD)$(CC) $(LDFLAGS) -o $@ $^ $(SRV_LIBS) -lm

$(B)/wi.pc: VERSION Makefile
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'includedir=$${prefix}/include/libwi' 'libdir=$${prefix}/lib' '' 'Name: libwi' \
	  'Description: initialized tensors, the same bytes on every machine' 'Version: $(VERSION)' \
	  'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lwi' 'Libs.private: -lm' > $@

install: build ## libwi, its headers and weightd to DESTDIR/PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include/libwi
	install -m 755 $(B)/weightd $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(B)/libwi.a $(DESTDIR)$(PREFIX)/lib/
	install -m 755 $(B)/libwi.so $(DESTDIR)$(PREFIX)/lib/libwi.so.1
	ln -sf libwi.so.1 $(DESTDIR)$(PREFIX)/lib/libwi.so
	install -m 644 $(B)/wi.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/
	install -m 644 lib/include/*.h $(DESTDIR)$(PREFIX)/include/libwi/

define ISA_RULE
$(O)/%.$(1).o: %.c
	@mkdir -p $$(@D)
	$$(call SAY,CC)$$(CC) $$(LIB_CF) $$(CF_isa) $$(CF_$(1)) -DWI_ISA=_$(1) $$(CFLAGS) -c $$< -o $$@
endef
$(foreach isa,$(ISAS),$(eval $(call ISA_RULE,$(isa))))

$(O)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(call SAY,CC)$(CC) $(LIB_CF) $(if $(filter x86_64%,$(MACHINE)),-DWI_ISA_X86) $(CFLAGS) -c $< -o $@

# The files that a row of server/resource/file.h puts into the program.
$(O)/server/resource/file.o: $(shell sed -nE 's/^ *row.[^,]*, "([^"]*)".*/\1/p' server/resource/file.h)

$(O)/server/%.o: server/%.c
	@mkdir -p $(@D)
	$(call SAY,CC)$(CC) $(SRV_CF) $(CFLAGS) -c $< -o $@

$(O)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call SAY,CC)$(CC) $(SRV_CF) -Ilib -Itests $(CFLAGS) -c $< -o $@

# Tests can make the n-th allocation of our objects fail: tests/support/failing_malloc.h.
FAILING  := $(foreach f,malloc calloc realloc aligned_alloc mmap strdup vasprintf,-Wl,--wrap=$(f))

$(B)/tests/tables: $(O)/tests/check/tables.o $(SRV_OBJ) $(B)/libwi.a
	@mkdir -p $(@D)
	$(call SAY,LD)$(CC) $(LDFLAGS) -o $@ $^ $(SRV_LIBS) -lm

$(B)/tests/wi_cat: $(O)/tests/check/wi_cat.o $(O)/tests/support/body.o $(O)/tests/support/sha256.o $(B)/libwi.a
	@mkdir -p $(@D)
	$(call SAY,LD)$(CC) $(LDFLAGS) -o $@ $^ -lcrypto -lm

$(B)/tests/test_%: $(O)/tests/unit/test_%.o $(SUP_OBJ) $(SRV_OBJ) $(B)/libwi.a
	@mkdir -p $(@D)
	$(call SAY,LD)$(CC) $(LDFLAGS) $(FAILING) -o $@ $^ -lcmocka -lcurl $(SRV_LIBS) -lm

$(B)/tests/test_%: $(O)/tests/e2e/test_%.o $(SUP_OBJ) $(SRV_OBJ) $(B)/libwi.a
	@mkdir -p $(@D)
	$(call SAY,LD)$(CC) $(LDFLAGS) $(FAILING) -o $@ $^ -lcmocka -lcurl $(SRV_LIBS) -lm

$(B)/tests/test_%: $(O)/tests/attack/test_%.o $(SUP_OBJ) $(SRV_OBJ) $(B)/libwi.a
	@mkdir -p $(@D)
	$(call SAY,LD)$(CC) $(LDFLAGS) $(FAILING) -o $@ $^ -lcmocka -lcurl $(SRV_LIBS) -lm

$(B)/tests/fuzz_%: $(O)/tests/fuzz/fuzz_%.o $(O)/tests/fuzz/replay.o $(SRV_OBJ) $(B)/libwi.a
	@mkdir -p $(@D)
	$(call SAY,LD)$(CC) $(LDFLAGS) -o $@ $^ $(SRV_LIBS) -lm

clean: ## remove build/
	rm -rf build

-include $(shell find $(O) -name '*.d' 2>/dev/null)

# ---- like=: against the real things ----------------------------------------------------------------------------------

.PHONY: check-frameworks check-libm
PYTHON ?= python3

$(B)/tests/%: $(O)/tests/check/%.o $(B)/libwi.a
	@mkdir -p $(@D)
	$(call SAY,LD)$(CC) $(LDFLAGS) -o $@ $^ -lm

check-frameworks: $(B)/tests/like_raw ## like= against the numpy, torch and jax that PYTHON= can import
	@$(PYTHON) tests/check/check_frameworks.py $<

check-libm: $(B)/tests/check_libm ## lib/fmath against this machine's libm
	@$<

.PHONY: bench-like
bench-like: $(B)/tests/bench_like ## like= against the framework's own stream
	@$(PYTHON3) tests/bench/like.py $< $(B)/bench_like.json
