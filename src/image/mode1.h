/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CD-ROM sectors as they lie in raw images: what surrounds 2048 bytes of data (ECMA-130, Mode 1).
 * Drives make this themselves from blocks of 2048; only BIN files of mixed discs need it. Any
 * number of threads may call it at once.
 */
#ifndef BURNFS_IMAGE_MODE1_H
#define BURNFS_IMAGE_MODE1_H

#include <stdint.h>

#include "base/disc.h"

/*
 * Make the raw sector of @lba (0 is the first after the pregap: address 00:02:00) of 2048 user
 * bytes: sync, header in BCD, EDC, 8 zero bytes, P and Q parity (ECMA-130 clause 14, annexes A
 * and B). It is not scrambled. @data must not overlap @out, and needs no alignment. Addresses end
 * with 99:59:74, which is @lba 449,849: from there they start over with 00:00:00, so callers refuse
 * discs that long.
 */
void sector_mode1(unsigned char out[static SECTOR_SIZE],
		  const unsigned char data[static BLOCK_SIZE], uint32_t lba);

#endif
