/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * audio_judge() over any bytes: the first one chooses the name. A verdict must be one that a burn
 * can rely on, also where the file is shorter than what was said of it.
 */
#include <string.h>
#include <sys/mman.h>

#include "sound/audio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void check_verdict(const struct sound *s, uint64_t size)
{
	switch (s->state) {
	case SOUND_OK:
		must(s->bytes > 0 && s->bytes % 4 == 0);
		must(s->decoded || (s->offset <= size && s->bytes <= size - s->offset));
		must(s->why.code == 0);
		break;
	case SOUND_EMPTY:
		must(size == 0);
		break;
	case SOUND_BAD:
		must((s->why.code == EINVAL || s->why.code == EIO) && *s->why.msg);
		break;
	case SOUND_UNJUDGED:
	case SOUND_NO_ROOM:
		must(false);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a.wav", "d/b.WAVE", "c.cdr",
					     "d.mp3", "e.txt",	  ".hidden.wav" };
	const char *name = names[size ? data[0] % ARRAY_SIZE(names) : 0];
	cleanup_close int fd = memfd_create("sound", MFD_CLOEXEC);
	struct sound_tags tags;
	struct sound sound;
	uint64_t len = size ? size - 1 : 0;

	must(fd >= 0 && (!len || write_at(fd, data + 1, (size_t)len, 0) == 0));
	audio_judge(fd, name, len, &sound, &tags);
	check_verdict(&sound, len);
	must(audio_is_track(name) || !len || sound.state == SOUND_BAD);
	/* It grew since, or was cut. */
	audio_judge(fd, name, len + 1000, &sound, &tags);
	check_verdict(&sound, len + 1000);
	audio_judge(fd, name, len / 2, &sound, &tags);
	check_verdict(&sound, len / 2);
	return 0;
}
