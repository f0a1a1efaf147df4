/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much of a disc it is, in the words of a person: bytes of data, minutes of sound.
 */
#ifndef BURNFS_BASE_AMOUNT_H
#define BURNFS_BASE_AMOUNT_H

#include <stdint.h>

#include "base/disc.h"

/* Room for any amount. */
struct amount {
	char text[32];
};

/* "4.70 GB", "31.6 MB", or "12 kB" where that is less than a tenth of one; powers of 1000. */
struct amount amount_of_bytes(uint64_t bytes);
/* "1 second", "42 seconds", "79:58 minutes", and from 100 minutes on "1:40:00 hours". */
struct amount amount_of_seconds(uint64_t seconds);
/*
 * Blocks of a disc of that format: its time, each second that was begun, if there is nothing but
 * sound on it, else its bytes.
 */
struct amount amount_of_disc(enum format, uint64_t blocks);

#endif
