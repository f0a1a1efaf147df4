#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Set-uid and set-gid bits go with each way to write of somebody without CAP_FSETID, as on a local file system.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"

need_root "writes as another user"
chmod 755 "$T"
mkdir -m 777 "$T/local"
"$PYTHON" "$HELPERS/set_id.py" "$T/local/tool" 60001 >"$T/wanted"
same "$(grep -c ' 775$' "$T/wanted")" 20 "ways that take the bits away on a local file system: $(cat "$T/wanted")"

start_burnfs -o allow_other "image:$T/disc.iso"
for branch in data audio; do
	chmod 777 "$M/$branch"
	"$PYTHON" "$HELPERS/set_id.py" "$M/$branch/tool" 60001 >"$T/got"
	no_difference "$T/wanted" "$T/got" "what is left of the bits in $branch/"
done

# Nor does the stash know better after a crash.
echo tool >"$M/data/tool"
chown 60001:60001 "$M/data/tool"
chmod 6755 "$M/data/tool"
setpriv --reuid=60001 --regid=60001 --clear-groups bash -c "echo mine >'$M/data/tool'"
kill_burnfs
start_burnfs -o allow_other "image:$T/disc.iso"
same "$(stat -c %a "$M/data/tool")" 755 "the mode after a crash"
stop_burnfs
