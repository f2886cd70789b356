# The targets of clients/; Makefile includes this file.

.PHONY: wheel
# CC=aarch64-linux-gnu-gcc: for another processor, in that configuration's folder.
wheel: lib ## a wheel of clients/python with libwi in it, for the processor of CC, in build/wheel/
	@mkdir -p $(B)/wheel && rm -f $(B)/wheel/*.whl && $(if $(filter %-gcc,$(CC)),$(CC:%-gcc=%-strip),strip) --strip-unneeded -o $(B)/wheel/libwi.so $(B)/libwi.so
	@$(PYTHON) clients/python/wheel.py $(B)/wheel/libwi.so $(B)/wheel

.PHONY: check-python
check-python: build ## the wheel: installed, against a server and a container, under pytest; PYTHON= one with torch, jax, pytest (15 s)
	@tests/check/check_python.sh

# Julia is not in Debian 12 and 13; as root, that of Debian 11 is brought.
.PHONY: check-clients
check-clients: build ## every client, example and copy of the page against a server: the same bytes (2 min)
	@JULIA=$$(command -v julia || { [ "$$(id -u)" = 0 ] && command -v debootstrap >/dev/null && echo tests/check/julia.sh; } || echo julia); \
	  JULIA=$$JULIA tests/check/check_examples.sh
	@tests/check/check_page.sh
	@tests/check/check_python.sh
	@$(AGAIN) check-wasm
	@tests/check/recipes.sh

.PHONY: check-recipes
check-recipes: build ## clients/ci and docs/CI.md: schemas, actionlint, and every recipe run (1 min)
	@tests/check/recipes.sh

include clients/wasm/wasm.mk
