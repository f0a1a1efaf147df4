/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file is that may hold a disc: by its content alone, whatever its bytes are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/disc.h"
#include "imagefile/kind.h"

enum { BLOCKS = 400, SIZE = BLOCKS * BLOCK_SIZE };

struct made {
	int fd;
	unsigned char *bytes;
};

static int setup(void **state)
{
	static struct made m;

	m.fd = memfd_create("image", MFD_CLOEXEC);
	assert_true(m.fd >= 0);
	assert_int_equal(ftruncate(m.fd, SIZE), 0);
	m.bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
	assert_ptr_not_equal(m.bytes, MAP_FAILED);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	struct made *m = *state;

	munmap(m->bytes, SIZE);
	close(m->fd);
	return 0;
}

static unsigned char *block(const struct made *m, unsigned n)
{
	return m->bytes + (size_t)n * BLOCK_SIZE;
}

static void put32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

static void add_iso(struct made *m, uint32_t blocks)
{
	unsigned char *d = block(m, 16);

	memcpy(d,
	       "\x01"
	       "CD001\x01",
	       7);
	put32(d + 80, blocks);
	for (int i = 0; i < 4; i++)
		d[84 + i] = d[83 - i];
	d[128] = 0, d[129] = 8;
}

static void tag(unsigned char *d, unsigned id)
{
	unsigned sum = 0;

	d[0] = (unsigned char)id;
	for (int i = 0; i < 16; i++)
		sum += i == 4 ? 0 : d[i];
	d[4] = (unsigned char)sum;
}

static void add_udf(struct made *m, unsigned nsr_block, uint32_t start, uint32_t blocks)
{
	memcpy(block(m, nsr_block - 1) + 1, "BEA01", 5);
	memcpy(block(m, nsr_block) + 1, "NSR02", 5);
	tag(block(m, 256), 2);
	put32(block(m, 256) + 16, 4 * BLOCK_SIZE);
	put32(block(m, 256) + 20, 32);
	tag(block(m, 33), 5);
	put32(block(m, 33) + 188, start);
	put32(block(m, 33) + 192, blocks);
	tag(block(m, 34), 8);
}

static struct image_kind kind_of(const struct made *m, uint64_t size)
{
	struct image_kind kind;

	assert_int_equal(image_kind(m->fd, size, &kind), 0);
	return kind;
}

static void file_systems(void **state)
{
	struct made *m = *state;

	assert_int_equal(kind_of(m, SIZE).type, IMAGE_UNKNOWN);
	add_iso(m, BLOCKS);
	assert_int_equal(kind_of(m, SIZE).type, IMAGE_ISO9660);
	assert_int_equal(kind_of(m, SIZE).own_blocks, BLOCKS);
	memcpy(block(m, 17) + 1, "CD001", 5);
	add_udf(m, 19, 257, 100);
	assert_int_equal(kind_of(m, SIZE).type, IMAGE_BRIDGE);
	memset(block(m, 16), 0, (size_t)2 * BLOCK_SIZE);
	memcpy(block(m, 16) + 1, "BEA01", 5);
	memcpy(block(m, 17) + 1, "BOOT2", 5);
	assert_int_equal(kind_of(m, SIZE).type, IMAGE_UDF);
	assert_int_equal(kind_of(m, SIZE).own_blocks, 357);
	assert_int_equal(kind_of(m, SIZE).why.code, 0);
}

static void cut_short(void **state)
{
	struct made *m = *state;
	struct image_kind kind;

	add_iso(m, BLOCKS);
	kind = kind_of(m, SIZE - BLOCK_SIZE);
	assert_int_equal(kind.why.code, EINVAL);
	assert_non_null(strstr(kind.why.msg, "it has 399 blocks, and says itself that it takes "
					     "400"));
	/* A last block that is not whole is filled up, and no longer file is wrong. */
	kind = kind_of(m, SIZE - 1);
	assert_int_equal(kind.why.code, 0);
	assert_int_equal(kind.filled, 1);
	assert_int_equal(kind.blocks, BLOCKS);
	add_iso(m, 20);
	assert_int_equal(kind_of(m, SIZE).why.code, 0);
	/* A number that does not agree with itself says nothing. */
	block(m, 16)[85] = 7;
	assert_int_equal(kind_of(m, SIZE).own_blocks, 0);
	memcpy(block(m, 17) + 1, "CD001", 5);
	add_udf(m, 19, 300, 1000);
	assert_int_equal(kind_of(m, SIZE).why.code, EINVAL);
}

