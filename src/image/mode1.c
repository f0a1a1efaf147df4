/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CD-ROM Mode 1 sectors. The parity is that of 86 and 52 codewords, byte by byte side by side: so
 * eight of them are calculated at once in a 64-bit word, a byte of it for each, without tables.
 * Only the EDC has tables, which the first call makes.
 */
#include "image/mode1.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

/* Where things are (ECMA-130 clause 14.1). */
enum {
	HEADER_AT = 12,
	DATA_AT = 16,
	EDC_AT = DATA_AT + BLOCK_SIZE,
	ZEROS_AT = EDC_AT + 4,
	P_AT = ZEROS_AT + 8,
};

/* The words of 2 bytes from the header on, which the parity covers (ECMA-130 annex A). */
enum {
	WORD = 2,
	P_ROWS = 24,            /* data words of a P codeword */
	P_COLUMNS = 43,         /* P codewords for each byte of a word */
	Q_ROWS = 43,            /* data and P words of a Q codeword */
	Q_COLUMNS = 26,         /* Q codewords for each byte of a word */
	Q_STEP = 43,            /* words from a Q codeword to the next */
	Q_WORDS = Q_ROWS * Q_COLUMNS,
	Q_AT = HEADER_AT + Q_WORDS * WORD,
};
_Static_assert(P_AT == HEADER_AT + P_ROWS * P_COLUMNS * WORD, "P follows its words");
_Static_assert(Q_AT + 2 * Q_COLUMNS * WORD == SECTOR_SIZE, "Q ends the sector");

enum {
	FIRST_ADDRESS = 150,    /* of LBA 0, in sectors */
	ADDRESSES = 100 * 60 * SECTORS_PER_SECOND,
	LANES = sizeof(uint64_t),
};

/*
 * (x^16 + x^15 + x^2 + 1)(x^16 + x^2 + x + 1) without x^32, the lowest bit standing for x^31, for
 * the lowest bit of a byte comes first (ECMA-130 clause 14.3).
 */
#define EDC_POLYNOMIAL 0xd8018001U

static pthread_once_t edc_once = PTHREAD_ONCE_INIT;
static uint32_t edc_table[4][256]; /* [i]: what a byte does to the EDC with i bytes after it */

static void make_edc_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t edc = i;

		for (int bit = 0; bit < 8; bit++)
			edc = edc >> 1 ^ (edc & 1 ? EDC_POLYNOMIAL : 0);
		edc_table[0][i] = edc;
	}
	for (int after = 1; after < 4; after++) {
		for (int i = 0; i < 256; i++) {
			uint32_t before = edc_table[after - 1][i];

			edc_table[after][i] = before >> 8 ^ edc_table[0][before & 0xff];
		}
	}
}

/* The EDC of @len bytes, a multiple of 4. */
static uint32_t edc_of(const unsigned char *p, size_t len)
{
	uint32_t edc = 0;

	for (const unsigned char *end = p + len; p < end; p += 4) {
		edc ^= p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		edc = edc_table[3][edc & 0xff] ^ edc_table[2][edc >> 8 & 0xff] ^
		      edc_table[1][edc >> 16 & 0xff] ^ edc_table[0][edc >> 24];
	}
	return edc;
}

/* Eight bytes times alpha in the field of x^8 + x^4 + x^3 + x^2 + 1 (ECMA-130 annex A). */
static inline uint64_t times_alpha(uint64_t v)
{
	uint64_t carries = v >> 7 & UINT64_C(0x0101010101010101);

	return (v & UINT64_C(0x7f7f7f7f7f7f7f7f)) << 1 ^ carries * 0x1d;
}

/* Eight bytes by 1 + alpha: times alpha^7 + alpha^6 + alpha^5 + alpha^4 + alpha^2, its inverse. */
static inline uint64_t by_one_plus_alpha(uint64_t v)
{
	uint64_t v2 = times_alpha(times_alpha(v));
	uint64_t v4 = times_alpha(times_alpha(v2));
	uint64_t v5 = times_alpha(v4);
	uint64_t v6 = times_alpha(v5);

	return v2 ^ v4 ^ v5 ^ v6 ^ times_alpha(v6);
}

/*
 * The two parity bytes of each of @width codewords, whose bytes are the columns of @rows: those in
 * out[0] to out[width - 1], these in the @width bytes after. They make zero of the sum of the
 * codeword, and of its sum with each byte times alpha to the power of the bytes after it.
 */
static void add_parity(const unsigned char *rows, size_t nrows, size_t width, unsigned char *out)
{
	for (size_t column = 0; column < width; column += LANES) {
		/* The last step does some codewords again, so that none reaches beyond the rows. */
		size_t at = column < width - LANES ? column : width - LANES;
		uint64_t sum = 0, weighted = 0, first, second;

		for (size_t i = 0; i < nrows; i++) {
			uint64_t row;

			memcpy(&row, rows + i * width + at, sizeof(row));
			sum ^= row;
			weighted = times_alpha(weighted) ^ row;
		}
		weighted = times_alpha(times_alpha(weighted)); /* two bytes follow */
		first = by_one_plus_alpha(sum ^ weighted);
		second = sum ^ first;
		memcpy(out + at, &first, sizeof(first));
		memcpy(out + width + at, &second, sizeof(second));
	}
}

/* The Q codewords run through the words diagonally: lay them side by side. */
static void add_q(unsigned char *out)
{
	unsigned char rows[Q_ROWS][Q_COLUMNS][WORD];

	for (unsigned row = 0; row < Q_ROWS; row++) {
		unsigned from = (Q_STEP + 1) * row % Q_WORDS;

		for (unsigned column = 0; column < Q_COLUMNS; column++) {
			memcpy(rows[row][column], out + HEADER_AT + from * WORD, WORD);
			from += Q_STEP;
			if (from >= Q_WORDS)
				from -= Q_WORDS;
		}
	}
	add_parity(rows[0][0], Q_ROWS, Q_COLUMNS * WORD, out + Q_AT);
}

static unsigned char bcd(uint32_t n)
{
	return (unsigned char)(n / 10 << 4 | n % 10);
}

static void add_header(unsigned char *out, uint32_t lba)
{
	static const unsigned char sync[HEADER_AT] = {
		0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00
	};
	uint32_t address = (lba % ADDRESSES + FIRST_ADDRESS) % ADDRESSES;

	memcpy(out, sync, sizeof(sync));
	out[HEADER_AT] = bcd(address / SECTORS_PER_SECOND / 60);
	out[HEADER_AT + 1] = bcd(address / SECTORS_PER_SECOND % 60);
	out[HEADER_AT + 2] = bcd(address % SECTORS_PER_SECOND);
	out[HEADER_AT + 3] = 1; /* the mode */
}

void sector_mode1(unsigned char out[static SECTOR_SIZE],
		  const unsigned char data[static BLOCK_SIZE], uint32_t lba)
{
	uint32_t edc;

	pthread_once(&edc_once, make_edc_table);
	add_header(out, lba);
	memcpy(out + DATA_AT, data, BLOCK_SIZE);
	edc = edc_of(out, EDC_AT);
	for (int i = 0; i < 4; i++)
		out[EDC_AT + i] = (unsigned char)(edc >> 8 * i);
	memset(out + ZEROS_AT, 0, P_AT - ZEROS_AT);
	add_parity(out + HEADER_AT, P_ROWS, P_COLUMNS * WORD, out + P_AT);
	add_q(out);
}
