/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libisofs reads, and what it makes of the disc is copied into a tree of ours. It reads nothing but
 * descriptors and directories, a block at a time, from the worker's thread.
 */
#include "iso_import.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#define LIBISOFS_WITHOUT_LIBBURN yes
#include <libisofs/libisofs.h>

#include "iso.h"
#include "iso_lib.h"

/* What goes through the hands of the library's data source. */
struct reading {
	iso_block_reader *read;
	void *data;
	bool compressed;        /* a field of zisofs was seen */
	struct err err;         /* the reader's */
};

struct import {
	struct tree *tree;
	void *contents;         /* of tsearch(): files with content, by address and attributes */
	struct err *err;
};

/* ---- the library's data source ---- */

static int source_ok(IsoDataSource *src)
{
	(void)src;
	return 1;
}

static void source_free_data(IsoDataSource *src)
{
	(void)src;
}

/* The library keeps to itself that a file is compressed. RRIP has no field of zisofs: its own document has. */
static bool has_compressed(const unsigned char *block)
{
	static const char fields[][6] = { { 'Z', 'F', 16, 1, 'p', 'z' }, { 'Z', 'F', 16, 2, 'P', 'Z' } };

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (memmem(block, BLOCK_SIZE, fields[i], sizeof(fields[i])))
			return true;
	return false;
}

static int source_read(IsoDataSource *src, uint32_t block, uint8_t *buf)
{
	struct reading *r = src->data;
	struct err err = { 0 };

	if (r->read(r->data, block, buf, &err) < 0) {
		if (!r->err.code)
			r->err = err;
		return (int)ISO_DATA_SOURCE_FAILURE;
	}
	r->compressed = r->compressed || has_compressed(buf);
	return 1;
}

/* ---- from its nodes to ours ---- */

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "not enough memory to read what the disc holds");
}

static int cannot_keep(struct import *im, const char *name, const char *why)
{
	char shown[100];
	bool text = utf8_valid(name, strlen(name));
	size_t n = 0;

	for (; *name && n < sizeof(shown) - 4; name++)
		shown[n++] = (unsigned char)*name >= ' ' && (text || (unsigned char)*name < 0x7f) ? *name : '?';
	while ((*name & 0xc0) == 0x80 && text) /* the rest of a character */
		shown[n++] = *name++;
	shown[n] = '\0';
	return err_set(im->err, EROFS, "it holds \"%s\", %s", shown, why);
}

