/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of a drive: a line a command, with its result in words.
 */
#include "mmc.h"

#include <string.h>
#include <unistd.h>

enum { LIST_SHOWN = 64 };

static const char *sense_text(int sense)
{
	static const struct {
		int sense;
		const char *text;
	} texts[] = {
		{ BECOMING_READY, "becoming ready" },
		{ FORMATTING, "formatting" },
		{ LONG_WRITE, "long write in progress" },
		{ NO_MEDIUM, "no medium" },
		{ NO_MEDIUM_TRAY_OPEN, "no medium, tray open" },
		{ WRITE_ERROR, "write error" },
		{ READ_ERROR, "unrecovered read error" },
		{ POWER_CALIBRATION, "power calibration area error" },
		{ INTERNAL_FAILURE, "internal target failure" },
		{ LIST_LENGTH, "parameter list length" },
		{ NO_SUCH_COMMAND, "no such command" },
		{ LBA_RANGE, "address out of range" },
		{ WRITE_ADDRESS, "invalid address for write" },
		{ CDB_FIELD, "invalid field in the command" },
		{ LIST_FIELD, "invalid field in the parameters" },
		{ SEQUENCE, "command sequence" },
		{ WRONG_MEDIUM, "incompatible medium" },
		{ CANNOT_WRITE, "cannot write such a medium" },
		{ NOT_FORMATTED, "medium not formatted" },
		{ NOT_SAVED, "parameters are not saved" },
		{ REMOVAL_PREVENTED, "medium removal prevented" },
		{ TRACK_END, "end of user area" },
		{ TRACK_MODE, "illegal mode for this track" },
		{ FIXATION, "session fixation" },
		{ RESERVED_UNFILLED, "reserved track not filled" },
		{ MEDIUM_CHANGED, "medium changed" },
		{ WRITE_PROTECTED, "write protected" },
		{ BLANK_CHECK, "blank" },
	};

	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].sense == (sense & ~DEFERRED))
			return texts[i].text;
	return "";
}

/* " [00 01 …]" */
static int put_list(char *to, size_t size, const struct cmd *c)
{
	size_t len = c->len < LIST_SHOWN ? c->len : LIST_SHOWN;
	int n = snprintf(to, size, " ");

	for (size_t i = 0; i < len; i++)
		n += snprintf(to + n, size - (size_t)n, "%c%02x", i ? ' ' : '[', c->data[i]);
	return n + snprintf(to + n, size - (size_t)n, "%s", len ? "]" : "");
}

void log_command(struct drive *d, const struct cmd *c, int r)
{
	char line[300 + 3 * LIST_SHOWN];
	int n = snprintf(line, sizeof(line), "%d %llu %-14s", (int)getpid(),
			 (unsigned long long)d->faults.commands, c->row ? c->row->name : "?");

	for (int i = 0; i < c->cdb_len && i < 16; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " %02x", c->cdb[i]);
	if (c->row && c->row->flags & HAS_LIST && r >= 0)
		n += put_list(line + n, sizeof(line) - (size_t)n, c);
	if (r < 0)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " : %s\n", strerrorname_np(-r));
	else if (c->sense)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " : %s%x/%02x/%02x %s\n",
			      c->sense & DEFERRED ? "deferred " : "", c->sense >> 16 & 15,
			      c->sense >> 8 & 255, c->sense & 255, sense_text(c->sense));
	else
		n += snprintf(line + n, sizeof(line) - (size_t)n, " : ok %zu\n", c->done);
	if (d->log >= 0 && write(d->log, line, (size_t)n) != n)
		d->log = -1;
}
