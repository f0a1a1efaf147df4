/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disc in its directory: "disc" is a text with its kind, its state and a line a track; "user" are
 * blocks of 2048 bytes from address 0; "raw" are sectors of 2352 bytes from address -150; others
 * are named disc_put_file(). A disc is judged by tests from these files, so what is in them is what
 * was recorded, and no more.
 */
#include "mmc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 300 };

/* ---- the text ---- */

static const struct field {
	const char *name;
	size_t offset;
} fields[] = {
	{ "blocks", offsetof(struct disc, blocks) },
	{ "spare", offsetof(struct disc, spare) },
	{ "formatted", offsetof(struct disc, formatted) },
	{ "background", offsetof(struct disc, background) },
	{ "quick", offsetof(struct disc, quick) },
	{ "finalized", offsetof(struct disc, finalized) },
	{ "closed", offsetof(struct disc, closed) },
};

static const struct flag_name {
	unsigned flag;
	const char *name;
} flag_names[] = {
	{ TRACK_COMPLETE, "complete" },
	{ TRACK_RESERVED, "reserved" },
	{ TRACK_DAMAGED, "damaged" },
	{ TRACK_RUNOUT, "runout" },
	{ TRACK_INCREMENTAL, "incremental" },
	{ TRACK_SAO, "sao" },
};

static int32_t *field_of(struct disc *k, const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(fields); i++)
		if (strlen(fields[i].name) == len && !memcmp(fields[i].name, name, len))
			return (int32_t *)((char *)k + fields[i].offset);
	return NULL;
}

static void write_track(FILE *f, const struct track *t)
{
	fprintf(f, "track %d session %d pregap %d start %d size %d nwa %d ", t->number, t->session,
		(int)t->pregap, (int)t->start, (int)t->size, (int)t->nwa);
	fprintf(f, "control %u mode %u isrc %s flags ", t->control, t->mode,
		t->isrc[0] ? t->isrc : "-");
	for (size_t i = 0; i < COUNT(flag_names); i++)
		if (t->flags & flag_names[i].flag)
			fprintf(f, "%s,", flag_names[i].name);
	fputs("\n", f);
}

static void read_track(struct disc *k, const char *line)
{
	struct track t = { 0 };
	int flags = 0;

	if (k->ntracks == TRACKS_MAX ||
	    sscanf(line, "track %d session %d pregap %d start %d size %d nwa %d "
		   "control %u mode %u isrc %12s flags %n", &t.number, &t.session, &t.pregap,
		   &t.start, &t.size, &t.nwa, &t.control, &t.mode, t.isrc, &flags) < 9)
		return;
	if (!strcmp(t.isrc, "-"))
		t.isrc[0] = '\0';
	for (size_t i = 0; flags && i < COUNT(flag_names); i++)
		if (strstr(line + flags, flag_names[i].name))
			t.flags |= flag_names[i].flag;
	k->tracks[k->ntracks++] = t;
}

static void read_line(struct disc *k, char *line)
{
	size_t len = strcspn(line, " \n");
	int32_t *field = field_of(k, line, len);
	char type[16];

	if (field)
		*field = (int32_t)strtol(line + len, NULL, 10);
	else if (sscanf(line, "type %15s", type) == 1)
		k->kind = kind_named(type);
	else if (sscanf(line, "mcn %13s", k->mcn) != 1)
		read_track(k, line);
}

static void path_of(const struct disc *k, const char *name, char *path, size_t len)
{
	snprintf(path, len, "%s/%s", k->dir, name);
}

static struct disc *disc_alloc(const char *dir)
{
	struct disc *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	snprintf(k->dir, sizeof(k->dir), "%s", dir);
	k->user = k->raw = -1;
	return k;
}

bool file_changed(const char *path, struct stat *stamp)
{
	struct stat old = *stamp;

	if (stat(path, stamp) < 0)
		*stamp = (struct stat){ 0 };
	return stamp->st_ino != old.st_ino || stamp->st_size != old.st_size ||
	       stamp->st_mtim.tv_sec != old.st_mtim.tv_sec ||
	       stamp->st_mtim.tv_nsec != old.st_mtim.tv_nsec;
}

bool disc_changed_outside(struct disc *k)
{
	char path[PATH_MAX];

	path_of(k, "disc", path, sizeof(path));
	return file_changed(path, &k->stamp);
}

