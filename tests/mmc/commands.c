/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command table, a row an opcode, and the commands that are about the drive and not about what
 * is recorded.
 */
#include "mmc.h"

#include <string.h>

static int do_test_ready(struct drive *d, struct cmd *c)
{
	(void)d;
	(void)c;
	return 0;
}

/* Descriptor format is not supported (SPC-3 6.27: DESC). */
static int do_request_sense(struct drive *d, struct cmd *c)
{
	uint8_t data[18];

	if (c->cdb[1] & 1)
		return CDB_FIELD;
	if (d->busy)
		fill_sense(data, d->busy_sense, progress(d));
	else if (d->attention)
		fill_sense(data, d->attention, 0);
	else
		memcpy(data, d->last_sense, sizeof(data));
	data[0] |= 0x70;
	data[7] = 10;
	d->attention = 0;
	memset(d->last_sense, 0, sizeof(d->last_sense));
	return reply(c, data, sizeof(data), c->cdb[4]);
}

int do_inquiry(struct drive *d, struct cmd *c)
{
	uint8_t data[96] = { 0x05, 0x80, 0x05, 0x02, 96 - 5 };
	uint8_t page[] = { 0x05, c->cdb[2], 0, 4, 0, 0, 0, 0 };
	char product[17];

	if (c->cdb[1] & 1) {
		if (c->cdb[2] != 0x00 && c->cdb[2] != 0x80)
			return CDB_FIELD;
		memcpy(page + 4, c->cdb[2] ? "MMC0" : "\0\x80\0\0", 4);
		if (c->cdb[2])
			page[7] = (uint8_t)('0' + d->number);
		page[3] = c->cdb[2] ? 4 : 2;
		return reply(c, page, 4 + page[3], get16(c->cdb + 3));
	}
	if (c->cdb[2])
		return CDB_FIELD;
	snprintf(product, sizeof(product), "%-16s", d->number ? "EMULATED TWO" : "EMULATED ONE");
	memcpy(data + 8, "BURNFS  ", 8);
	memcpy(data + 16, product, 16);
	memcpy(data + 32, "1.00", 4);
	return reply(c, data, sizeof(data), get16(c->cdb + 3));
}

static int load_or_eject(struct drive *d, bool load)
{
	if (!load && d->prevented)
		return REMOVAL_PREVENTED;
	drive_set_tray(d, !load);
	return 0;
}

static int do_start_stop(struct drive *d, struct cmd *c)
{
	if (c->cdb[4] & 0xf0)
		return 0; /* power conditions */
	if (c->cdb[4] & 2)
		return load_or_eject(d, c->cdb[4] & 1);
	if (!(c->cdb[4] & 1))
		return 0;
	if (d->tray_open)
		return NO_MEDIUM_TRAY_OPEN;
	if (!d->disc)
		return NO_MEDIUM;
	if (!(c->cdb[1] & 1))
		d->spin_up = 0;
	return 0;
}

static int do_prevent(struct drive *d, struct cmd *c)
{
	d->prevented = c->cdb[4] & 1;
	return 0;
}

/* Polled only, and of the classes only 4, of media (MMC-5 6.7). */
static int do_event(struct drive *d, struct cmd *c)
{
	uint8_t data[8] = { 0, 6, 4, 1 << 4 };

	if (!(c->cdb[1] & 1))
		return CDB_FIELD;
	if (!(c->cdb[4] & 1 << 4)) {
		memcpy(data, (uint8_t[]){ 0, 2, 0x80, 1 << 4 }, 4);
		return reply(c, data, 4, get16(c->cdb + 7));
	}
	data[4] = d->event;
	data[5] = (uint8_t)(d->tray_open | (d->disc != NULL) << 1);
	d->event = 0;
	return reply(c, data, sizeof(data), get16(c->cdb + 7));
}

