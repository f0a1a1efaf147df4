/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that are known and hold no disc as it is: images in other formats, of other things, and
 * compressed ones. Each is told with the program that makes a disc image of it.
 */
#include "imagefile/kind_priv.h"

#include <string.h>

#include "base/disc.h"

enum { HEAD_BYTES = 2 * 2448 + 16, TAIL_BYTES = 512 };

/* ---- what begins or ends with a word of its own ---- */

/* Where a magic number is: from the beginning, or with END so many bytes before the end. */
enum { BEGIN, END };

static const struct {
	int from;
	unsigned at;
	unsigned char len;
	const char *magic;
	const char *what;
} known[] = {
	{ BEGIN, 0, 3, "\x1f\x8b\x08", "it is compressed with gzip: unpack it with gunzip" },
	{ BEGIN, 0, 3, "BZh", "it is compressed with bzip2: unpack it with bunzip2" },
	{ BEGIN, 0, 6,
	  "\xfd"
	  "7zXZ\0",
	  "it is compressed with xz: unpack it with unxz" },
	{ BEGIN, 0, 4, "\x28\xb5\x2f\xfd", "it is compressed with zstd: unpack it with unzstd" },
	{ BEGIN, 0, 4, "PK\3\4", "it is a ZIP archive: unpack it with unzip" },
	{ BEGIN, 0, 6, "7z\xbc\xaf\x27\x1c", "it is a 7z archive: unpack it with 7z" },
	{ BEGIN, 0, 6, "Rar!\x1a\x07", "it is a RAR archive: unpack it with unrar or unar" },
	{ BEGIN, 0, 4, "CISO", "it is a compressed image (CSO): unpack it with maxcso" },
	{ BEGIN, 0, 4, "ZISO", "it is a compressed image (ZSO): unpack it with maxcso" },
	{ BEGIN, 0, 4, "DAX\0", "it is a compressed image (DAX): unpack it with maxcso" },
	{ BEGIN, 0, 4, "ECM\0", "it is an ECM image: unpack it with unecm" },
	{ BEGIN, 0, 8, "MComprHD",
	  "it is a CHD image: chdman extractcd makes a CUE and a BIN of it" },
	{ BEGIN, 0, 8, "MSWIM\0\0\0",
	  "it is a Windows image (WIM), which installers read as a file: it belongs in data/" },
	{ BEGIN, 0, 16, "MEDIA DESCRIPTOR",
	  "it describes an image of Alcohol 120% (MDS, MDF): mdf2iso makes an ISO of the MDF" },
	{ BEGIN, 0, 9, "[CloneCD]",
	  "it describes an image of CloneCD (CCD, IMG): ccd2iso makes an ISO of the IMG" },
	{ BEGIN, 0, 16, "BWT5 STREAM SIGN",
	  "it describes an image of BlindWrite: b5i2iso makes an ISO of it" },
	{ BEGIN, 0, 8, "vhdxfile",
	  "it is the image of a hard disk (VHDX), no disc: qemu-img convert makes a raw one" },
	{ BEGIN, 0, 8, "conectix",
	  "it is the image of a hard disk (VHD), no disc: qemu-img convert makes a raw one" },
	{ BEGIN, 0, 4, "KDMV",
	  "it is the image of a hard disk (VMDK), no disc: qemu-img convert makes a raw one" },
	{ BEGIN, 0, 4, "QFI\xfb",
	  "it is the image of a hard disk (QCOW), no disc: qemu-img convert makes a raw one" },
	{ BEGIN, 64, 4, "\x7f\x10\xda\xbe",
	  "it is the image of a hard disk (VDI), no disc: qemu-img convert makes a raw one" },
	{ END, 512, 8, "conectix",
	  "it is the image of a hard disk (VHD), no disc: qemu-img convert makes a raw one" },
	{ END, 512, 4, "koly", "it is an image for macOS (DMG): dmg2img makes a raw one" },
	{ END, 12, 4, "NER5", "it is an image of Nero (NRG): nrg2iso makes an ISO of it" },
	{ END, 8, 4, "NERO", "it is an image of Nero (NRG): nrg2iso makes an ISO of it" },
	{ END, 8, 4, "\x04\0\0\x80", "it is an image of DiscJuggler (CDI): cdirip unpacks it" },
	{ END, 8, 4, "\x05\0\0\x80", "it is an image of DiscJuggler (CDI): cdirip unpacks it" },
	{ END, 8, 4, "\x06\0\0\x80", "it is an image of DiscJuggler (CDI): cdirip unpacks it" },
};

struct probe {
	unsigned char head[HEAD_BYTES], tail[TAIL_BYTES];
	uint64_t size;
};

static const char *find_known(const struct probe *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const unsigned char *at = known[i].from == BEGIN ?
						  p->head + known[i].at :
						  p->tail + TAIL_BYTES - known[i].at;

		if (p->size >= known[i].at + known[i].len &&
		    memcmp(at, known[i].magic, known[i].len) == 0)
			return known[i].what;
	}
	return NULL;
}

/* ---- raw sectors ---- */

static bool is_sync(const unsigned char *p)
{
	return memcmp(p, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0", 12) == 0;
}

/* Sectors as they lie on a CD (ECMA-130 clause 14), alone or with their subchannels. */
static const char *find_raw(const struct probe *p)
{
	enum { WITH_SUBCHANNELS = SECTOR_SIZE + 96, MODE = 15 };

	if (!is_sync(p->head))
		return NULL;
	if (is_sync(p->head + WITH_SUBCHANNELS))
		return "it has the raw sectors of a CD with subchannels: record it with cdrdao";
	if (!is_sync(p->head + SECTOR_SIZE))
		return NULL;
	if (p->head[MODE] == 1)
		return "it has the raw sectors of a CD: copy the sheet (.cue) that belongs to it "
		       "here, too, or make an ISO of it with bchunk";
	return "it has the raw sectors of a CD in Mode 2: record it with cdrdao, from its sheet";
}

/* ---- disks ---- */

/* A partition table that is one: a boot signature, and entries that say nothing impossible. */
static bool has_partitions(const struct probe *p)
{
	enum { TABLE = 446, ENTRY = 16, TYPE = 4, SIGNATURE = 510 };
	bool any = false;

	if (p->head[SIGNATURE] != 0x55 || p->head[SIGNATURE + 1] != 0xaa)
		return false;
	for (const unsigned char *e = p->head + TABLE; e < p->head + SIGNATURE; e += ENTRY) {
		if (e[0] != 0 && e[0] != 0x80)
			return false;
		any = any || e[TYPE];
	}
	return any;
}

static const char *find_disk(const struct probe *p)
{
	if (memcmp(p->head + 512, "EFI PART", 8) == 0 || has_partitions(p))
		return "it is the image of a hard disk or USB stick, no disc: write it to a stick, "
		       "with dd";
	return NULL;
}

int image_is_foreign(const struct image_bytes *b, struct err *why)
{
	static const char *(*const finders[])(const struct probe *) = {
		find_known,
		find_raw,
		find_disk,
	};
	struct probe p = { .size = b->size };
	const char *what = NULL;
	int r = image_read(b, p.head, sizeof(p.head), 0);

	if (r == 0 && b->size >= TAIL_BYTES)
		r = image_read(b, p.tail, sizeof(p.tail), b->size - TAIL_BYTES);
	for (size_t i = 0; i < ARRAY_SIZE(finders) && r == 0 && !what; i++)
		what = finders[i](&p);
	if (what)
		err_set(why, EINVAL, "%s", what);
	return r;
}
