/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The message of the check, and whose blocks are whose. Every block of the head must belong to one
 * thing, or be zero.
 */
#include "iso/check_priv.h"

#include <string.h>

enum { PATH_SAID_MAX = 200 }; /* bytes of a path in a message */

int check_no_memory(struct check *c)
{
	return err_set(c->err, ENOMEM, "not enough memory to check the directories of the disc");
}

/*
 * Put an ellipsis for the middle of a text of more than @max bytes. The end tells more than the
 * front.
 */
static void cut_middle(char *s, size_t len, size_t max)
{
	static const char gap[] = "…";
	size_t front = max / 4, end = len - (max - front - strlen(gap));

	while ((s[front] & 0xc0) == 0x80)
		front--;
	while ((s[end] & 0xc0) == 0x80)
		end++;
	memcpy(s + front, gap, strlen(gap));
	memmove(s + front + strlen(gap), s + end, len - end + 1);
}

/* -EIO, or -ENOMEM. */
int check_damage(struct check *c, const char *what)
{
	const struct node *dir = c->dir ? c->dir : c->tree->at.root[BRANCH_DATA];
	cleanup_free char *path = snapshot_path(c->tree, dir);

	if (!path)
		return check_no_memory(c);
	if (strlen(path) > PATH_SAID_MAX)
		cut_middle(path, strlen(path), PATH_SAID_MAX);
	return err_set(c->err, EIO,
		       "the directories of the disc would be damaged at \"%s\" (%s%s), as libisofs "
		       "up to 1.5.4 does with many names of more than 110 bytes: shorten some "
		       "names there by a few bytes, or use libisofs 1.5.6 or newer",
		       path, c->joliet ? "Joliet: " : "", what);
}

/* ---- blocks ---- */

const unsigned char *check_block_at(const struct check *c, uint32_t block)
{
	return c->layout->head + (size_t)block * BLOCK_SIZE;
}

/* Take @n blocks for @owner; false when they are not in the head, or somebody else's. */
bool check_claim(struct check *c, uint32_t block, uint32_t n, uint32_t owner)
{
	if (!n || block >= c->blocks || n > c->blocks - block)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (c->owner[block + i])
			return false;
		c->owner[block + i] = owner;
	}
	return true;
}

/* What the last block of continuation areas has behind the last one, before @limit. */
bool check_rest_is_zero(const struct check *c, size_t limit)
{
	size_t end = blocks_of(c->ca_end) * BLOCK_SIZE;

	if (limit < end)
		end = limit;
	return bytes_zero(c->layout->head + c->ca_end, end - c->ca_end);
}

/*
 * Take a continuation area. Those of a directory follow each other in blocks of its own, and there
 * is nothing between them.
 */
bool check_claim_continuation(struct check *c, uint32_t block, uint32_t offset, uint32_t size)
{
	size_t start = (size_t)block * BLOCK_SIZE + offset;

	if (!size || offset >= BLOCK_SIZE || size > BLOCK_SIZE - offset || start < c->ca_end ||
	    !check_rest_is_zero(c, start))
		return false;
	if (c->ca_end <= start - offset && (!check_claim(c, block, 1, c->dir_owner) ||
					    !bytes_zero(check_block_at(c, block), offset)))
		return false;
	c->ca_end = start + size;
	return true;
}