static bool is_writable_name(const char *name)
{
	size_t len = strlen(name);

	return len && len <= 255 && utf8_valid(name, len) && size_name_remains(name) && !strchr(name, '/') &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void copy_attributes(struct node *n, IsoNode *iso)
{
	n->uid = iso_node_get_uid(iso);
	n->gid = iso_node_get_gid(iso);
	n->mtime = (struct timespec){ .tv_sec = iso_node_get_mtime(iso) };
	n->atime = (struct timespec){ .tv_sec = iso_node_get_atime(iso) };
	n->ctime = (struct timespec){ .tv_sec = iso_node_get_ctime(iso) };
	n->flags |= NODE_RECORDED;
}

/* Names of one content with the same attributes are taken for hard links, which is all that a reader sees. */
static int compare_contents(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

#define COMPARE(what) do { if (x->what != y->what) return x->what < y->what ? -1 : 1; } while (0)
	COMPARE(block);
	COMPARE(size);
	COMPARE(mode);
	COMPARE(uid);
	COMPARE(gid);
	COMPARE(mtime.tv_sec);
	COMPARE(atime.tv_sec);
	COMPARE(ctime.tv_sec);
#undef COMPARE
	return 0;
}

/* Where a file's content begins. Its sections have to follow each other (ECMA-119 6.5.1). */
static int find_content(struct import *im, const char *name, IsoFile *file, struct node *n)
{
	cleanup_free struct iso_file_section *sections = NULL;
	uint64_t size = 0;
	int count;

	if (iso_file_get_old_image_sections(file, &count, &sections, 0) <= 0)
		return cannot_keep(im, name, "whose place cannot be told");
	for (int i = 0; i < count; i++) {
		if (size % BLOCK_SIZE || (i && sections[i].block != sections[0].block + size / BLOCK_SIZE))
			return cannot_keep(im, name, "which is in several pieces");
		size += sections[i].size;
	}
	n->size = size;
	n->block = count ? sections[0].block : 0;
	return 0;
}

static int make_file(struct import *im, const char *name, IsoNode *iso, struct node **out)
{
	struct node *n = tree_node_new(BRANCH_DATA, iso_node_get_mode(iso), NULL), **same;
	int ret;

	*out = n;
	if (!n)
		return no_memory(im->err);
	copy_attributes(n, iso);
	ret = find_content(im, name, (IsoFile *)iso, n);
	if (ret < 0 || !n->size)
		return ret;
	same = tsearch(n, &im->contents, compare_contents);
	if (!same)
		return no_memory(im->err);
	if (*same != n) {
		*out = *same;
		tree_node_drop(im->tree, n);
	}
	return 0;
}

static int make_link(struct import *im, const char *name, IsoNode *iso, struct node **out)
{
	const char *target = iso_symlink_get_dest((IsoSymlink *)iso);

	if (!target || !*target || !size_link_fits(target))
		return cannot_keep(im, name, "a link whose target cannot be written again");
	*out = tree_node_new(BRANCH_DATA, iso_node_get_mode(iso), target);
	return *out ? 0 : no_memory(im->err);
}

static int make_plain(struct import *im, const char *name, IsoNode *iso, struct node **out)
{
	(void)name;
	*out = tree_node_new(BRANCH_DATA, iso_node_get_mode(iso), NULL);
	return *out ? 0 : no_memory(im->err);
}

static int make_special(struct import *im, const char *name, IsoNode *iso, struct node **out)
{
	if (!S_ISFIFO(iso_node_get_mode(iso)))
		return cannot_keep(im, name, "a device or socket");
	return make_plain(im, name, iso, out);
}

static int make_boot(struct import *im, const char *name, IsoNode *iso, struct node **out)
{
	(void)iso;
	(void)out;
	return cannot_keep(im, name, "a boot catalog");
}

/* What makes a node of each type of the library's. */
static int (*const makers[])(struct import *, const char *name, IsoNode *, struct node **out) = {
	[LIBISO_DIR] = make_plain,
	[LIBISO_FILE] = make_file,
	[LIBISO_SYMLINK] = make_link,
	[LIBISO_SPECIAL] = make_special,
	[LIBISO_BOOT] = make_boot,
};

static int copy_node(struct import *im, struct node *dir, IsoNode *iso, struct node **out)
{
	const char *name = iso_node_get_name(iso);
	struct node *n = NULL;
	struct name *linked;
	int ret;

	if (!name || !is_writable_name(name))
		return cannot_keep(im, name ? name : "", "a name that cannot be written again");
	ret = makers[iso_node_get_type(iso)](im, name, iso, &n);
	linked = ret == 0 ? tree_link(im->tree, dir, name, n) : NULL;
	if (ret == 0 && !linked)
		ret = no_memory(im->err);
	if (n && !linked) {
		tree_node_drop(im->tree, n);
		return ret;
	}
	if (n && !node_is_file(n))
		copy_attributes(n, iso);
	*out = n;
	return ret;
}

static int copy_directory(struct import *im, struct node *dir, IsoDir *iso, unsigned depth)
{
	IsoDirIter *iter;
	IsoNode *child;
	int ret = 0;

	if (depth > ISO_DEPTH_MAX)
		return err_set(im->err, EROFS, "it holds more than %d directories in each other", ISO_DEPTH_MAX);
	if (iso_dir_get_children(iso, &iter) < 0)
		return no_memory(im->err);
	while (ret == 0 && iso_dir_iter_next(iter, &child) == 1) {
		struct node *n;

		ret = copy_node(im, dir, child, &n);
		if (ret == 0 && node_is_dir(n))
			ret = copy_directory(im, n, (IsoDir *)child, depth + 1);
	}
	iso_dir_iter_free(iter);
	return ret;
}

static void keep(void *node)
{
	(void)node;
}

/* Files in the tree of contents that were not linked are in nobody else's hands: there are none. */
static int copy_tree(IsoImage *image, struct tree *out, struct err *err)
{
	struct import im = { .tree = out, .err = err };
	int ret = tree_init(out, 0, 0);

	if (ret < 0)
		return no_memory(err);
	ret = copy_directory(&im, out->root[BRANCH_DATA], iso_image_get_root(image), 1);
	tdestroy(im.contents, keep);
	if (ret == 0 && tree_settle(out) < 0)
		ret = no_memory(err);
	if (ret < 0)
		tree_fini(out);
	return ret;
}

/* ---- the whole ---- */

static int make_options(uint32_t start, IsoReadOpts **out)
{
	char utf8[] = "UTF-8";
	int ret = iso_read_opts_new(out, 0);

	if (ret < 0)
		return ret;
	iso_read_opts_set_start_block(*out, start);
	iso_read_opts_set_no_aaip(*out, 1);
	iso_read_opts_set_no_md5(*out, 2);
	iso_read_opts_set_default_uid(*out, geteuid());
	iso_read_opts_set_default_gid(*out, getegid());
	iso_read_opts_set_default_permissions(*out, 0444, 0555);
	iso_read_opts_set_input_charset(*out, utf8);
	iso_read_opts_auto_input_charset(*out, 1);
	return ret;
}

/* What the library calls an error is, but for the reader's, something about the disc. */
static int refuse(struct reading *r, int code, struct err *err)
{
	char said[400];

	iso_lib_messages(said, sizeof(said));
	if (r->err.code) {
		*err = r->err;
		return -err->code;
	}
	if (code == (int)ISO_OUT_OF_MEM)
		return no_memory(err);
	return err_set(err, EROFS, "it holds no ISO 9660 that can be read: %s",
		       *said ? said : iso_error_to_msg(code));
}

static int import(IsoDataSource *src, uint32_t start, IsoImage *image, struct tree *out, uint32_t *blocks,
		  struct err *err)
{
	struct reading *r = src->data;
	IsoReadImageFeatures *features = NULL;
	IsoReadOpts *opts = NULL;
	bool boots;
	int code = make_options(start, &opts);

	if (code >= 0)
		code = iso_image_import(image, src, opts, &features);
	if (opts)
		iso_read_opts_free(opts);
	if (code < 0)
		return refuse(r, code, err);
	*blocks = iso_read_image_features_get_size(features);
	boots = iso_read_image_features_has_eltorito(features);
	iso_read_image_features_destroy(features);
	if (boots)
		return err_set(err, EROFS, "it can be booted from, which it could not be any more");
	if (r->compressed)
		return err_set(err, EROFS, "it holds files that are compressed with zisofs");
	return copy_tree(image, out, err);
}

int iso_import(iso_block_reader *read, void *data, uint32_t start, struct tree *out, uint32_t *blocks,
	       struct err *err)
{
	struct reading r = { .read = read, .data = data };
	IsoDataSource src = {
		.refcount = 1, .open = source_ok, .close = source_ok, .read_block = source_read,
		.free_data = source_free_data, .data = &r,
	};
	char name[] = "";
	IsoImage *image;
	int ret = iso_lib_begin(err);

	if (ret == 0 && iso_image_new(name, &image) < 0)
		ret = no_memory(err);
	if (ret == 0) {
		ret = import(&src, start, image, out, blocks, err);
		iso_image_unref(image); /* which had the source until now */
	}
	iso_lib_end();
	return ret;
}
