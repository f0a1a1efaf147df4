/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libisofs reads, and what it makes of the disc is copied into a tree of ours. It is given nothing
 * but the descriptors and directories that iso/survey.c has judged, and must make of them as many
 * names.
 */
#include "iso/import.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#define LIBISOFS_WITHOUT_LIBBURN yes
#include <libisofs/libisofs.h>

#include "iso/lib.h"
#include "iso/survey.h"
#include "iso/write.h"

struct import {
	struct tree *tree;
	uint32_t count;         /* names */
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

/*
 * The block behind a directory is read, too, and not looked at. Zeros are neither record nor field.
 */
static int source_read(IsoDataSource *src, uint32_t block, uint8_t *buf)
{
	const unsigned char *bytes = iso_survey_block(src->data, block);

	if (bytes)
		memcpy(buf, bytes, BLOCK_SIZE);
	else
		memset(buf, 0, BLOCK_SIZE);
	return 1;
}

/* ---- from its nodes to ours ---- */

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "not enough memory to read what the disc holds");
}

static int cannot_keep(struct import *im, const char *name, const char *why)
{
	return iso_cannot_keep(im->err, name, strlen(name), why);
}

static bool is_writable_name(const char *name)
{
	size_t len = strlen(name);

	return len && len <= 255 && utf8_valid(name, len) && size_name_remains(name) &&
	       !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
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

/*
 * Names of one content with the same attributes are taken for hard links, which is all that a
 * reader sees.
 */
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
		return cannot_keep(im, name, "whose place is unknown");
	for (int i = 0; i < count; i++) {
		if (size % BLOCK_SIZE ||
		    (i && sections[i].block != sections[0].block + size / BLOCK_SIZE))
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
		return cannot_keep(im, name, "a link whose target burnfs cannot write again");
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
	mode_t mode = iso_node_get_mode(iso);

	if (!S_ISFIFO(mode) && !S_ISSOCK(mode))
		return cannot_keep(im, name, "a device");
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
		return cannot_keep(im, name ? name : "", "a name that burnfs cannot write again");
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
	im->count++;
	return ret;
}

static int copy_directory(struct import *im, struct node *dir, IsoDir *iso)
{
	IsoDirIter *iter;
	IsoNode *child;
	int ret = 0;

	if (iso_dir_get_children(iso, &iter) < 0)
		return no_memory(im->err);
	while (ret == 0 && iso_dir_iter_next(iter, &child) == 1) {
		struct node *n = NULL;

		ret = copy_node(im, dir, child, &n);
		if (ret == 0 && node_is_dir(n))
			ret = copy_directory(im, n, (IsoDir *)child);
	}
	iso_dir_iter_free(iter);
	return ret;
}

static void keep(void *node)
{
	(void)node;
}

/* The library leaves out what it cannot read, and goes on. */
static int copied_all(const struct import *im, uint32_t count)
{
	if (im->count == count)
		return 0;
	return err_set(im->err, EROFS,
		       plural(im->count, "it has %u names, and only %u of them is readable",
			      "it has %u names, and only %u of them are readable"),
		       count, im->count);
}

/* Files in the tree of contents that were not linked are in nobody else's hands: there are none. */
static int copy_tree(IsoImage *image, uint32_t count, struct tree *out, struct err *err)
{
	struct import im = { .tree = out, .err = err };
	int ret = tree_init(out, 0, 0);

	if (ret < 0)
		return no_memory(err);
	ret = copy_directory(&im, out->root[BRANCH_DATA], iso_image_get_root(image));
	tdestroy(im.contents, keep);
	if (ret == 0)
		ret = copied_all(&im, count);
	if (ret == 0 && tree_settle(out) < 0)
		ret = no_memory(err);
	if (ret < 0)
		tree_fini(out);
	return ret;
}

/* ---- the whole ---- */

/* The library is told which tree to read, so that it does not come to think of another. */
static int make_options(uint32_t start, enum iso_names names, IsoReadOpts **out)
{
	char utf8[] = "UTF-8";
	int ret = iso_read_opts_new(out, 0);

	if (ret < 0)
		return ret;
	iso_read_opts_set_start_block(*out, start);
	iso_read_opts_set_no_rockridge(*out, names != ISO_NAMES_ROCK_RIDGE);
	iso_read_opts_set_no_joliet(*out, names != ISO_NAMES_JOLIET);
	iso_read_opts_set_no_iso1999(*out, names != ISO_NAMES_1999);
	iso_read_opts_set_no_aaip(*out, 1);
	iso_read_opts_set_no_md5(*out, 1);
	iso_read_opts_set_default_uid(*out, geteuid());
	iso_read_opts_set_default_gid(*out, getegid());
	iso_read_opts_set_default_permissions(*out, 0444, 0555);
	iso_read_opts_set_input_charset(*out, utf8);
	return ret;
}

static int refuse(int code, struct err *err)
{
	char said[400];

	iso_lib_messages(said, sizeof(said));
	if (code == (int)ISO_OUT_OF_MEM)
		return no_memory(err);
	return err_set(err, EROFS, "it has no readable ISO 9660 file system: %s",
		       *said ? said : iso_error_to_msg(code));
}

static int import(IsoDataSource *src, uint32_t start, IsoImage *image, struct tree *out,
		  uint32_t *blocks, struct err *err)
{
	const struct iso_survey *survey = src->data;
	IsoReadImageFeatures *features = NULL;
	IsoReadOpts *opts = NULL;
	int code = make_options(start, iso_survey_names(survey), &opts);

	if (code >= 0)
		code = iso_image_import(image, src, opts, &features);
	if (opts)
		iso_read_opts_free(opts);
	if (code >= 0)
		*blocks = iso_read_image_features_get_size(features);
	iso_read_image_features_destroy(features); /* may be NULL */
	if (code < 0)
		return refuse(code, err);
	return copy_tree(image, iso_survey_count(survey), out, err);
}

static int import_surveyed(struct iso_survey *survey, uint32_t start, struct tree *out,
			   uint32_t *blocks, struct err *err)
{
	IsoDataSource src = {
		.refcount = 1, .open = source_ok, .close = source_ok, .read_block = source_read,
		.free_data = source_free_data, .data = survey,
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

int iso_import(iso_block_reader *read, void *data, uint32_t start, struct tree *out,
	       uint32_t *blocks, struct err *err)
{
	struct iso_survey *survey;
	int ret = iso_survey(read, data, start, &survey, err);

	if (ret < 0)
		return ret;
	ret = import_surveyed(survey, start, out, blocks, err);
	iso_survey_free(survey);
	return ret;
}
