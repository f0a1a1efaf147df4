/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths from the root of the mount: "data/a/b". */
#include "tree/priv.h"

#include <string.h>

static const char *const branch_names[BRANCHES] = {
	[BRANCH_DATA] = "data",
	[BRANCH_AUDIO] = "audio",
	[BRANCH_IMAGE] = "image",
};

/* Put @text before @end of the buffer if there is room; count it in any case. */
static char *path_prepend(char *buf, char *end, const char *text, size_t len)
{
	if (!end || (size_t)(end - buf) < len)
		return NULL;
	return memcpy(end - len, text, len);
}

size_t tree_name_path(const struct name *nm, char *buf, size_t len)
{
	const char *root;
	const struct name *up;
	const struct node *dir;
	size_t total = 0;
	char *end;

	for (up = nm; up; up = up->parent->names)
		total += 1u + up->len;
	for (dir = nm->parent; dir->names; dir = dir->names->parent)
		;
	if (!node_is_root(dir))
		return 0; /* in a directory that has been removed */
	root = branch_names[dir->branch];
	total += strlen(root);
	end = total < len ? buf + total : NULL;
	if (end)
		*end = '\0';
	for (up = nm; up && end; up = up->parent->names) {
		end = path_prepend(buf, end, up->text, up->len);
		end = path_prepend(buf, end, "/", 1);
	}
	if (end)
		memcpy(buf, root, strlen(root));
	return total;
}

size_t tree_path(const struct node *n, char *buf, size_t len)
{
	if (n->names)
		return tree_name_path(n->names, buf, len);
	if (!node_is_root(n))
		return 0;
	if (strlen(branch_names[n->branch]) < len)
		memcpy(buf, branch_names[n->branch], strlen(branch_names[n->branch]) + 1);
	return strlen(branch_names[n->branch]);
}

bool tree_is_gone(const struct node *n)
{
	while (n->names)
		n = n->names->parent;
	return !node_is_root(n);
}

bool tree_is_below(const struct node *node, const struct node *dir)
{
	while (node != dir && node->names)
		node = node->names->parent;
	return node == dir;
}
