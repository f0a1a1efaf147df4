#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# events: a log that grows; whoever reads, follows or polls sees the steps of a job in order.
. "$(dirname "$0")/../lib.sh"

slow_dir images 8M
start_burnfs "image:$T/images/disc.iso"
random_file "$M/data/file" 8000000
before=$(stat -c %s "$M/events")
tail -n +1 -s 0.1 -f "$M/events" >"$T/followed" &
tail=$!
"$PYTHON" "$HELPERS/follow.py" poll "$M/events" complete "$PATIENCE" >"$T/polled" &
poller=$!
eventually "the poller to begin" grep -q "has read what is there" "$T/polled"

burn
grep -E '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z [a-z-]+( |$)' "$M/events" >"$T/shaped" || :
no_difference <(cat "$M/events") "$T/shaped" "events that have a time and a name"
[ "$(stat -c %s "$M/events")" -gt "$before" ] || fail "the size of events has not grown"

# The steps in this order, as events of their own or as the name of a state.
steps=$(awk '{ step = $2 == "state" ? $3 : $2 }
	step ~ /^(preparing|burning|closing|complete)$/ { print step }' "$M/events" | uniq | tr '\n' ' ')
same "$steps" "preparing burning closing complete " "the steps of a burn"
contains "$(grep ' complete' "$M/events")" ok "the last step"

wait $poller || fail "poll did not tell of the burn's end"
contains "$(cat "$T/polled")" complete "what the poller read"
eventually "tail -f to see the end" grep -q ' complete' "$T/followed"
kill $tail
no_difference <(cat "$M/events") "$T/followed" "what tail -f saw"

# A failure is told with its errno's name and sentence.
control set overwrite no
control recorder "image:$T/images/taken.iso"
echo mine >"$T/images/taken.iso"
refused EEXIST burn
contains "$(tail -n 3 "$M/events")" EEXIST "the events of a refused burn"

# A flood of events drops old lines, whole ones, and no reader blocks: twice what is kept is written here.
"$PYTHON" - "$M/control" <<-'END'
	import os, sys
	for i in range(8000):
	    fd = os.open(sys.argv[1], os.O_WRONLY)
	    try:
	        os.write(fd, b"frobnicate%05d%s\n" % (i, b"x" * 200))
	    except OSError:
	        pass
	    os.close(fd)
END
cat "$M/events" >"$T/all"
[[ $(head -n 1 "$T/all") =~ ^[0-9]{4}-[0-9-]+T[0-9:.]+Z\ refused\ .*frobnicate0[1-9] ]] ||
	fail "the first line after the flood: $(head -n 1 "$T/all")"
contains "$(tail -n 1 "$T/all")" frobnicate07999 "the last line after the flood"
stop_burnfs
