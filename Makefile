# weightd and libwi. `make help` lists the targets; those that test and measure are in tests/tests.mk.
#
#   make run                          install what is missing, build, serve on 127.0.0.1:8080
#   make run ARGS='--port 9000'       with options; ARGS=--help lists them
#   make test                         install what is missing, build, run every test
#   make SANITIZE=address,undefined unit e2e
#   make CC=clang OPT=-O0 build
#   make V=1 build                    show whole commands

CC       ?= cc
ifeq ($(origin CC),default)
CC       := gcc
endif
AR       := ar
OPT      ?= -O3
SANITIZE ?=
ARGS     ?=
PREFIX   ?= /usr/local
# Where libraries go; Debian's is /usr/lib/x86_64-linux-gnu.
LIBDIR   ?= $(PREFIX)/lib
# A folder with include/microhttpd.h and lib/libmicrohttpd.so, used in place of the system's.
MHD      ?=
# The Python of scripts: Debian's, which has Debian's NumPy and torch, where there is one.
PYTHON   ?= $(firstword $(wildcard /usr/bin/python3) python3)
JOBS     := $(shell nproc 2>/dev/null || echo 1)
VERSION  := $(shell cat VERSION)
EMPTY    :=
SPACE    := $(EMPTY) $(EMPTY)
COMMA    := ,
HASH     := \#

# Every configuration of compiler and flags has a folder of its own; the default one is build/ itself.
CONF     := $(notdir $(CC))$(OPT)$(if $(SANITIZE),-$(subst $(COMMA),-,$(SANITIZE)))$(if $(MHD),-$(notdir $(MHD)))
B        := $(if $(filter gcc-O3,$(CONF)),build,build/$(CONF))
O        := $(B)/obj

IS_CLANG := $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),yes)
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes \
            -Wno-missing-field-initializers $(if $(IS_CLANG),-Wthread-safety)
SAN      := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
MACHINE  := $(shell $(CC) -dumpmachine 2>/dev/null)
IS_X86   := $(filter x86_64%,$(MACHINE))
IS_ARM64 := $(filter aarch64%,$(MACHINE))
# These keep the numbers the same everywhere (docs/ALGORITHM.md), so they come after what CFLAGS says. On s390x gcc's -std=c17
# computes float expressions in double, on 32-bit x86 in the wider registers of x87, unless told otherwise. -fno-fast-math
# turns errno on, so -fno-math-errno follows it: with errno, a square root is a call and normal numbers take twice as long.
FP_CF    := -fno-fast-math -fno-math-errno -ffp-contract=off \
            $(if $(IS_CLANG),,-fno-single-precision-constant $(if $(filter s390%,$(MACHINE)),-fexcess-precision=fast)) \
            $(if $(filter i%86,$(firstword $(subst -, ,$(MACHINE)))),-msse2 -mfpmath=sse)
