#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `cp x data/ && echo burn > control` works every time: a file just closed does not count as open.
# TIMEOUT: 600
. "$(dirname "$0")/../lib.sh"
need_tools bsdtar

times=${TIMES:-2000}
images=$T
if [ -w /dev/shm ]; then
	images=$(mktemp -d /dev/shm/burnfs-e2e.XXXXXX)
	ALSO_REMOVE+=("$images")
fi
start_burnfs "image:$images/disc.iso"
echo content >"$T/x"
for i in $(seq "$times"); do
	{ cp "$T/x" "$M/data/" && echo burn >"$M/control"; } || fail "time $i of $times: $(stats last_error)"
	echo wait >"$M/control"
done
expect_stat last_result ok
same "$(bsdtar -xOf "$images/disc.iso" x)" content "the last image"
stop_burnfs
