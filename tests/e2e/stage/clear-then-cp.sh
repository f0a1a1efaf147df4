#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# After clear the names are free at once, also those that the kernel knew: for directories, files, links. And
# what was only just closed is no file that is open for writing.
. "$(dirname "$0")/../lib.sh"

start_burnfs
"$PYTHON" - "$M" 1000 <<'END'
import os, sys
mount, rounds = sys.argv[1], int(sys.argv[2])

def put(name, text):
    with open(mount + name, "w") as file:
        file.write(text)

for i in range(rounds):
    os.mkdir(mount + "/data/dir")
    put("/data/dir/file", "x")
    put("/data/file", "y")
    os.symlink("file", mount + "/data/link")
    put("/control", "clear data\n")
    left = os.listdir(mount + "/data")
    if left:
        sys.exit(f"round {i}: {left} is left")
END
expect_stat data_files 0
exec {file}>"$M/data/open"
refused EBUSY control clear
contains "$(stats last_error)" data/open "which file is in the way"
exec {file}>&-
control clear
stop_burnfs
