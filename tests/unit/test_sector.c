/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw data sectors, checked by what ECMA-130 demands of them, calculated in the slow way:
 * remainders bit by bit, and the parity check matrices times each codeword.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "base/util.h"
#include "image/mode1.h"

enum { HEADER = 12, DATA = 16, ZEROS = 2068, Q = 2248 };

static uint32_t seed = 1;

static unsigned char random_byte(void)
{
	seed = seed * 1664525 + 1013904223;
	return (unsigned char)(seed >> 24);
}

static void fill_random(unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = random_byte();
}

/* ---- the standard, slowly ---- */

/* Whether the bits of sector bytes 0 to 2067 are a multiple of the polynomial (clause 14.3). */
static bool edc_holds(const unsigned char *sector)
{
	const uint64_t a = 1 << 16 | 1 << 15 | 1 << 2 | 1, b = 1 << 16 | 1 << 2 | 1 << 1 | 1;
	uint64_t polynomial = 0, rest = 0;

	for (int i = 0; i <= 16; i++)
		if (b >> i & 1)
			polynomial ^= a << i;
	for (size_t i = 0; i < ZEROS * 8; i++) {
		rest = rest << 1 | (sector[i / 8] >> i % 8 & 1);
		if (rest >> 32)
			rest ^= polynomial;
	}
	return rest == 0;
}

static unsigned multiply(unsigned a, unsigned b)
{
	unsigned product = 0;

	for (int i = 7; i >= 0; i--) {
		product <<= 1;
		if (product & 0x100)
			product ^= 0x11d;
		if (b >> i & 1)
			product ^= a;
	}
	return product;
}

/* Whether both rows of the check matrix give 0: one of ones, one of falling powers of alpha. */
static bool codeword_holds(const unsigned char *codeword, int len)
{
	unsigned sum = 0, weighted = 0, power = 1;

	for (int i = len - 1; i >= 0; i--) {
		sum ^= codeword[i];
		weighted ^= multiply(codeword[i], power);
		power = multiply(power, 2);
	}
	return sum == 0 && weighted == 0;
}

/* @byte: 0 or 1, of each word (annex A). */
static bool p_holds(const unsigned char *sector, int byte, int n)
{
	unsigned char codeword[26];

	for (int m = 0; m < 26; m++)
		codeword[m] = sector[HEADER + 2 * (43 * m + n) + byte];
	return codeword_holds(codeword, 26);
}

static bool q_holds(const unsigned char *sector, int byte, int n)
{
	unsigned char codeword[45];

	for (int m = 0; m < 43; m++)
		codeword[m] = sector[HEADER + 2 * ((44 * m + 43 * n) % 1118) + byte];
	codeword[43] = sector[HEADER + 2 * (43 * 26 + n) + byte];
	codeword[44] = sector[HEADER + 2 * (44 * 26 + n) + byte];
	return codeword_holds(codeword, 45);
}

/* Codewords that do not hold: of 86 in P, 52 in Q. */
static void count_wrong(const unsigned char *sector, int *p, int *q)
{
	*p = *q = 0;
	for (int byte = 0; byte < 2; byte++) {
		for (int n = 0; n < 43; n++)
			*p += !p_holds(sector, byte, n);
		for (int n = 0; n < 26; n++)
			*q += !q_holds(sector, byte, n);
	}
}

/* ---- tests ---- */

static void assert_holds(const unsigned char *sector)
{
	int p, q;

	assert_true(edc_holds(sector));
	count_wrong(sector, &p, &q);
	assert_int_equal(p, 0);
	assert_int_equal(q, 0);
}

static void codes_hold(void **state)
{
	unsigned char data[BLOCK_SIZE], sector[SECTOR_SIZE];
	static const unsigned char zeros[8];

	(void)state;
	for (uint32_t round = 0; round < 200; round++) {
		fill_random(sector, sizeof(sector)); /* nothing of what was there may stay */
		if (round < 2)
			memset(data, round ? 0xff : 0, sizeof(data));
		else
			fill_random(data, sizeof(data));
		sector_mode1(sector, data, round * 2003);
		assert_memory_equal(sector + DATA, data, sizeof(data));
		assert_memory_equal(sector + ZEROS, zeros, sizeof(zeros));
		assert_holds(sector);
	}
}

