# Packages, and what holds them to their word; Makefile includes this file.

.PHONY: deb check-deb dist check-dist check-reproducible check-abi
deb: ## Debian's packages in build/deb/: weightd, libwi0, libwi-dev, python3-weightd
	@$(DEPS) build deb
	@packaging/deb.sh build/deb
	@ls build/deb/*.deb

check-deb: ## these packages: the same bytes twice, lintian, installed and purged on a fresh Debian; SUITE= another, as root
	@$(DEPS) build deb
	@packaging/check_deb.sh $(SUITE)

dist: ## the committed sources as build/dist/weightd-VERSION.tar.gz, which builds without git
	@packaging/dist.sh build/dist

check-dist: ## this tarball: the same bytes twice, built and tested where there is no git (1 min)
	@$(DEPS) build test
	@packaging/check_dist.sh

check-reproducible: ## built in two folders, at two times, by two users: the same bytes (1 min)
	@$(DEPS) build
	@packaging/check_reproducible.sh

check-abi: ## libwi.so.0 against that of the last tag, else HEAD, by abidiff; ABI= another commit
	@$(DEPS) build abi
	@packaging/check_abi.sh $(ABI)
