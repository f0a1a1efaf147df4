# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A machine that boots Debian's kernel, emulated by qemu, slowly but anywhere. To be sourced after
# tests/e2e/lib.sh.
#
#   $W  a directory that stays: it keeps the kernel for the next time

# A reason not to test. Where CI=true there is none.
skip()
{
	[ "${CI-}" != true ] || fail "$*"
	printf 'skipped: %s\n' "$*"
	exit 77
}

need_machine()
{
	case $(uname -m) in
	x86_64) ;;
	*) skip "only the kernel for amd64 is booted" ;;
	esac
	command -v qemu-system-x86_64 >/dev/null || skip "no qemu-system-x86_64"
	command -v busybox >/dev/null || skip "no busybox"
}

# get_kernel: $kernel, $release and $modules (a directory), from where this machine has its own packages from
get_kernel()
{
	local package deb
	if ! [ -e "$W/kernel/unpacked" ]; then
		command -v apt-get >/dev/null || skip "no apt-get to get a kernel with"
		package=$(apt-cache depends --important linux-image-cloud-amd64 2>/dev/null |
			awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; exit }')
		[ -n "$package" ] || skip "apt knows no linux-image-cloud-amd64 here"
		rm -rf "$W/kernel"
		mkdir -p "$W/kernel"
		(cd "$W/kernel" && apt-get -q -o APT::Sandbox::User="$(id -un)" download "$package") || skip "no $package"
		deb=$(echo "$W"/kernel/*.deb)
		dpkg-deb -x "$deb" "$W/kernel"
		rm "$deb"
		find "$W/kernel" -name '*.ko.xz' -exec xz -d {} +
		touch "$W/kernel/unpacked"
	fi
	kernel=$(echo "$W"/kernel/boot/vmlinuz-*)
	release=${kernel##*/vmlinuz-}
	modules=$(echo "$W"/kernel/{usr/,}lib/modules/"$release" | tr ' ' '\n' | while read -r dir; do
		[ ! -d "$dir" ] || echo "$dir"; done)
	# What depends on what; the package's own script would do so.
	[ -s "$modules/modules.dep" ] || busybox depmod -b "${modules%/lib/modules/*}" "$release"
	[ -s "$modules/modules.dep" ] || fail "no modules.dep"
}

# modules_for NAME...: their paths below $modules, with all that they need before them
modules_for()
{
	local name
	for name in "$@"; do
		awk -v name="$name" -F '[: ]+' '{
			base = $1; sub(".*/", "", base); gsub("-", "_", base)
			if (base == name ".ko") { for (i = NF; i > 1; i--) if ($i) print $i; print $1 }
		}' "$modules/modules.dep" | grep . || echo "no module $name: part of the kernel?" >&2
	done | awk '!seen[$0]++'
}

# with_libraries ROOT PROGRAM...: copied there with the libraries that they need
with_libraries()
{
	local root=$1 file
	shift
	for file in "$@" $(ldd "$@" | grep -o '/[^ :]*' | sort -u); do
		[ -e "$root$file" ] || { mkdir -p "$root${file%/*}" && cp -L "$file" "$root$file"; }
	done
}

# archive ROOT: as an initramfs has it, on standard output
archive() { (cd "$1" && find . -mindepth 1 | bsdtar --format=newc -cnf - -T - | gzip -1); }

# boot NAME SECONDS OPTION...: until the machine is off. It dies with us. Its console is $T/NAME.console.
boot()
{
	local name=$1 seconds=$2 status=0
	shift 2
	setpriv --pdeathsig TERM timeout -k 5 "$seconds" setpriv --pdeathsig KILL qemu-system-x86_64 -accel tcg \
		-m 1024 -nodefaults -no-user-config -display none -no-reboot -serial "file:$T/$name.console" "$@" \
		>"$T/$name.qemu" 2>&1 </dev/null || status=$?
	[ $status -ne 124 ] || echo "$name: not off after $seconds s" >&2
}

# tell NAME [LINES]: what that machine said last
tell()
{
	local file
	for file in "$T/$1.qemu" "$T/$1.console"; do
		[ ! -s "$file" ] || { echo "--- end of ${file##*/}"; tail -n "${2:-30}" "$file"; }
	done >&2
}
