/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drive/sense.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"

/* Sense keys and additional sense codes of SPC-3 and MMC-5. The first row that matches counts. */
static const struct sense_reason reasons[] = {
	{ 0x2, 0x04, EIO, "the drive is not ready: wait until it has settled, and try again" },
	{ 0x2, 0x30, EIO, "the drive cannot work with this disc: use another kind or make" },
	{ 0x2, 0x3a, EIO, "the disc is no longer in the drive: insert one, and try again" },
	{ 0x2, SENSE_ANY, EIO,
	  "the drive is not ready: take the disc out, put it in, and try again" },
	{ 0x3, 0x0c, EIO,
	  "the disc does not take what is written, as it is bad or dirty: use another disc or a "
	  "lower speed" },
	{ 0x3, 0x11, EIO,
	  "the disc cannot be read at that place: clean it, or try another drive" },
	{ 0x3, 0x72, EIO, "the drive cannot close the disc: use another disc or make" },
	{ 0x3, 0x73, EIO,
	  "the drive cannot adjust its laser to the disc: use another disc or make, or clean the "
	  "drive's lens" },
	{ 0x3, SENSE_ANY, EIO, "the disc is bad or dirty: clean it, or use another disc" },
	{ 0x4, 0x09, EIO, "the drive loses the track: clean the disc, or use another disc" },
	{ 0x4, SENSE_ANY, EIO,
	  "the drive has a fault: switch it off and on, and try again with another disc" },
	{ 0x5, 0x30, EIO, "the drive cannot do this with the disc: use another kind or make" },
	{ 0x5, 0x63, EIO,
	  "the disc ends before the place that the drive told: use another disc" },
	{ 0x5, SENSE_ANY, EIO,
	  "the drive does not accept a command that is needed: use another disc, or another "
	  "drive" },
	{ 0x6, 0x28, EIO, "the disc was changed meanwhile: try again" },
	{ 0x6, 0x29, EIO,
	  "the drive was reset meanwhile: check its cable and power, and try again" },
	{ 0x6, SENSE_ANY, EIO, "the drive has changed its state meanwhile: try again" },
	{ 0x7, 0x27, EROFS, "the disc is write-protected: insert another one" },
	{ 0xb, SENSE_ANY, EIO,
	  "the drive gave up in the middle: check its cable and power, and try again" },
};

/* As libburn writes them; of texts in brackets that are none it goes past. */
static bool find_sense(const char *message, unsigned *key, unsigned *asc)
{
	const char *at = strstr(message, "Sense Key ");
	unsigned ascq;
	char end;

	if (at && sscanf(at, "Sense Key %1x", key) == 1) {
		at = strstr(at, "ASC ");
		return at && sscanf(at, "ASC %2x", asc) == 1;
	}
	for (at = message; (at = strchr(at, '[')); at++)
		if (sscanf(at, "[%1x %2x %2x%c", key, asc, &ascq, &end) == 4 && end == ']')
			return true;
	return false;
}

const struct sense_reason *sense_reason(const char *message)
{
	unsigned key, asc;

	if (!find_sense(message, &key, &asc))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].key == key &&
		    (reasons[i].asc == asc || reasons[i].asc == SENSE_ANY))
			return &reasons[i];
	return NULL;
}
