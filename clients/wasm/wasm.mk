# libwi as WebAssembly, by clang and lld alone; Makefile includes this file. The instruction level is the base level, in which
# clang finds what -msimd128 has.

W        := $(B)/wasm
WASM_CC  ?= clang
WASM_LD  ?= wasm-ld
WASM_CF  := --target=wasm32 -std=c17 $(WARN) -ffreestanding -nostdlibinc -isystem clients/wasm/include -msimd128 -mbulk-memory \
            -fvisibility=hidden -include lib/base/contract.h -Ilib/include -Ilib -MMD -MP -DWI_VERSION='"$(VERSION)"' -DWI_ISA=_base
# A page waits for every byte: speed is paid for where numbers are drawn, in part where frameworks, logarithms and decimals are.
WASM_OPT  = $(if $(filter lib/rng/% lib/dist/%,$<),-O3,$(if $(filter %_isa.c lib/fmath/% lib/decimal/%,$(filter-out lib/ortho/%,$<)),-Os,-Oz))
WASM_FP  := -fno-fast-math -fno-math-errno -ffp-contract=off
WASM_OBJ := $(patsubst %.c,$(W)/obj/%.o,$(LIB_SRC) clients/wasm/libc.c)
WASM_API := wi_get wi_sizeof wi_error_init wi_error_text wi_error_param wi_error_allowed wi_error_nearest wi_status_slug wi_selftest \
            wi_version
# Also files that are made: by what they are made of.
WASM_NPM := $(patsubst clients/wasm/%,$(W)/%,clients/wasm/wi.js clients/wasm/wi.d.ts clients/wasm/README.md) $(W)/LICENSE $(W)/package.json

.PHONY: wasm wasm-build check-wasm
wasm: ## libwi as wi.wasm and wi.js, with which an npm package is made, in build/wasm/
	@$(DEPS) wasm
	@$(AGAIN) wasm-build

wasm-build: $(W)/wi.wasm $(WASM_NPM)

check-wasm: build ## wi.wasm under node: every known answer, errors, and the npm package installed (1 min)
	@$(DEPS) wasm
	@$(AGAIN) wasm-build
	@clients/wasm/check.sh $(W) $(B)/weightd

$(W)/obj/clients/wasm/libc.o: WASM_CF += -fno-builtin

$(W)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,WASM)$(WASM_CC) $(WASM_CF) $(WASM_OPT) $(WASM_FP) -c $< -o $@

$(W)/wi.wasm: $(WASM_OBJ)
	$(call SAY,LD)$(WASM_LD) --no-entry --gc-sections --strip-all -z stack-size=524288 $(addprefix --export=,$(WASM_API)) $^ -o $@

$(W)/%: clients/wasm/%
	@cp $< $@

$(W)/LICENSE: LICENSE
	@cp $< $@

$(W)/package.json: clients/wasm/package.json VERSION
	@sed 's/"version": "[^"]*"/"version": "$(VERSION)"/' $< > $@

-include $(WASM_OBJ:.o=.d)
