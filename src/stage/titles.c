/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tracks and the disc are called: extended attributes that mean something. */
#include "stage/priv.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <linux/limits.h>

/* Whether nothing can lie before this track. lock held */
static bool is_first(const struct stage *s, const struct node *n)
{
	struct track_list list;
	bool first = tree_is_empty(&s->tree) && tracks_list(&s->tree, s->gap, &list) == 0;

	if (!first)
		return false;
	first = list.n && list.files[0].node == n;
	tracks_free(&list);
	return first;
}

int audio_title_check(struct stage *s, const struct node *n, const char *name, const void *value,
		      size_t len, struct title_edit *edit)
{
	bool disc = n == s->tree.root[BRANCH_AUDIO];
	struct err err = { 0 };
	bool first;
	int r;

	edit->says = false;
	if (n->branch != BRANCH_AUDIO || (!disc && !node_is_file(n)))
		return 0;
	lock_read(s);
	if (disc)
		edit->next = s->titles;
	else if (n->track)
		edit->next = n->track->titles;
	else
		edit->next = TITLES_NONE;
	first = strcmp(name, "user.pregap") == 0 && is_first(s, n);
	unlock(s);
	r = titles_set(&edit->next, disc, name, value, len, &err);
	if (r < 0)
		return stage_refuse(s, err.code, "%s: %s", name, err.msg);
	if (first && edit->next.pregap)
		return stage_refuse(s, EINVAL,
				    "%s: the first track of an audio disc always has a pregap "
				    "of 2 seconds: set user.pregap on a later track",
				    name);
	edit->says = r > 0;
	return 0;
}

void audio_title_keep(struct stage *s, struct node *n, const struct title_edit *edit)
{
	if (!edit->says)
		return;
	if (n == s->tree.root[BRANCH_AUDIO])
		s->titles = edit->next;
	else if (track_info(n))
		n->track->titles = edit->next;
}

/* What the attributes of an object say, in the stash it was taken up from; mostly nothing. */
static bool read_titles(struct stash *stash, int fd, bool disc, struct titles *out)
{
	cleanup_free char *value = malloc(XATTR_SIZE_MAX);
	bool says = false;
	const char *name;
	struct err err;

	*out = TITLES_NONE;
	for (size_t i = 0; value && (name = titles_attribute(i)); i++) {
		ssize_t n = stash_xattr_get(stash, fd, name, value, XATTR_SIZE_MAX);

		if (n >= 0 && titles_set(out, disc, name, value, (size_t)n, &err) > 0)
			says = true;
	}
	return says;
}

void audio_take_titles(struct stage *s, struct node *n, const char *path)
{
	cleanup_close int fd = -1;
	struct title_edit edit;

	if (n->branch != BRANCH_AUDIO || (!node_is_file(n) && n != s->tree.root[BRANCH_AUDIO]))
		return;
	fd = stash_open_file(s->stash, path, O_RDONLY);
	if (fd < 0)
		return;
	edit.says = read_titles(s->stash, fd, node_is_dir(n), &edit.next);
	lock_write(s);
	audio_title_keep(s, n, &edit);
	unlock(s);
}