/* A code that is linear shows each bit of the data on its own. */
static void every_bit_counts(void **state)
{
	unsigned char data[BLOCK_SIZE] = { 0 }, sector[SECTOR_SIZE];

	(void)state;
	for (size_t bit = 0; bit < sizeof(data) * 8; bit += 5) {
		data[bit / 8] = (unsigned char)(1 << bit % 8);
		sector_mode1(sector, data, 0);
		data[bit / 8] = 0;
		assert_holds(sector);
	}
}

static void a_wrong_byte_shows(void **state)
{
	unsigned char data[BLOCK_SIZE], sector[SECTOR_SIZE];

	(void)state;
	fill_random(data, sizeof(data));
	sector_mode1(sector, data, 4711);
	for (int i = 0; i < SECTOR_SIZE; i++) {
		unsigned char right = sector[i], change = random_byte();
		int p, q;

		sector[i] ^= change ? change : 1;
		count_wrong(sector, &p, &q);
		/* One codeword of each that covers the byte: the sync has none, Q is not in P. */
		assert_int_equal(p, i >= HEADER && i < Q);
		assert_int_equal(q, i >= HEADER);
		assert_int_equal(edc_holds(sector), i >= ZEROS);
		sector[i] = right;
	}
	assert_holds(sector);
}

static void headers(void **state)
{
	static const struct {
		uint32_t lba;
		unsigned char header[4];
	} cases[] = {
		{ 0, { 0x00, 0x02, 0x00, 0x01 } },
		{ 1, { 0x00, 0x02, 0x01, 0x01 } },
		{ 16, { 0x00, 0x02, 0x16, 0x01 } },
		{ 74, { 0x00, 0x02, 0x74, 0x01 } },
		{ 75, { 0x00, 0x03, 0x00, 0x01 } },
		{ 58 * 75 - 1, { 0x00, 0x59, 0x74, 0x01 } },
		{ 58 * 75, { 0x01, 0x00, 0x00, 0x01 } },
		{ CD80_SECTORS - 1, { 0x80, 0x01, 0x74, 0x01 } },
		{ 449849, { 0x99, 0x59, 0x74, 0x01 } },
		{ 449850, { 0x00, 0x00, 0x00, 0x01 } },
		{ 450000, { 0x00, 0x02, 0x00, 0x01 } },
		{ UINT32_MAX, { 0x37, 0x12, 0x45, 0x01 } },
	};
	static const unsigned char data[BLOCK_SIZE];
	static const unsigned char sync[] = "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
	unsigned char sector[SECTOR_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		sector_mode1(sector, data, cases[i].lba);
		assert_memory_equal(sector, sync, 12);
		assert_memory_equal(sector + HEADER, cases[i].header, 4);
		assert_holds(sector);
	}
}

static void unaligned(void **state)
{
	unsigned char data[BLOCK_SIZE + 8], sector[SECTOR_SIZE + 8], expected[SECTOR_SIZE];

	(void)state;
	fill_random(data, sizeof(data));
	for (int i = 1; i < 8; i++) {
		memset(sector, 0x55, sizeof(sector));
		sector_mode1(sector + i, data + 8 - i, 9);
		assert_holds(sector + i);
		assert_int_equal(sector[i - 1], 0x55);
		assert_int_equal(sector[i + SECTOR_SIZE], 0x55);
		memmove(data, data + 8 - i, BLOCK_SIZE);
		sector_mode1(expected, data, 9);
		assert_memory_equal(sector + i, expected, sizeof(expected));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_hold),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(a_wrong_byte_shows),
		cmocka_unit_test(headers),
		cmocka_unit_test(unaligned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
