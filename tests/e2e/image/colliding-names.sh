#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Names that collide once ISO or Joliet has mapped or cut them, deep paths, and crowded directories.
# TIMEOUT: 300
. "$(dirname "$0")/../lib.sh"
need_tools bsdtar

start_burnfs "image:$T/disc.iso"
"$PYTHON" - "$M/data" <<'PY'
import os
import sys

os.chdir(sys.argv[1])


def put(path):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w") as file:
        file.write(path[-20:])


for i in range(150):  # digits run over: 10 and 100 of a family
    put("families/" + "f" * 110 + "%03d.txt" % i)
    put("families/" + "日" * 70 + "%03d" % i)
for name in ["a.txt", "A.TXT", "A.txt", "a.tXt", "é", "è", "ê", "_", "+", "=", "a*b", "a?b", "a:b", "a;b", "a\\b",
             "x.y.z", "x_y.z", "x.y_z", "x-y.z", "trailing.", "trailing", "F" * 31, "F" * 30, "F" * 32, "😀", "🎵",
             "name0", "NAME0", "name00", "name000"]:
    put("mapped/" + name)
    os.mkdir("mapped/d-" + name)
for name in ["😀" * 31, "🎵" * 53 + ".txt", "😀" * 31 + "é"]:  # the same to Joliet, up to their lengths
    put("emoji/" + name + "/" + name[:9])
    put("emoji/" + name + "/only in %d" % len(name))
path = "deep"
for depth in range(50):
    path += "/" + "level%02d" % depth
put(path + "/bottom")
for i in range(5000):
    put("crowd/%d" % (i * 7919 % 5000))
PY
same "$(stats data_used_blocks)" "$(blocks_of_image "$M/image/disc.iso")" "used blocks and image/disc.iso"
burn
same "$(blocks_of_image "$T/disc.iso")" "$(stats data_used_blocks)" "blocks of the image"
whole_image "$T/disc.iso" "$M/data"

# Joliet lists as many names, all different.
bsdtar --options '!rockridge' -tf "$T/disc.iso" | sort >"$T/joliet"
same "$(uniq -d "$T/joliet")" "" "names that are twice in Joliet"
same "$(wc -l <"$T/joliet")" "$(find "$M/data" -type f -o -type d | wc -l)" "names in Joliet"
stop_burnfs
