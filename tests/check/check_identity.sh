#!/bin/sh
# check_identity.sh - the native part of tests/identity/identity.sh, as one of the checks of make test
exec "$(dirname "$0")/../identity/identity.sh" native
