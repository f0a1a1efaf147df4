/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sound_open() and sound_read() over any bytes, with the libraries behind them. What is decoded
 * twice is the same, whatever lies between, and whatever fails says why. The checksums of Ogg pages
 * are made right first, for else nothing would ever reach what lies behind them.
 */
#include <string.h>
#include <sys/mman.h>

#include "sound/sound.h"

enum { PART = 100000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libsndfile 1.2.0 forgets this much of an Ogg Vorbis file that it refuses. */
const char *__lsan_default_suppressions(void)
{
	return "leak:vorbis_info_init\n";
}

static void must(bool good)
{
	if (!good)
		abort();
}

static void check_tag(const char *tag, size_t room)
{
	size_t len = strnlen(tag, room);

	must(len < room && utf8_valid(tag, len));
	for (size_t i = 0; i < len; i++)
		must((unsigned char)tag[i] >= ' ' && tag[i] != 0x7f);
}

static void check(const struct sound_decoder *d)
{
	const struct sound_info *info = sound_info(d);
	const struct sound_tags *tags = sound_tags(d);

	must(info->bytes && info->bytes % 4 == 0);
	must(info->bytes <= (uint64_t)SOUND_HOURS * 3600 * 44100 * 4);
	must(info->kind && info->channels && info->channels <= 2 && info->rate);
	check_tag(tags->title, sizeof(tags->title));
	check_tag(tags->performer, sizeof(tags->performer));
	check_tag(tags->album, sizeof(tags->album));
}

/* As much as is asked for, or a reason. */
static ssize_t part(struct sound_decoder *d, char *buf, uint64_t pos)
{
	uint64_t bytes = sound_info(d)->bytes, left = pos < bytes ? bytes - pos : 0;
	struct err err = { 0 };
	ssize_t n = sound_read(d, buf, PART, pos, &err);

	if (n < 0)
		must(n == -EIO && err.code == EIO && *err.msg);
	else
		must((uint64_t)n == (left < PART ? left : PART));
	return n;
}

static char first[PART], again[PART];

static void decode(struct sound_decoder *d)
{
	uint64_t bytes = sound_info(d)->bytes;
	ssize_t n = part(d, first, 0);

	if (bytes < 5 * PART)
		part(d, again, bytes - 1);
	part(d, again, PART - 3);
	must(part(d, again, 0) == n && (n < 0 || !memcmp(first, again, (size_t)n)));
}

/* RFC 3533: 27 bytes with the checksum in 22 to 25, the lengths of segments, the segments. */
static void mend_page(uint8_t *page, size_t len)
{
	uint32_t crc = 0;

	memset(page + 22, 0, 4);
	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)page[i] << 24;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7 : 0);
	}
	for (int i = 0; i < 4; i++)
		page[22 + i] = (uint8_t)(crc >> 8 * i);
}

static void mend_ogg(uint8_t *data, size_t size)
{
	for (size_t pos = 0; size - pos >= 27 && !memcmp(data + pos, "OggS", 4);) {
		size_t len = 27 + data[pos + 26];

		for (size_t i = 27; i < 27 + (size_t)data[pos + 26] && pos + i < size; i++)
			len += data[pos + i];
		if (len > size - pos)
			return;
		mend_page(data + pos, len);
		pos += len;
	}
}

static int file_of(const uint8_t *data, size_t size)
{
	cleanup_close int fd = memfd_create("sound", MFD_CLOEXEC);
	cleanup_free uint8_t *copy = malloc(size + 1);

	must(fd >= 0 && copy);
	if (size)
		memcpy(copy, data, size);
	mend_ogg(copy, size);
	must(write_at(fd, copy, size, 0) == 0);
	return steal_fd(&fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_close int fd = file_of(data, size);
	struct sound_decoder *d = NULL;
	struct err err = { 0 };
	int ret = sound_open(&d, fd, size, 0, &err);
	if (ret < 0) {
		must(!d && (ret == -EINVAL || ret == -EIO) && err.code == -ret && *err.msg);
		return 0;
	}
	check(d);
	decode(d);
	/* It was cut since it was counted. */
	must(ftruncate(fd, (off_t)(size / 2)) == 0);
	part(d, first, PART);
	part(d, first, 0);
	sound_close(d);
	return 0;
}