struct disc *disc_load(const char *dir)
{
	struct disc *k = disc_alloc(dir);
	char path[PATH_MAX], line[LINE_MAX_BYTES];
	FILE *f;

	if (!k)
		return NULL;
	path_of(k, "disc", path, sizeof(path));
	disc_changed_outside(k);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		read_line(k, line);
	if (f)
		fclose(f);
	if (!k->kind) {
		disc_free(k);
		return NULL;
	}
	return k;
}

void disc_save(struct disc *k)
{
	char path[PATH_MAX], new[PATH_MAX + 4];
	FILE *f;

	if (k->shadow)
		return;
	path_of(k, "disc", path, sizeof(path));
	snprintf(new, sizeof(new), "%s.new", path);
	f = fopen(new, "we");
	if (!f)
		return;
	fprintf(f, "type %s\n", k->kind->name);
	for (size_t i = 0; i < COUNT(fields); i++)
		fprintf(f, "%s %d\n", fields[i].name,
			(int)*(const int32_t *)((const char *)k + fields[i].offset));
	if (k->mcn[0])
		fprintf(f, "mcn %s\n", k->mcn);
	for (int i = 0; i < k->ntracks; i++)
		write_track(f, &k->tracks[i]);
	if (fclose(f) == 0 && rename(new, path) == 0)
		disc_changed_outside(k);
}

/* ---- a life of a disc ---- */

struct disc *disc_new(const char *dir, const struct kind *kind, const char *options)
{
	struct disc *k = disc_alloc(dir);

	if (!k)
		return NULL;
	k->kind = kind;
	k->blocks = kind->blocks;
	k->formatted = !(kind->flags & KIND_RAW);
	for (const char *p = options; *p; p += strspn(p, " \t")) {
		size_t name = strcspn(p, "= \t"), all = strcspn(p, " \t");
		int32_t *field = field_of(k, p, name);

		if (field)
			*field = p[name] == '=' ? (int32_t)strtol(p + name + 1, NULL, 10) : 1;
		p += all;
	}
	if (k->formatted && kind->flags & KIND_RAW && !k->spare)
		k->spare = format_spare(kind, &kind->formats[0], k->blocks);
	mkdir(dir, 0777);
	disc_save(k);
	return k;
}

void disc_free(struct disc *k)
{
	if (!k)
		return;
	if (k->user >= 0)
		close(k->user);
	if (k->raw >= 0)
		close(k->raw);
	free(k);
}

struct disc *disc_shadow(const struct disc *k)
{
	struct disc *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *k;
	copy->shadow = true;
	copy->user = copy->raw = -1;
	return copy;
}

static void remove_file(const struct disc *k, const char *name, int session)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), session ? "%s/%s.%d" : "%s/%s", k->dir, name, session);
	unlink(path);
}

void disc_erase(struct disc *k)
{
	static const char *const of_session[] = { "cue", "leadin", "cdtext" };

	if (k->user >= 0)
		close(k->user);
	if (k->raw >= 0)
		close(k->raw);
	k->user = k->raw = -1;
	remove_file(k, "user", 0);
	remove_file(k, "raw", 0);
	for (int session = 1; session <= 99; session++)
		for (size_t i = 0; i < COUNT(of_session); i++)
			remove_file(k, of_session[i], session);
	k->ntracks = k->closed = k->finalized = k->background = k->quick = 0;
	k->mcn[0] = '\0';
}

/* ---- what follows from the state ---- */

int32_t disc_capacity(const struct disc *k)
{
	return k->blocks - k->spare;
}

const struct track *session_last(const struct disc *k, int session)
{
	const struct track *last = NULL;

	for (int i = 0; i < k->ntracks; i++)
		if (k->tracks[i].session == session)
			last = &k->tracks[i];
	return last;
}

const struct track *session_first(const struct disc *k, int session)
{
	for (int i = 0; i < k->ntracks; i++)
		if (k->tracks[i].session == session)
			return &k->tracks[i];
	return NULL;
}

static int32_t track_end(const struct track *t)
{
	return t->size ? t->start + t->size : t->nwa;
}

int32_t session_leadout(const struct disc *k, int session)
{
	const struct track *last = session_last(k, session);

	return last ? track_end(last) : 0;
}