# What keeps a fault from becoming an attack (tests/check/check_hardening.sh): canaries, branch targets, checked copies, and
# tables of addresses that are read-only before main. A compiler older than gcc 12 warns about the third level of checks.
HARD_CF  := -fstack-protector-strong $(if $(IS_X86),-fcf-protection) $(if $(IS_ARM64),-mbranch-protection=standard)
FORTIFY  := $(if $(SANITIZE)$(filter -O0,$(OPT)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(shell echo '$(HASH)include <string.h>' | \
            $(CC) -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -Werror -E -x c - >/dev/null 2>&1 && echo 3 || echo 2))
# Addresses that the loader adjusts take 24 bytes each in the program, or a bit where the C library can read that.
RELR     := $(if $(IS_X86),$(shell printf '$(HASH)include <features.h>\n$(HASH)if !__GLIBC_PREREQ(2, 36)\n$(HASH)error\n$(HASH)endif\n' | \
            $(CC) -E -x c - >/dev/null 2>&1 && echo -Wl$(COMMA)-z$(COMMA)pack-relative-relocs))
HARD_LD  := -Wl,-z,relro,-z,now,-z,noexecstack$(if $(IS_X86),$(COMMA)-z$(COMMA)shstk)
# No path of this machine in what is made, so that it is the same wherever it is made (make check-reproducible).
SAME_CF  := -ffile-prefix-map='$(CURDIR)'=.
BASE_CF  := $(CPPFLAGS) -std=c17 $(OPT) -g $(WARN) $(SAN) $(HARD_CF) $(FORTIFY) $(SAME_CF) -MMD -MP
LIB_CF   := $(BASE_CF) -include lib/base/contract.h -fPIC -fvisibility=hidden -Ilib/include -Ilib $(if $(IS_X86),-DWI_ISA_X86) -DWI_VERSION='"$(VERSION)"'
SRV_CF   := $(BASE_CF) -fPIE -D_GNU_SOURCE -pthread -Ilib/include -Iserver $(if $(MHD),-I$(MHD)/include) -DWEIGHTD_VERSION='"$(VERSION)"'
MHD_LIBS := $(if $(MHD),-L$(MHD)/lib -Wl$(COMMA)-rpath$(COMMA)$(abspath $(MHD))/lib) -lmicrohttpd -lgnutls
SRV_LIBS := $(MHD_LIBS) -ljansson -lssl -lcrypto -lz -pthread -lm

# A file *_isa.c is compiled once per instruction level (lib/include/isa.h); only x86-64 has more than the base level,
# which on arm64 has NEON.
ISAS     := base $(if $(IS_X86),avx2 avx512)
CF_base  :=
CF_avx2  := -march=x86-64-v3
CF_avx512 := -march=x86-64-v4 $(if $(IS_CLANG),-mprefer-vector-width=512)
CF_isa   := $(if $(IS_CLANG),,$(if $(filter -O0,$(OPT)),,-fschedule-insns -fsched-pressure))

LIB_SRC  := $(sort $(wildcard lib/*/*.c lib/*/*/*.c))
ISA_SRC  := $(filter %_isa.c,$(LIB_SRC))
# What AVX-512 makes no faster: one number at a time needs the fused multiply-add alone.
TO_AVX2  := lib/study/activation_isa.c lib/study/elementary_isa.c
LIB_OBJ  := $(patsubst %.c,$(O)/%.o,$(filter-out %_isa.c,$(LIB_SRC))) \
            $(foreach isa,$(ISAS),$(patsubst %.c,$(O)/%.$(isa).o,$(filter-out $(if $(filter avx512,$(isa)),$(TO_AVX2)),$(ISA_SRC))))
SRV_OBJ  := $(patsubst %.c,$(O)/%.o,$(filter-out server/main.c,$(sort $(wildcard server/*.c server/*/*.c))))

# $(call COMPILE,flags) and $(call LINK,libraries) are the recipes of all objects and programs; SAY tells what is made.
SAY       = $(if $(V),,@echo '  $(1) $@';)
define COMPILE
@mkdir -p $(@D)
$(call SAY,CC)$(CC) $(1) $(CFLAGS) $(FP_CF) -c $< -o $@
endef
define LINK
@mkdir -p $(@D)
$(call SAY,LD)$(CC) $(SAN) $(HARD_LD) $(LDFLAGS) -o $@ $(filter-out %.a %.map,$^) $(filter %.a,$^) $(1)
endef

.PHONY: help lib no-static build run deps test check format lint install clean
.DEFAULT_GOAL := build
.SECONDARY:

help: ## this list
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/p' Makefile tests/tests.mk clients/*.mk clients/*/*.mk packaging/*.mk | sort | while IFS="$$(printf '\t')" read -r name what; do \
	  printf '  make %-16s %s\n' "$$name" "$$what"; done

# A program that talks TLS cannot be static: Debian has no libp11-kit.a, which a static GnuTLS needs.
NO_STATIC := $(if $(filter -static -static-pie --static,$(LDFLAGS)),no-static)

lib: $(B)/libwi.a $(B)/libwi.so $(B)/wi.pc ## libwi alone: static, shared, pkg-config file

build: $(NO_STATIC) lib $(B)/weightd ## libwi and weightd

no-static:
	@echo 'weightd cannot be linked statically: its TLS is GnuTLS, which needs libp11-kit, and Debian has no static one.' >&2
	@echo 'libwi can: make LDFLAGS=$(LDFLAGS) lib' >&2; exit 1

