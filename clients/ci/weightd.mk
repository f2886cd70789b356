# weightd.mk - a command of make with a weightd beside it:
#
#     include weightd/clients/ci/weightd.mk
#
#     test:
#     	$(WITH_WEIGHTD) pytest tests
#
# The command has WEIGHTD_URL and HF_ENDPOINT in its environment; weightd ends when it does. start.sh, which lies beside this file,
# says what is started; WEIGHTD_START names it where this file is included by a path with blanks.

WEIGHTD_START ?= $(dir $(lastword $(MAKEFILE_LIST)))start.sh
WITH_WEIGHTD  := '$(WEIGHTD_START)'