int32_t disc_next(const struct disc *k)
{
	const struct track *last = k->ntracks ? &k->tracks[k->ntracks - 1] : NULL;
	int32_t end;

	if (!last)
		return 0;
	end = track_end(last);
	if (!is_kind(k, KIND_CD))
		end = round_up(end, k->kind->granule);
	if (last->session <= k->closed)
		return end + (k->closed == 1 ? k->kind->gap_first : k->kind->gap);
	return is_kind(k, KIND_CD) ? end + CD_PREGAP : end;
}

int32_t disc_readable(const struct disc *k)
{
	if (is_kind(k, KIND_RANDOM))
		return k->formatted ? disc_capacity(k) : 0;
	return k->closed ? session_leadout(k, k->closed) : 0;
}

int disc_status(const struct disc *k)
{
	if (k->kind->profile == 0x12)
		return 3;
	if (is_kind(k, KIND_RANDOM))
		return k->formatted ? 2 : 0;
	if (k->finalized)
		return 2;
	/* A BD-R with spare areas has lost its blankness (MMC-5 6.22.3.1.2). */
	return k->ntracks || k->closed || k->spare;
}

struct track *disc_open_track(struct disc *k)
{
	for (int i = 0; i < k->ntracks; i++)
		if (!(k->tracks[i].flags & TRACK_COMPLETE))
			return &k->tracks[i];
	return NULL;
}

struct track *disc_track_at(struct disc *k, int32_t lba)
{
	for (int i = 0; i < k->ntracks; i++) {
		struct track *t = &k->tracks[i];

		if (lba >= t->pregap && (lba < track_end(t) || (!t->size && lba == t->nwa)))
			return t;
	}
	return NULL;
}

struct track *disc_new_track(struct disc *k, int32_t pregap, int32_t start)
{
	int max = is_kind(k, KIND_CD) ? 99 : TRACKS_MAX;
	struct track *t;

	if (k->ntracks >= max)
		return NULL;
	t = &k->tracks[k->ntracks];
	*t = (struct track){
		.number = ++k->ntracks, .session = k->closed + 1, .pregap = pregap, .start = start,
		.nwa = start, .control = 4, .mode = 1,
	};
	return t;
}

/* ---- its bytes ---- */

static int data_file(struct disc *k, unsigned bytes)
{
	int *fd = bytes == BLOCK_BYTES ? &k->user : &k->raw;
	char path[PATH_MAX];

	if (*fd < 0) {
		path_of(k, bytes == BLOCK_BYTES ? "user" : "raw", path, sizeof(path));
		*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	}
	return *fd;
}

static off_t data_at(int32_t lba, unsigned bytes)
{
	return (off_t)bytes * (bytes == BLOCK_BYTES ? lba : lba - CD_START);
}

bool disc_put(struct disc *k, int32_t lba, const uint8_t *from, unsigned bytes, uint32_t n)
{
	size_t len;

	if (k->shadow)
		return true;
	/* A pre-gap of data has no place in "user", which begins at address 0. */
	for (; n && data_at(lba, bytes) < 0; lba++, n--)
		from += bytes;
	len = (size_t)n * bytes;
	return !n || pwrite(data_file(k, bytes), from, len, data_at(lba, bytes)) == (ssize_t)len;
}

bool disc_get(struct disc *k, int32_t lba, uint8_t *to, unsigned bytes)
{
	off_t at = data_at(lba, bytes);
	ssize_t n;

	memset(to, 0, bytes);
	if (at < 0)
		return true;
	n = pread(data_file(k, bytes), to, bytes, at);
	return n >= 0;
}

static int session_file(const struct disc *k, const char *name, int session, int flags)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s.%d", k->dir, name, session);
	return open(path, flags | O_CLOEXEC, 0666);
}

void disc_put_file(const struct disc *k, const char *name, int session, off_t at, const void *from,
		   size_t len)
{
	int fd;

	if (k->shadow)
		return;
	fd = session_file(k, name, session, O_WRONLY | O_CREAT | (at ? 0 : O_TRUNC));
	if (fd < 0)
		return;
	if (pwrite(fd, from, len, at) != (ssize_t)len)
		perror("emulated recorder");
	close(fd);
}

ssize_t disc_get_file(const struct disc *k, const char *name, int session, void *to, size_t len)
{
	int fd = session_file(k, name, session, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, to, len);
	close(fd);
	return n;
}