INSTALL_TO := bin include/libwi share/man/man1 share/man/man3 share/bash-completion/completions

# A target that needs a compiler runs in a second make, after deps: this make may have been read before there was one.
AGAIN    := $(MAKE) --no-print-directory -j$(JOBS)
DEPS     := CC='$(CC)' tools/deps.sh
SAN_CONF := OPT=-O1 SANITIZE=address,undefined
CLANG    := CC=clang OPT=-O2

deps: ## install the Debian packages that are missing to build and run
	@$(DEPS) build

run: deps ## install what is missing, build, serve on 127.0.0.1:8080
	@$(AGAIN) build
	@exec $(B)/weightd $(ARGS)

test: ## install what is missing, build, run every test: release, sanitizers, clang
	@$(DEPS) build test
	@$(MAKE) --no-print-directory check

check: ## the same tests with what is installed
	@tests/run.sh --begin
	@$(AGAIN) CFLAGS='$(WERROR)' tests
	@$(AGAIN) checks
	@$(AGAIN) unit
	@$(AGAIN) e2e
	@$(AGAIN) CFLAGS='$(WERROR)' $(SAN_CONF) tests
	@$(AGAIN) $(SAN_CONF) unit
	@$(AGAIN) $(SAN_CONF) e2e
	@if command -v clang >/dev/null; then $(AGAIN) $(CLANG) CFLAGS='$(WERROR)' tests && $(AGAIN) $(CLANG) unit; \
	else tests/run.sh --skip 'unit tests built by clang (sudo apt-get install clang)'; fi
	@tests/run.sh --total

format: ## lay out every C file as .clang-format says
	@$(DEPS) lint
	@clang-format -i $$(tests/check/check_format.sh --list)

lint: ## clang-tidy over the C files, shellcheck over the scripts; no finding may be left
	@$(DEPS) build test lint || :
	@tests/check/lint.sh

