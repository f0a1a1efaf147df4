#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# O_SYNC, O_DSYNC, RWF_SYNC and RWF_DSYNC: when the call returns, the stash is synced, and not without them.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"

need_tools strace
need_root "strace takes fusermount3 its set-uid bit"
printf '#!/bin/sh\nexec strace -f -qq -o "%s" -e trace=fsync,fdatasync "%s" "$@"\n' "$T/trace" "$BURNFS" >"$T/traced"
chmod +x "$T/traced"
BURNFS=$T/traced
# Leaks cannot be looked for in what is traced.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0
start_burnfs

"$PYTHON" "$HELPERS/sync.py" "$M/data" "$T/trace" >"$T/synced"
same "$(wc -l <"$T/synced")" 40 "the number of ways that were tried"
while read -r way _ calls; do
	case $way in
	*plain) wanted=unsynced ;;
	*dsync) wanted=fdatasync ;;
	*) wanted="fdatasync fsync" ;;
	esac
	same "$calls" "$wanted" "$way"
done <"$T/synced"
stop_burnfs
