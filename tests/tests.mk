# The targets that test and measure; Makefile includes this file.

UNIT     := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
E2E      := $(patsubst %.c,$(B)/tests/%,$(notdir $(wildcard tests/e2e/test_*.c tests/attack/test_*.c)))
ATTACK   := $(filter $(B)/tests/test_attack_%,$(E2E))
FUZZ     := $(patsubst tests/fuzz/%.c,$(B)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
# The programs that scripts of tests/check ask.
ASKED    := $(B)/tests/wi_cat $(B)/tests/tables
CHECKS   := $(filter-out tests/check/check_examples.sh,$(wildcard tests/check/check_*.sh))
RUN      := LABEL='$(CONF)' tests/run.sh
export WEIGHTD = $(abspath $(B))/weightd
export PYTHON

.PHONY: tests unit e2e checks check-examples check-reference check-frameworks check-like-models check-models check-libm check-llama check-fleet \
        check-load check-mhd \
        api readme docs soak soak-memory tsan tsan-run fuzz fuzzers identity identity-native stats stats-ortho \
        bench bench-http bench-get bench-kernels bench-ortho bench-like bench-models bench-plot

tests: build $(UNIT) $(FUZZ) $(E2E) $(ASKED) ## the test programs, without running them

unit: build $(UNIT) $(FUZZ) ## unit tests of this configuration, and the fuzz targets' seeds with mutations
	@JOBS=$(JOBS) $(RUN) $(UNIT) $(FUZZ)

e2e: build $(E2E) ## end-to-end tests of this configuration
	@$(RUN) $(E2E)

# ---- checks: scripts that hold the tree to its rules -------------------------------------------------------------------

checks: build $(ASKED) ## what scripts check: tests/check/check_*.sh
	@$(RUN) $(CHECKS)

check-%: build $(ASKED)
	@tests/check/check_$*.sh

check-examples: build ## api/examples: run those whose language is on this machine, compare what they print
	@tests/check/check_examples.sh

.PHONY: check-page
check-page: ## the page at / as a text, and in Debian's Chromium (AXE=axe.min.js: also what axe finds)
	@$(DEPS) build test browser
	@$(AGAIN) build
	@tests/check/check_page.sh
	@/usr/bin/python3 tests/check/browser.py

.PHONY: check-axe
check-axe: ## the page in Chromium with axe-core and Lighthouse, which npm brings (3 min)
	@$(DEPS) build test browser
	@$(AGAIN) build
	@tests/check/axe.sh

check-reference: ## the known answers from an implementation written from docs/ALGORITHM.md (WORK=3e5: also large ones)
	@$(PYTHON) tests/check/check_reference.py $(WORK)

check-frameworks: $(B)/tests/wi_cat ## like= against the numpy, torch and jax that PYTHON= can import
	@$(PYTHON) tests/check/check_frameworks.py $<

check-like-models: build ## like=torch of random stacks and configurations against the torch and transformers that PYTHON= can import
	@$(PYTHON) tests/check/like_models.py $(B)/weightd

check-models: build ## every tiny preset loaded by the transformers and safetensors that PYTHON= can import
	@WEIGHTD=$(B)/weightd $(PYTHON) tests/check/check_models.py

check-libm: $(B)/tests/check_libm ## lib/fmath against this machine's libm
	@$<

check-llama: build ## GGUF files in real llama.cpp, held to transformers; fetches both (npm, pip; 4 min after that)
	@tests/check/llama.sh

check-fleet: ## three replicas behind nginx: kill -9 under load, no request may fail (15 s)
	@$(DEPS) build test fleet
	@$(AGAIN) build
	@$(PYTHON) tests/check/fleet.py

.PHONY: check-systems
check-systems: ## README's two commands on fresh Debian 12 and 13, in folders made by debootstrap (30 min, as root)
	@$(DEPS) image
	@tests/check/systems.sh

.PHONY: check-image
check-image: ## the container's image: built twice, size, packages, the program in it (2 min, as root)
	@$(DEPS) build image
	@$(AGAIN) build
	@tests/check/image.sh

.PHONY: check-api-clients check-api-lint
check-api-clients: build ## clients that six generators make of /openapi.json: generated, compiled, three calls; CLIENTS= names some
	@tests/check/api_clients.sh $(CLIENTS)

check-api-lint: build ## spectral and redocly have nothing to say about /openapi.json
	@tests/check/api_clients.sh lint

.PHONY: check-judges
check-judges: build ## others' programs judge the server: schemathesis, redbot, slowhttptest, sslscan, h1spec of JUDGES=DIR; JUDGE= names some
	@$(DEPS) load judge
	@$(AGAIN) build
	@tests/check/judges.sh $(JUDGE)

.PHONY: check-hub
check-hub: ## unchanged clients of the Hugging Face Hub: Python's, curl's, node's, Rust's; minutes, packages in HUB_CLIENTS=
	@$(DEPS) build test
	@$(AGAIN) build
	@tests/check/hub/clients.sh

check-load: ## wrk sees no error, and slowhttptest keeps nobody from being answered (1 min)
	@$(DEPS) build load
	@$(AGAIN) build
	@tests/bench/soak/load_tools.sh

# Debian 12 has libmicrohttpd 0.9.75; programs linked against another release are built in a folder of their own.
check-mhd: ## unit and end-to-end tests against libmicrohttpd 1.0.1, fetched and built; MHD=prefix: against that one
	@$(DEPS) build test
	@tests/run.sh --begin
	@mhd=$(or $(MHD),$$(tests/check/libmicrohttpd.sh)) && $(AGAIN) MHD=$$mhd CFLAGS=-Werror tests && $(AGAIN) MHD=$$mhd unit && \
	  $(AGAIN) MHD=$$mhd e2e && tests/run.sh --total

api: $(B)/tests/tables ## write api/openapi.json anew from the program's tables
	@$< | tools/openapi.py > $(B)/openapi.json && mv $(B)/openapi.json api/openapi.json

readme: build ## write docs/SCHEMES.md, docs/OPTIONS.md and the numbers of README.md anew from the program's tables
	@$(PYTHON) tests/check/check_readme.py write

docs: readme ## the same as readme

# ---- attacks, threads, fuzzing -----------------------------------------------------------------------------------------

SOAK_SECONDS ?= 300

soak: build $(ATTACK) ## attacks at full size: 10,000 connections, 10 GiB, mixed load for SOAK_SECONDS=300
	@SOAK_SECONDS=$(SOAK_SECONDS) TEST_TIMEOUT=$$(($(SOAK_SECONDS) + 600)) $(RUN) $(ATTACK)

soak-memory: build ## 100,000 distinct requests: resident memory stays within --cache-bytes + 64 MiB
	@$(PYTHON) tests/bench/soak/memory.py

# The tests of everything that runs in several threads.
TSAN     := $(patsubst %,$(B)/tests/test_%,accept reader cache job pool disk disk_faults blob log limit handlers init coding \
              http_bodies http_limits http_tls serve hub_protocol hub_models) $(ATTACK)

tsan: ## the tests of what runs in several threads, with ThreadSanitizer
	@$(AGAIN) OPT=-O1 SANITIZE=thread tsan-run

tsan-run: build $(TSAN)
	@$(RUN) $(TSAN)

SECONDS_EACH ?= 60

fuzz: ## libFuzzer (clang) on every target, SECONDS_EACH=60
	@$(AGAIN) tests
	@$(AGAIN) CC=clang OPT=-O1 SANITIZE=fuzzer-no-link,address,undefined fuzzers
	@set -e; for f in $(notdir $(FUZZ)); do \
	  mkdir -p build/corpus/$$f; $(B)/tests/$$f --seeds build/corpus/$$f; \
	  echo "== $$f"; build/clang-O1-fuzzer-no-link-address-undefined/fuzzers/$$f -max_total_time=$(SECONDS_EACH) -max_len=600 \
	    -print_final_stats=1 -verbosity=0 -artifact_prefix=build/corpus/ build/corpus/$$f; done

fuzzers: $(patsubst $(B)/tests/%,$(B)/fuzzers/%,$(FUZZ))

# ---- identity: the same bytes from every compiler, optimization, instruction level and architecture --------------------

identity-native: ## the same bytes from gcc and clang, -O0 and -O3, every instruction level here
	@tests/identity/identity.sh native

identity: ## the same, with musl, as wasm32, and from arm64, riscv64, s390x, ppc64el, loong64, armhf, i386; and that the check can fail
	@tests/identity/identity.sh all

# ---- statistics and benchmarks -----------------------------------------------------------------------------------------

N         ?= 1e9
MATRICES  ?= 20000

stats: $(B)/tests/stats stats-ortho ## statistics of N=1e9 samples of every distribution and type, and dieharder (N=1e8: 20 s)
	$(B)/tests/stats $(N)
	$(if $(filter 1e9,$(N)),tests/bench/stats/battery.sh $(B)/tests/stats)

stats-ortho: $(B)/tests/stats_ortho ## are orthogonal matrices Haar-distributed? MATRICES=20000 of each shape
	$< $(MATRICES)

# Every bench-* target there is, one after the other.
bench: $(shell sed -nE 's/^(bench-[a-z0-9-]+):.*/\1/p' tests/tests.mk) ## every benchmark: ratios from one run, as table and JSON

bench-http: build $(B)/tests/bench_load ## weightd against nginx serving the same bytes as files, each alone on one core
	@$(DEPS) bench
	@BENCH_LOAD=$(abspath $(B))/tests/bench_load $(PYTHON) tests/bench/against_nginx.py $(B)/bench_http.json

bench-models: build ## files of models: against nginx, first bytes, ranges, memory
	@$(DEPS) bench
	@WEIGHTD=$(B)/weightd $(PYTHON) tests/bench/models.py $(B)/bench_models.json

bench-plot: build ## pictures and the page: cold and warm, on one core, against their limits
	@WEIGHTD=$(B)/weightd $(PYTHON) tests/bench/plot.py $(B)/bench_plot.json

# python3 of the path, or the PYTHON that is given. Debian's NumPy is fetched where neither Python has one.
BENCH_PYTHON = $(if $(filter file default,$(origin PYTHON)),$$(tests/bench/python.sh),$(PYTHON))

bench-get: build ## weightd get of 1 GiB of normals against NumPy filling the same array
	@$(DEPS) peers
	@$(BENCH_PYTHON) tests/bench/get.py $(B)/weightd $(B)/bench_get.json

bench-kernels: $(B)/tests/bench_kernels ## kernels against memset, Random123, NumPy and torch
	@$(DEPS) peers
	@$(BENCH_PYTHON) tests/bench/kernels.py $< $(B)/bench_kernels.json

bench-ortho: $(B)/tests/bench_ortho ## orthogonal matrices against numpy.linalg.qr and torch (FULL=1: also 4096x4096)
	@$(DEPS) peers
	@$(BENCH_PYTHON) tests/bench/ortho.py $< $(B)/bench_ortho.json

bench-like: $(B)/tests/bench_like build ## like= against the framework's own stream, and whole models against their constructors
	@$(DEPS) peers
	@$(BENCH_PYTHON) tests/bench/like.py $< $(B)/bench_like.json $(B)/weightd

# ---- the programs ------------------------------------------------------------------------------------------------------

# The objects of tests/FOLDER/*.c: $(call OBJECTS,FOLDER/*).
OBJECTS   = $(patsubst %.c,$(O)/%.o,$(wildcard tests/$(1).c))
# Tests can make the n-th allocation of our objects fail: tests/support/failing_malloc.h.
FAILING  := $(foreach f,malloc calloc realloc aligned_alloc mmap strdup vasprintf,-Wl,--wrap=$(f))

$(O)/tests/%.o: tests/%.c
	$(call COMPILE,$(SRV_CF) -Ilib -Itests)

# Digests should not take all the time of an unoptimized build.
$(O)/tests/support/sha256.o: override CFLAGS += -O3

define TEST_RULE
$(B)/tests/test_%: $(O)/tests/$(1)/test_%.o $(call OBJECTS,support/*) $(SRV_OBJ) $(B)/libwi.a
	$$(call LINK,$$(FAILING) -lcmocka -lcurl $$(SRV_LIBS))
endef
$(foreach folder,unit e2e attack,$(eval $(call TEST_RULE,$(folder))))

$(B)/tests/fuzz_%: $(O)/tests/fuzz/fuzz_%.o $(O)/tests/fuzz/replay.o $(SRV_OBJ) $(B)/libwi.a
	$(call LINK,$(SRV_LIBS))

$(B)/fuzzers/fuzz_%: $(O)/tests/fuzz/fuzz_%.o $(SRV_OBJ) $(B)/libwi.a
	$(call LINK,-fsanitize=fuzzer $(SRV_LIBS))

$(B)/tests/tables: $(O)/tests/check/tables.o $(SRV_OBJ) $(B)/libwi.a
	$(call LINK,$(SRV_LIBS))

# Programs of libwi alone, and what they need beside their own file.
$(B)/tests/wi_cat $(B)/tests/identity: $(call OBJECTS,support/body) $(call OBJECTS,support/sha256)
$(B)/tests/identity: $(call OBJECTS,identity/*)
$(B)/tests/stats: $(filter-out %/stats_ortho.o,$(call OBJECTS,bench/stats/*)) $(call OBJECTS,support/statistics)
$(B)/tests/stats_ortho: $(call OBJECTS,bench/stats/stats_ortho) $(call OBJECTS,bench/stats/report) $(call OBJECTS,support/statistics)
$(B)/tests/identity $(B)/tests/stats $(B)/tests/stats_ortho: $(B)/libwi.a
	$(call LINK,-pthread -lm)

$(B)/tests/%: $(O)/tests/check/%.o $(B)/libwi.a
	$(call LINK,-lm)

$(B)/tests/bench_%: $(O)/tests/bench/bench_%.o $(B)/libwi.a
	$(call LINK,-lm)