install: build ## libwi, its headers, weightd, manual pages and completion to DESTDIR/PREFIX (default /usr/local), libraries to LIBDIR
	install -d $(foreach d,$(INSTALL_TO),"$(DESTDIR)$(PREFIX)/$(d)") "$(DESTDIR)$(LIBDIR)/pkgconfig"
	install -m 755 $(B)/weightd "$(DESTDIR)$(PREFIX)/bin/"
	install -m 644 $(B)/libwi.a "$(DESTDIR)$(LIBDIR)/"
	install -m 755 $(B)/libwi.so "$(DESTDIR)$(LIBDIR)/libwi.so.0"
	ln -sf libwi.so.0 "$(DESTDIR)$(LIBDIR)/libwi.so"
	install -m 644 $(B)/wi.pc "$(DESTDIR)$(LIBDIR)/pkgconfig/"
	install -m 644 lib/include/*.h "$(DESTDIR)$(PREFIX)/include/libwi/"
	$(B)/weightd help man >"$(DESTDIR)$(PREFIX)/share/man/man1/weightd.1"
	$(B)/weightd help bash >"$(DESTDIR)$(PREFIX)/share/bash-completion/completions/weightd"
	tools/wi_man.sh $(VERSION) >"$(DESTDIR)$(PREFIX)/share/man/man3/wi.3"

clean: ## remove build/
	rm -rf build

# ---- files -----------------------------------------------------------------------------------------------------------

$(B)/libwi.a: $(LIB_OBJ)
	@rm -f $@
	$(call SAY,AR)$(AR) qcsD $@ $^

# A program may be static (LDFLAGS=-static), a shared library cannot.
$(B)/libwi.so: override LDFLAGS := $(filter-out -static%,$(LDFLAGS))
$(B)/libwi.so: $(LIB_OBJ) $(B)/wi.map
	$(call LINK,-shared -Wl$(COMMA)-soname$(COMMA)libwi.so.0 -Wl$(COMMA)--version-script=$(B)/wi.map -lm)
	@ln -sf libwi.so $(B)/libwi.so.0

# What the shared library exports: what the installed headers declare, under one version.
$(B)/wi.map: tools/wi_symbols.sh $(wildcard lib/include/*.h)
	@mkdir -p $(@D)
	@tools/wi_symbols.sh map >$@.new && mv $@.new $@

$(B)/weightd: $(NO_STATIC) $(O)/server/main.o $(SRV_OBJ) $(B)/libwi.a
	$(call LINK,-pie $(RELR) -Wl$(COMMA)-Map=$@.map $(SRV_LIBS))

# Phony, as it depends on PREFIX and LIBDIR. pkg-config splits at a blank that has no backslash.
.PHONY: $(B)/wi.pc
PC_PATH   = $(subst $(SPACE),\ ,$(1))
$(B)/wi.pc:
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(call PC_PATH,$(PREFIX))' 'includedir=$${prefix}/include/libwi' \
	  'libdir=$(call PC_PATH,$(subst @@,,$(subst @@$(PREFIX)/,$${prefix}/,@@$(LIBDIR))))' '' 'Name: libwi' \
	  'Description: initialized tensors, the same bytes on every machine' 'Version: $(VERSION)' \
	  'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lwi' 'Libs.private: -lm' > $@

# Objects are made anew when their flags change; warnings change no object.
FLAGS    := $(CC) $(LIB_CF) $(SRV_CF) $(filter-out -W%,$(CFLAGS)) $(FP_CF)
ifneq ($(file <$(O)/flags),$(FLAGS))
$(shell mkdir -p $(O))
$(file >$(O)/flags,$(FLAGS))
endif

define ISA_RULE
$(O)/%.$(1).o: %.c $(O)/flags | $(O)/has-compiler
	$$(call COMPILE,$$(LIB_CF) $$(CF_isa) $$(CF_$(1)) -DWI_ISA=_$(1))
endef
$(foreach isa,$(ISAS),$(eval $(call ISA_RULE,$(isa))))

$(O)/lib/%.o: lib/%.c $(O)/flags | $(O)/has-compiler
	$(call COMPILE,$(LIB_CF))

# Said once, before the first object: what is not installed, in place of a compiler's error.
$(O)/has-%:
	@mkdir -p $(@D); CC='$(CC)$(if $(MHD), -I$(MHD)/include)' tools/deps.sh --check $* && touch $@

# The files that a row of server/resource/file.h puts into the program, compressed: most clients take them so.
SERVED   := $(patsubst %,$(O)/%.gz,$(shell sed -nE 's/^ *row.[^,]*, "([^"]*)".*/\1/p' server/resource/file.h))

$(O)/%.gz: %
	@mkdir -p $(@D)
	$(call SAY,GZ)gzip -9nc $< > $@.new && mv $@.new $@

$(O)/server/resource/file.o: $(SERVED)
$(O)/server/resource/file.o: override CFLAGS += -Wa,-I$(O)

# The files of architectures are built in: model_files.h lists them for server/model/builtin.c.
MODEL_FILES := $(wildcard server/model/arch/*.json) server/model/presets.json

$(O)/model_files.h: $(MODEL_FILES)
	@mkdir -p $(@D)
	@for f in $^; do echo "FILE($$(basename $$f .json), \"$$f\")"; done > $@

$(O)/server/model/builtin.o: $(O)/model_files.h
$(O)/server/model/builtin.o: override CFLAGS += -I$(O)

# Pictures and the page are formatting, and the study's time is spent in its *_isa.c: small code does, without the tables
# by which exceptions unwind, of which there are none in C. tests/check/check_size.sh holds what they may weigh.
SMALL    := $(filter $(O)/lib/study/%,$(filter-out $(O)/lib/study/product_isa.%,$(LIB_OBJ))) \
            $(filter $(O)/server/plot/% $(O)/server/page/%,$(SRV_OBJ))
$(SMALL): override CFLAGS += $(if $(filter -O3,$(OPT)),-Os -fno-asynchronous-unwind-tables)
$(O)/lib/study/spectrum.o: override CFLAGS += $(if $(filter -O3,$(OPT)),-O2)

$(O)/server/%.o: server/%.c $(O)/flags | $(O)/has-build
	$(call COMPILE,$(SRV_CF))

# Absent where only a build is wanted, as in the Dockerfile.
-include tests/tests.mk clients/clients.mk packaging/packages.mk
-include $(shell find $(O) -name '*.d' 2>/dev/null)
