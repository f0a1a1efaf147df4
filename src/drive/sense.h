/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a drive's refusal of a command means to a person: the cause, and what can be done.
 */
#ifndef BURNFS_DRIVE_SENSE_H
#define BURNFS_DRIVE_SENSE_H

struct sense_reason {
	unsigned key, asc;      /* as in SPC-3 4.5; of a row that counts for all, SENSE_ANY */
	int code;               /* an errno: EIO, EROFS */
	const char *words;      /* "cause: remedy" */
};

enum { SENSE_ANY = 0x100 };

/*
 * The reason in a message of libburn's: "… [3 0C 00] …" or "Sense Key 3 …, ASC 0C ASCQ 00". NULL if
 * it has none that is known. What comes back is static.
 */
const struct sense_reason *sense_reason(const char *message);

#endif
