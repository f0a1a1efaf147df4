/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The note of an image that is being made. Names may hold any byte: those of the files have their
 * length before them, and the path is the last.
 */
#include <stdio.h>
#include <string.h>

#include "stash/priv.h"

#define FIRST_LINE "burnfs image 4\n"

static void add_file(struct text *note, const char *word, const struct noted_file *f)
{
	text_add(note, "%s %ju %jd %jd %ld\n", word, (uintmax_t)f->ino, (intmax_t)f->size,
		 (intmax_t)f->mtime.tv_sec, f->mtime.tv_nsec);
}

int stash_note_image(struct stash *s, const struct image_note *n)
{
	cleanup_text struct text note = { 0 };
	cleanup_close int fd = -1;
	int r;

	text_add(&note, FIRST_LINE);
	for (unsigned i = 0; i < IMAGE_FILES; i++) {
		add_file(&note, "new", &n->file[i].made);
		add_file(&note, "old", &n->file[i].old);
		text_add(&note, "%zu %s\n", strlen(n->file[i].name), n->file[i].name);
	}
	text_add(&note, "path %s", n->path);
	if (note.failed)
		return -ENOMEM;
	unlinkat(s->dir, STASH_NOTE_NEW, 0);
	fd = openat(s->dir, STASH_NOTE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_at(fd, note.data, note.len, 0);
	if (r < 0)
		return r;
	if (fsync(fd) < 0 || renameat(s->dir, STASH_NOTE_NEW, s->dir, STASH_NOTE) < 0 ||
	    fsync(s->dir) < 0)
		return -errno;
	return 0;
}

/* These two return what follows in the note; NULL, also if given it, for what is none of ours. */
static const char *parse_file(const char *text, const char *word, struct noted_file *f)
{
	uintmax_t ino;
	intmax_t size, sec;
	long nsec;
	int at = 0;

	if (!text || strncmp(text, word, strlen(word)) != 0)
		return NULL;
	text += strlen(word);
	if (sscanf(text, "%ju %jd %jd %ld%n", &ino, &size, &sec, &nsec, &at) != 4 ||
	    text[at] != '\n')
		return NULL;
	*f = (struct noted_file){ (ino_t)ino, (off_t)size, { (time_t)sec, nsec } };
	return text + at + 1;
}

static const char *parse_name(const char *text, char name[NAME_MAX + 1])
{
	size_t len;
	int at = 0;

	if (!text || sscanf(text, "%zu%n", &len, &at) != 1 || text[at] != ' ')
		return NULL;
	text += at + 1;
	if (len > NAME_MAX || strlen(text) <= len || text[len] != '\n')
		return NULL;
	memcpy(name, text, len);
	name[len] = '\0';
	return text + len + 1;
}

static int parse_note(const char *text, struct image_note *n)
{
	static const char first[] = FIRST_LINE, before_path[] = "path ";

	*n = (struct image_note){ 0 };
	if (strncmp(text, first, strlen(first)) != 0) {
		/* Of any version the path is the last line: somebody has to look there. */
		text = strstr(text, "\npath ");
		snprintf(n->path, sizeof(n->path), "%s", text ? text + strlen("\npath ") : "");
		return -EINVAL;
	}
	text += strlen(first);
	for (unsigned i = 0; i < IMAGE_FILES; i++) {
		text = parse_file(text, "new ", &n->file[i].made);
		text = parse_file(text, "old ", &n->file[i].old);
		text = parse_name(text, n->file[i].name);
	}
	if (!text || strncmp(text, before_path, strlen(before_path)) != 0)
		return -EINVAL;
	text += strlen(before_path);
	if (strlen(text) >= sizeof(n->path))
		return -ENAMETOOLONG;
	memcpy(n->path, text, strlen(text) + 1);
	return 0;
}

int stash_note_read(struct stash *s, struct image_note *n)
{
	cleanup_close int fd = openat(s->dir, STASH_NOTE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
				      O_NONBLOCK);
	char text[sizeof(*n) + 512];
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = pread(fd, text, sizeof(text) - 1, 0);
	if (len < 0)
		return -errno;
	text[len] = '\0';
	return parse_note(text, n);
}

void stash_note_adopt(struct stash *s)
{
	struct stat st;

	if (fstatat(s->dir, STASH_NOTE_FORMER, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode))
		renameat(s->dir, STASH_NOTE_FORMER, s->dir, STASH_NOTE);
}

void stash_note_clear(struct stash *s)
{
	if (unlinkat(s->dir, STASH_NOTE, 0) < 0 && errno != ENOENT)
		log_warning("cannot remove the note of an image in %s: %s", s->path,
			    strerror(errno));
}
