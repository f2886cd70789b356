#!/bin/bash
# check_api.sh - the fields X-Tensor-* that answers carry are those that api/openapi.yaml describes, no more and no fewer.
set -eu
weightd=${WEIGHTD:-build/weightd}

described=$(grep -oE '^    X-Tensor-[A-Za-z-]+' api/openapi.yaml | tr -d ' ' | sort -u)
sent=$(for request in 'scheme=xavier_uniform&shape=4,4' 'scheme=normal&shape=4' 'scheme=zeros&shape='; do
    "$weightd" get -i "/init?format=json&$request" | grep -aoE '^X-Tensor-[A-Za-z-]+'
done | sort -u)

# Only answers with like= carry a note.
if [ "$sent" != "$(grep -v '^X-Tensor-Exactness-Note$' <<<"$described")" ]; then
    diff <(echo "$described") <(echo "$sent")
    exit 1
fi
