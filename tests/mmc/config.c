/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GET CONFIGURATION: profiles and features (MMC-5 5.2 to 5.4). A feature is a row: it is current
 * with the profiles that it names, or always.
 */
#include "mmc.h"

#include <string.h>

enum { FEATURE_MAX = 64, PERSISTENT = 2, WRITABLE_PROFILES = 12 };

static const uint16_t read_only[] = { 0x10, 0x08, 0x40 };

/* Those whose content depends on the disc fill it in. */
static void fill_random_writable(const struct disc *k, uint8_t *data)
{
	put32(data, (uint32_t)(k ? disc_readable(k) - 1 : 0));
	put32(data + 4, BLOCK_BYTES);
	put16(data + 8, k ? (uint32_t)k->kind->granule : 16);
}

static void fill_readable(const struct disc *k, uint8_t *data)
{
	put32(data, BLOCK_BYTES);
	put16(data + 4, k ? (uint32_t)k->kind->granule : 1);
}

#define CDS 0x09, 0x0a
#define DVDS 0x11, 0x12, 0x13, 0x14, 0x15, 0x1a, 0x1b, 0x2b
#define BDS 0x41, 0x43

static const struct feature {
	uint16_t code;
	uint8_t version;
	uint8_t length;
	uint8_t data[20];
	uint16_t profiles[WRITABLE_PROFILES];   /* none: always current */
	void (*fill)(const struct disc *k, uint8_t *data);
} features[] = {
	{ 0x0001, 2, 8, { 0, 0, 0, 7, 3 } },                             /* core, Serial ATAPI */
	{ 0x0002, 1, 4, { 2 } },                                         /* morphing */
	{ 0x0003, 0, 4, { 0x29 } },                                      /* tray, eject, lock */
	{ 0x0010, 0, 8, { 0 }, { CDS, DVDS, BDS }, fill_readable },      /* random readable */
	{ 0x001d, 0, 0, { 0 }, { CDS } },                                /* multi-read */
	{ 0x001e, 2, 4, { 0x03 }, { CDS } },                             /* CD read: C2, CD-TEXT */
	{ 0x001f, 1, 4, { 0x01, 0, 0x01 }, { DVDS } },                   /* DVD read */
	{ 0x0020, 1, 12, { 0 }, { 0x12, 0x1a, 0x43 }, fill_random_writable },
	/* incremental streaming writable; formattable */
	{ 0x0021, 3, 8, { 0x05, 0x01, 0x01, 1, 16 }, { CDS, 0x11, 0x14, 0x15, 0x41 } },
	{ 0x0023, 1, 8, { 0x0f }, { 0x12, 0x13, 0x14, 0x1a, BDS } },
	{ 0x0024, 1, 4, { 0x80 }, { 0x12, 0x43 } },                      /* defect management */
	{ 0x002a, 0, 4, { 0x01, 0x02 }, { 0x1a } },                      /* DVD+RW */
	{ 0x002b, 0, 4, { 0x01 }, { 0x1b } },                            /* DVD+R */
	{ 0x002c, 0, 4, { 0x03 }, { 0x13 } },                            /* restricted overwrite */
	{ 0x002d, 2, 4, { 0x46, 0, 0x05, 0x01 }, { CDS } },              /* track at once */
	{ 0x002e, 1, 4, { 0x66, 0, 0x0c, 0x80 }, { CDS } },              /* session at once */
	{ 0x002f, 1, 4, { 0x46 }, { 0x11, 0x14, 0x15 } },                /* DVD-R write */
	{ 0x0037, 0, 4, { 0, 0x1f }, { 0x0a } },                         /* CD-RW write */
	{ 0x003b, 0, 4, { 0x01 }, { 0x2b } },                            /* DVD+R double layer */
	{ 0x0040, 0, 20, { 0, 0, 0, 0, 0, 0x0f, 0, 0x0f, 0, 0, 0, 0, 0, 0x0f }, { BDS } },
	{ 0x0041, 0, 20, { 0, 0, 0, 0, 0, 0x0f, 0, 0x0f, 0, 0, 0, 0, 0, 0x0f }, { BDS } },
	{ 0x0100, 0, 0 },                                                /* power management */
	{ 0x0105, 0, 4, { 0 } },                                         /* timeout */
	{ 0x0107, 4, 4, { 0x1f }, { CDS, DVDS, BDS } },                  /* real time streaming */
	{ 0x0108, 0, 8, { 'M', 'M', 'C', '0', '0', '0', '0', '1' } },    /* serial number */
};

static bool is_current(const struct drive *d, const struct feature *f)
{
	if (!f->profiles[0])
		return true;
	if (!d->disc)
		return false;
	/* After a minimal blanking there is no incremental recording (MMC-5 5.3.11). */
	if (f->code == 0x0021 && d->disc->quick)
		return false;
	for (size_t i = 0; i < COUNT(f->profiles); i++)
		if (f->profiles[i] == d->disc->kind->profile)
			return true;
	return false;
}

static size_t put_feature(const struct drive *d, const struct feature *f, uint8_t *to)
{
	put16(to, f->code);
	to[2] = (uint8_t)(f->version << 2 | (f->profiles[0] ? 0 : PERSISTENT) | is_current(d, f));
	to[3] = f->length;
	memcpy(to + 4, f->data, f->length);
	if (f->fill)
		f->fill(d->disc, to + 4);
	if (f->code == 0x0108)
		to[4 + 7] = (uint8_t)('1' + d->number);
	return 4u + f->length;
}

static size_t put_profiles(const struct drive *d, uint8_t *to)
{
	size_t n = 4;

	for (size_t i = kinds_count; i-- > 0; n += 4) {
		put16(to + n, kinds[i].profile);
		to[n + 2] = d->disc && d->disc->kind == &kinds[i];
		to[n + 3] = 0;
	}
	for (size_t i = 0; i < COUNT(read_only); i++, n += 4)
		put32(to + n, (uint32_t)read_only[i] << 16);
	put16(to, 0);
	to[2] = PERSISTENT | 1;
	to[3] = (uint8_t)(n - 4);
	return n;
}

/* RT: 0 all features, 1 those that are current, 2 the one that is named (MMC-5 6.6). */
static bool is_wanted(const struct drive *d, const struct feature *f, unsigned rt, unsigned first)
{
	if (rt == 2)
		return f->code == first;
	return f->code >= first && (rt == 0 || is_current(d, f));
}

int do_configuration(struct drive *d, struct cmd *c)
{
	uint8_t data[8 + 4 * (WRITABLE_PROFILES + 4) + COUNT(features) * FEATURE_MAX] = { 0 };
	unsigned rt = c->cdb[1] & 3, first = get16(c->cdb + 2);
	size_t n = 8;

	if (rt == 3)
		return CDB_FIELD;
	if (first == 0)
		n += put_profiles(d, data + n);
	for (size_t i = 0; i < COUNT(features); i++)
		if (is_wanted(d, &features[i], rt, first))
			n += put_feature(d, &features[i], data + n);
	put32(data, (uint32_t)n - 4);
	put16(data + 6, d->disc ? d->disc->kind->profile : 0);
	return reply(c, data, n, get16(c->cdb + 7));
}
