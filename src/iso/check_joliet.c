/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Joliet tree: which names it has, and in which order, is known.
 */
#include "iso/check_priv.h"

#include <string.h>
#include <sys/stat.h>

#include "iso/format.h"
#include "iso/values.h"

struct joliet {
	struct check *c;
	const struct pending *d;
	struct bytes in;              /* what is left of the directory */
};

static int list_entries(struct check *c)
{
	struct node_attr attr;
	int ret = check_list_names(c);

	if (ret < 0)
		return ret;
	if (c->nnames > c->entries_cap) {
		free(c->entries);
		c->entries = calloc(c->nnames, sizeof(*c->entries));
		c->entries_cap = c->entries ? c->nnames : 0;
		if (!c->entries)
			return check_no_memory(c);
	}
	for (size_t i = 0; i < c->nnames; i++) {
		snapshot_attr(c->tree, c->names[i]->node, &attr);
		c->entries[i] = tree_entry(c->names[i], &attr);
	}
	return 0;
}

static bool joliet_id_right(struct bytes id, bool dir, const uint16_t *text, unsigned length)
{
	static const unsigned char version[] = { 0, ';', 0, '1' };
	size_t bytes = length * sizeof(*text), more = dir ? 0 : sizeof(version);

	return id.len == bytes + more && memcmp(id.p, text, bytes) == 0 &&
	       memcmp(id.p + bytes, version, more) == 0;
}

/* What comes next in the directory must be this. */
static int joliet_child(void *arg, const struct size_entry *e, const uint16_t *text,
			unsigned length)
{
	struct joliet *j = arg;
	struct check *c = j->c;
	const struct name *nm = c->names[e - c->entries];
	const struct node *n = nm->node;
	struct sections s = { 0 };
	struct iso_record r;
	struct node_attr a;

	snapshot_attr(c->tree, n, &a);
	do {
		if (iso_record_next(&j->in, &r) != 1 || r.su.len)
			return check_damage(c, "the record of an entry");
		if (!joliet_id_right(r.id, S_ISDIR(a.mode), text, length))
			return check_damage(c, "the name of an entry");
		if (r.time != iso_time(a.mtime) || (r.flags == RECORD_IS_DIR) != S_ISDIR(a.mode))
			return check_damage(c, "the attributes of an entry");
		if (S_ISDIR(a.mode))
			return check_push_child(c, j->d, n, &r);
		if (!check_add_section(&s, nm, &r))
			return check_damage(c, "the place of a file");
	} while (s.open);
	if (check_is_content(c, n, &a, s.block, s.bytes))
		return 0;
	return check_damage(c, "the place of a file");
}

int check_joliet_children(struct check *c, const struct pending *d, struct bytes in)
{
	struct joliet j = { c, d, in };
	struct iso_record r;
	int ret = list_entries(c);

	if (ret == 0)
		ret = size_joliet_names(c->entries, c->nnames, joliet_child, &j);
	if (ret == -ENOMEM)
		return check_no_memory(c);
	if (ret == -EMLINK)
		return check_damage(c, "names that cannot be told apart");
	if (ret == 0 && iso_record_next(&j.in, &r) != 0)
		return check_damage(c, "the number of its entries");
	return ret;
}
