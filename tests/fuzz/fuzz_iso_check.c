/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iso_check() over any bytes, against one small tree. The input is a list of patches to the true
 * head: each of four bytes, place (24 bits, little-endian) and value, so that small inputs reach
 * the checks far inside. An input that begins with 0xff is, without that byte, the head itself. A
 * head that is taken must be found whole once more: checking changes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../unit/still.h"
#include "iso/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tree tree;
static struct iso_layout layout;

static void must(bool good)
{
	if (!good)
		abort();
}

static struct node *add(struct node *dir, const char *name, mode_t mode, const char *target)
{
	struct node *n = tree_node_new(BRANCH_DATA, mode, target);

	must(n && tree_link(&tree, dir, name, n));
	n->mtime = n->atime = n->ctime = (struct timespec){ 1600000000, 0 };
	return n;
}

/* One of everything, and names that are long in each of the trees. */
static void make_tree(void)
{
	struct node *top = tree.root[BRANCH_DATA],
		    *dir = add(top, "directory", S_IFDIR | 0755, NULL), *file;
	char name[256];

	top->mtime = top->atime = top->ctime = (struct timespec){ 1600000000, 0 };
	add(top, "link", S_IFLNK | 0777, "../a/./target//that has/several/parts");
	add(top, "pipe", S_IFIFO | 0644, NULL);
	add(dir, "deeper", S_IFDIR | 0700, NULL);
	file = add(dir, "file.txt", S_IFREG | 04711, NULL);
	tree_resize(&tree, file, 5000);
	must(tree_link(&tree, top, "hard link", file));
	memset(name, 'n', 255);
	name[255] = '\0';
	tree_resize(&tree, add(dir, name, S_IFREG | 0644, NULL), 5000000000u);
	name[254] = 'x';
	add(dir, name, S_IFREG | 0644, NULL);
	add(top, "\xc3\xa4\xf0\x9f\x98\x80", S_IFREG | 0644, NULL);
}

static void make_layout(void)
{
	struct settings settings;
	struct err err = { 0 };

	settings_init(&settings);
	must(tree_init(&tree, 1000, 1000) == 0);
	make_tree();
	must(iso_lay_out(still(&tree), &settings, NULL, &layout, &err) == 0);
	must(iso_check(still(&tree), &layout, &err) == 0);
}

static int check(unsigned char *head, size_t len)
{
	struct iso_layout patched = layout;
	struct err err = { 0 };
	int r;

	patched.head = head;
	patched.head_len = len;
	r = iso_check(still(&tree), &patched, &err);
	must(r == 0 || r == -EIO || r == -ENOMEM);
	must(r == -err.code && (r == 0 || *err.msg));
	return r;
}

static void patch(unsigned char *head, size_t len, const uint8_t *data, size_t size)
{
	for (; size >= 4; data += 4, size -= 4)
		head[(data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16) % len] = data[3];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool raw = size && data[0] == 0xff;
	size_t len = raw ? (size - 1) / BLOCK_SIZE * BLOCK_SIZE : 0;
	unsigned char *head;

	if (!layout.head)
		make_layout();
	if (!raw)
		len = layout.head_len;
	head = malloc(len ? len : 1);
	must(head);
	memcpy(head, raw ? data + 1 : layout.head, len);
	if (!raw)
		patch(head, len, data, size);
	must(check(head, len) == check(head, len));
	free(head);
	return 0;
}
