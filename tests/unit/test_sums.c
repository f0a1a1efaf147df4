/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files with checksums: what is read of them, and sums that are computed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "imagefile/sums.h"

#define MD5_ABC "900150983cd24fb0d6963f7d28e17f72"
#define SHA1_ABC "a9993e364706816aba3e25717850c26c9cd0d89d"
#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* How many sums of @wanted a text has, in a file of that name. */
static unsigned count(const char *name, const char *text, const char *wanted)
{
	struct err err = { 0 };
	struct sums *s;
	unsigned n = 0;
	size_t at = 0;

	assert_int_equal(sums_parse(&s, name, text, strlen(text), &err), 0);
	while (sums_find(s, wanted, &at))
		n++;
	sums_free(s);
	return n;
}

static void names(void **state)
{
	static const char *const yes[] = {
		"SHA256SUMS", "MD5SUMS", "sha512sums",	    "a.iso.sha256",
		"a.md5",      "a.SHA1",	 "a.iso.sha256sum", "Fedora-1-CHECKSUM",
	};
	static const char *const no[] = { "a.iso", "sums.txt", "sha256", "a.sha256.asc", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_true(sums_name(yes[i]));
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_false(sums_name(no[i]));
}

static void forms(void **state)
{
	(void)state;
	assert_int_equal(count("SHA256SUMS", SHA256_ABC "  a.iso\n", "a.iso"), 1);
	assert_int_equal(count("SHA256SUMS", SHA256_ABC " *a.iso\r\n", "a.iso"), 1);
	assert_int_equal(count("SHA256SUMS", SHA256_ABC "  ./a.iso", "a.iso"), 1);
	assert_int_equal(count("SHA256SUMS", "\\" SHA256_ABC "  a\\\\b\\nc", "a\\b\nc"), 1);
	assert_int_equal(count("CHECKSUM", "SHA256 (a (1).iso) = " SHA256_ABC "\n", "a (1).iso"),
			 1);
	assert_int_equal(count("a.iso.sha256", SHA256_ABC "\n", "a.iso"), 1);
	assert_int_equal(count("a.iso.md5", "# made by hand\n" MD5_ABC " \n", "a.iso"), 1);
	assert_int_equal(count("SUMS", MD5_ABC "  a\n" SHA1_ABC "  a\nx\n\n" SHA256_ABC "  a\n",
			       "a"),
			 3);
}

static void passed_over(void **state)
{
	(void)state;
	assert_int_equal(count("SHA256SUMS", SHA256_ABC "  dir/a.iso\n", "a.iso"), 0);
	assert_int_equal(count("SHA256SUMS", SHA256_ABC "  ../a.iso\n", "a.iso"), 0);
	assert_int_equal(count("SHA256SUMS", SHA256_ABC "\n", "SHA256SUMS"), 0);
	assert_int_equal(count("SHA256SUMS", SHA256_ABC "0  a.iso\n", "a.iso"), 0);
	assert_int_equal(count("SHA256SUMS", SHA256_ABC "a.iso\n", "a.iso"), 0);
	/* Of the same length, and of another kind. */
	assert_int_equal(count("SHA256SUMS", MD5_ABC "  a.iso\n", "a.iso"), 0);
	assert_int_equal(count("B2SUMS", SHA256_ABC "  a.iso\n", "a.iso"), 0);
	assert_int_equal(count("SUMS", "SHA512/256 (a) = " SHA256_ABC "\n", "a"), 0);
	assert_int_equal(count("SUMS", "SHA256 (a) = " SHA256_ABC "00\n", "a"), 0);
	assert_int_equal(count("SUMS", "(", "a") + count("SUMS", ") = ", "") +
				 count("a.md5", "", "a"),
			 0);
}

static void values(void **state)
{
	static const char text[] = "\n" SHA1_ABC "  a\n";
	unsigned char out[SUM_KINDS][SUM_BYTES];
	const atomic_bool cancelled = true;
	const struct sum *sum;
	struct err err = { 0 };
	struct sums *s;
	size_t at = 0;
	int fd = memfd_create("sums", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(sums_parse(&s, "SUMS", text, strlen(text), &err), 0);
	sum = sums_find(s, "a", &at);
	assert_int_equal(sum->line, 2);
	assert_int_equal(sum->kind, SUM_SHA1);
	assert_int_equal(sums_compute(fd, 3, (1u << SUM_KINDS) - 1, out, NULL, NULL), 0);
	assert_memory_equal(out[SUM_SHA1], sum->bytes, sum_size(SUM_SHA1));
	assert_memory_equal(out[SUM_MD5], "\x90\x01\x50\x98", 4);
	assert_memory_equal(out[SUM_SHA512], "\xdd\xaf\x35\xa1", 4);
	assert_int_equal(sums_compute(fd, 4, 1, out, NULL, NULL), -EIO);
	assert_int_equal(sums_compute(fd, 3, 1, out, &cancelled, NULL), -ECANCELED);
	assert_int_equal(sums_read(&(struct sums *){ NULL }, "SUMS", fd, (uint64_t)SUMS_BYTES + 1,
				   &err),
			 -EFBIG);
	sums_free(s);
	sums_free(NULL);
	close(fd);
}

/* No text does harm. */
static void any_text(void **state)
{
	static const char parts[][8] = { "\\", "\n", "SHA1 (", ") = ", "90", " ", "*", "a", "\r" };
	uint32_t x = 7;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		char text[400] = SHA1_ABC;
		size_t len = i % 3 ? strlen(text) : 0;

		while (len < sizeof(text) - 8) {
			x = x * 1664525U + 1013904223U;
			len += (size_t)snprintf(text + len, 8, "%s",
						parts[(x >> 16) % ARRAY_SIZE(parts)]);
		}
		count(i % 2 ? "a.sha1" : "SUMS", text, "a");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),  cmocka_unit_test(forms),    cmocka_unit_test(passed_over),
		cmocka_unit_test(values), cmocka_unit_test(any_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