static int do_buffer_capacity(struct drive *d, struct cmd *c)
{
	uint8_t data[12] = { 0, 10 };
	uint32_t size = 4 * 1024 * 1024, used = (uint32_t)(d->faults.commands % 32) * 32768;

	data[3] = c->cdb[1] & 1;
	put32(data + 4, size >> (data[3] ? 11 : 0));
	put32(data + 8, (size - used) >> (data[3] ? 11 : 0));
	return reply(c, data, sizeof(data), get16(c->cdb + 7));
}

static int do_set_speed(struct drive *d, struct cmd *c)
{
	(void)d;
	return c->cdb[1] & 0xfc ? CDB_FIELD : 0;
}

/*
 * The performance descriptor (MMC-5 table 650): an address range and two speeds, of which none may
 * be 0 time.
 */
static int do_set_streaming(struct drive *d, struct cmd *c)
{
	(void)d;
	if (c->cdb[8])
		return CDB_FIELD;
	if (get16(c->cdb + 9) != 28 || c->len < 28)
		return LIST_LENGTH;
	if (get32(c->data + 4) > get32(c->data + 8) && !(c->data[0] & 4))
		return LIST_FIELD;
	if (!(c->data[0] & 4) && (!get32(c->data + 16) || !get32(c->data + 24)))
		return LIST_FIELD;
	c->done = 28;
	return 0;
}

static const struct command commands[] = {
	{ 0x00, "TEST READY", NEEDS_BOTH, do_test_ready },
	{ 0x03, "REQUEST SENSE", NO_ATTENTION, do_request_sense },
	{ 0x04, "FORMAT", NEEDS_BOTH | HAS_LIST, do_format },
	{ 0x12, "INQUIRY", NO_ATTENTION, do_inquiry },
	{ 0x1b, "START STOP", NEEDS_IDLE, do_start_stop },
	{ 0x1e, "PREVENT ALLOW", 0, do_prevent },
	{ 0x23, "FORMAT CAPS", NEEDS_IDLE, do_format_capacities },
	{ 0x25, "READ CAPACITY", NEEDS_BOTH, do_capacity },
	{ 0x28, "READ 10", NEEDS_BOTH, do_read },
	{ 0x2a, "WRITE 10", NEEDS_BOTH, do_write },
	{ 0x35, "FLUSH", NEEDS_BOTH, do_flush },
	{ 0x43, "READ TOC", NEEDS_BOTH, do_toc },
	{ 0x46, "CONFIGURATION", NO_ATTENTION, do_configuration },
	{ 0x4a, "EVENT STATUS", NO_ATTENTION, do_event },
	{ 0x51, "DISC INFO", NEEDS_BOTH, do_disc_info },
	{ 0x52, "TRACK INFO", NEEDS_BOTH, do_track_info },
	{ 0x53, "RESERVE TRACK", NEEDS_BOTH, do_reserve },
	{ 0x54, "SEND OPC", NEEDS_BOTH, do_opc },
	{ 0x55, "MODE SELECT", HAS_LIST, do_mode_select },
	{ 0x5a, "MODE SENSE", 0, do_mode_sense },
	{ 0x5b, "CLOSE", NEEDS_BOTH, do_close },
	{ 0x5c, "BUFFER CAP", NEEDS_MEDIUM, do_buffer_capacity },
	{ 0x5d, "CUE SHEET", NEEDS_BOTH, do_cue_sheet },
	{ 0xa1, "BLANK", NEEDS_BOTH, do_blank },
	{ 0xa8, "READ 12", NEEDS_BOTH, do_read },
	{ 0xaa, "WRITE 12", NEEDS_BOTH, do_write },
	{ 0xac, "PERFORMANCE", 0, do_performance },
	{ 0xad, "STRUCTURE", NEEDS_BOTH, do_structure },
	{ 0xb6, "SET STREAMING", HAS_LIST, do_set_streaming },
	{ 0xb9, "READ CD MSF", NEEDS_BOTH, do_read_cd },
	{ 0xbb, "SET CD SPEED", 0, do_set_speed },
	{ 0xbe, "READ CD", NEEDS_BOTH, do_read_cd },
};

const struct command *command_of(uint8_t opcode)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		if (commands[i].opcode == opcode)
			return &commands[i];
	return NULL;
}
