# The targets of clients/; Makefile includes this file.

.PHONY: wheel
# CC=aarch64-linux-gnu-gcc: for another processor, in that configuration's folder.
wheel: lib ## a wheel of clients/python with libwi in it, for the processor of CC, in build/wheel/
	@mkdir -p $(B)/wheel && rm -f $(B)/wheel/*.whl && $(if $(filter %-gcc,$(CC)),$(CC:%-gcc=%-strip),strip) --strip-unneeded -o $(B)/wheel/libwi.so $(B)/libwi.so
	@$(PYTHON) clients/python/wheel.py $(B)/wheel/libwi.so $(B)/wheel

.PHONY: check-clients
check-clients: build ## every client and example against a server: the same bytes (1 min)
	@$(AGAIN) check-examples
	@$(AGAIN) check-python
	@$(AGAIN) check-wasm

.PHONY: check-recipes
check-recipes: build ## clients/ci and docs/CI.md: schemas, actionlint, and every recipe run (1 min)
	@tests/check/recipes.sh

include clients/wasm/wasm.mk
