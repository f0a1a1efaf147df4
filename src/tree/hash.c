/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash table over (directory, name). */
#include "tree/priv.h"

#include <string.h>

#include "base/util.h"

uint32_t tree_hash(const struct tree *t, const struct node *dir, const char *text, size_t len)
{
	uint64_t h = t->seed ^ (uintptr_t)dir;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 0x9fb21c651e98df25u;
	h ^= h >> 32;
	return (uint32_t)(h * 0xd6e8feb86659fd93u >> 32);
}

static void buckets_grow(struct tree *t)
{
	size_t n = t->nbuckets * 2;
	struct name **fresh = calloc(n, sizeof(*fresh));

	if (!fresh)
		return; /* longer chains are slower, not wrong */
	for (size_t i = 0; i < t->nbuckets; i++) {
		for (struct name *nm = t->buckets[i], *next; nm; nm = next) {
			next = nm->hash_next;
			nm->hash_next = fresh[nm->hash & (n - 1)];
			fresh[nm->hash & (n - 1)] = nm;
		}
	}
	free(t->buckets);
	t->buckets = fresh;
	t->nbuckets = n;
}

void tree_hash_insert(struct tree *t, struct name *nm)
{
	struct name **bucket;

	if (t->nnames >= t->nbuckets)
		buckets_grow(t);
	bucket = &t->buckets[nm->hash & (t->nbuckets - 1)];
	nm->hash_next = *bucket;
	*bucket = nm;
	t->nnames++;
}

void tree_hash_remove(struct tree *t, struct name *nm)
{
	struct name **p = &t->buckets[nm->hash & (t->nbuckets - 1)];

	while (*p != nm)
		p = &(*p)->hash_next;
	*p = nm->hash_next;
	t->nnames--;
}

struct name *tree_find(const struct tree *t, const struct node *dir, const char *text)
{
	size_t len = strlen(text);
	uint32_t hash = tree_hash(t, dir, text, len);
	struct name *nm = t->buckets[hash & (t->nbuckets - 1)];

	while (nm && !(nm->hash == hash && nm->parent == dir && nm->len == len &&
		       memcmp(nm->text, text, len) == 0))
		nm = nm->hash_next;
	return nm;
}