static void other_things(void **state)
{
	static const struct {
		size_t at, len;
		const char *bytes, *words;
	} known[] = {
		{ 0, 3, "\x1f\x8b\x08", "gunzip" },
		{ 0, 6,
		  "\xfd"
		  "7zXZ",
		  "unxz" },
		{ 0, 4, "PK\3\4", "unzip" },
		{ 0, 4, "CISO", "maxcso" },
		{ 0, 4, "ECM", "unecm" },
		{ 0, 8, "MComprHD", "chdman" },
		{ 0, 6, "MSWIM\0", "data/" },
		{ 0, 16, "MEDIA DESCRIPTOR", "mdf2iso" },
		{ 0, 9, "[CloneCD]", "ccd2iso" },
		{ SIZE - 12, 4, "NER5", "nrg2iso" },
		{ SIZE - 8, 4, "NERO", "nrg2iso" },
		{ SIZE - 8, 4, "\x06\0\0\x80", "cdirip" },
		{ SIZE - 512, 4, "koly", "dmg2img" },
		{ 512, 8, "EFI PART", "hard disk" },
		{ 0, 4, "QFI\xfb", "qemu-img" },
	};
	struct made *m = *state;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct image_kind kind;

		memcpy(m->bytes + known[i].at, known[i].bytes, known[i].len);
		kind = kind_of(m, SIZE);
		memset(m->bytes + known[i].at, 0, known[i].len);
		assert_int_equal(kind.type, IMAGE_FOREIGN);
		assert_int_equal(kind.why.code, EINVAL);
		if (!strstr(kind.why.msg, known[i].words))
			fail_msg("\"%s\" does not say %s", kind.why.msg, known[i].words);
	}
}

static void raw_sectors_and_disks(void **state)
{
	static const unsigned char sync[12] = { [1] = 0xff, 0xff, 0xff, 0xff, 0xff,
						0xff,	    0xff, 0xff, 0xff, 0xff };
	struct made *m = *state;

	memcpy(m->bytes, sync, sizeof(sync));
	assert_int_equal(kind_of(m, SIZE).type, IMAGE_UNKNOWN);
	memcpy(m->bytes + SECTOR_SIZE, sync, sizeof(sync));
	m->bytes[15] = 1;
	assert_non_null(strstr(kind_of(m, SIZE).why.msg, "bchunk"));
	m->bytes[15] = 2;
	assert_non_null(strstr(kind_of(m, SIZE).why.msg, "Mode 2"));
	memset(m->bytes, 0, 5000);
	m->bytes[510] = 0x55, m->bytes[511] = 0xaa;
	assert_int_equal(kind_of(m, SIZE).type, IMAGE_UNKNOWN);
	m->bytes[446 + 4] = 0x83;
	assert_non_null(strstr(kind_of(m, SIZE).why.msg, "USB stick"));
	/* The same before a file system: a hybrid is a disc. */
	add_iso(m, BLOCKS);
	assert_int_equal(kind_of(m, SIZE).type, IMAGE_ISO9660);
	assert_int_equal(kind_of(m, SIZE).why.code, 0);
}

static void sheets(void **state)
{
	static const char text[] = "FILE \"a.bin\" BINARY\r\n  TRACK 01 AUDIO\r\n";
	struct made *m = *state;

	memcpy(m->bytes, text, sizeof(text));
	assert_int_equal(kind_of(m, strlen(text)).type, IMAGE_SHEET);
	assert_int_equal(kind_of(m, 0).type, IMAGE_UNKNOWN);
}

/* Whatever the bytes are, and however few: an answer. */
static void any_bytes(void **state)
{
	struct made *m = *state;
	uint32_t x = 1;

	add_iso(m, BLOCKS);
	add_udf(m, 19, 257, 100);
	for (int i = 0; i < 3000; i++) {
		struct image_kind kind;
		size_t at;

		x = x * 1664525U + 1013904223U;
		at = (size_t[]){ 0, 16, 19, 33, 256 }[x % 5] * BLOCK_SIZE + (x >> 8) % 300;
		m->bytes[at] = (unsigned char)(x >> 24);
		assert_int_equal(image_kind(m->fd, (x >> 4) % SIZE, &kind), 0);
		assert_true(kind.type <= IMAGE_FOREIGN);
	}
	assert_int_equal(image_kind(-1, SIZE, &(struct image_kind){ 0 }), -EBADF);
}

#define with_image(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_image(file_systems),
		with_image(cut_short),
		with_image(other_things),
		with_image(raw_sectors_and_disks),
		with_image(sheets),
		with_image(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
