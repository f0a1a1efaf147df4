/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths of what is staged, as the stash has them. */
#include "stage/priv.h"

#include <stdio.h>
#include <stdlib.h>

static int path_make(struct path *p, size_t (*write)(const void *, char *, size_t),
		     const void *what)
{
	size_t len = write(what, p->space, sizeof(p->space));

	p->heap = NULL;
	p->text = p->space;
	if (len < sizeof(p->space))
		return len ? 0 : -ENOENT;
	p->text = p->heap = malloc(len + 1);
	if (!p->heap)
		return -ENOMEM;
	write(what, p->heap, len + 1);
	return 0;
}

static size_t write_node_path(const void *node, char *buf, size_t len)
{
	return tree_path(node, buf, len);
}

static size_t write_name_path(const void *name, char *buf, size_t len)
{
	return tree_name_path(name, buf, len);
}

int path_of_node(struct path *p, const struct node *node)
{
	return path_make(p, write_node_path, node);
}

int path_of_name(struct path *p, const struct name *name)
{
	return path_make(p, write_name_path, name);
}

/* The path of the node's @i-th name, counted round. lock held */
static int path_of_nth(struct path *p, const struct node *n, unsigned i)
{
	const struct name *nm = n->names;

	for (i %= n->nlink ? n->nlink : 1; i > 0 && nm && nm->next_link; i--)
		nm = nm->next_link;
	return nm ? path_of_name(p, nm) : path_of_node(p, n);
}

int with_path(struct stage *s, const struct node *n,
	      int (*call)(struct stash *, const char *, void *), void *data)
{
	enum { TRIES = 64 };
	int r = -ENOENT;

	for (unsigned i = 0; i < TRIES && r == -ENOENT; i++) {
		cleanup_path struct path path = { .heap = NULL };

		lock_read(s);
		r = path_of_nth(&path, n, i);
		unlock(s);
		if (r < 0)
			break;
		r = call(s->stash, path.text, data);
	}
	return r;
}

void path_text(const struct node *n, char *buf, size_t len)
{
	struct path p;

	if (path_of_node(&p, n) < 0)
		snprintf(buf, len, "?");
	else
		snprintf(buf, len, "%.*s", (int)len - 1, p.text);
	path_free(&p);
}
