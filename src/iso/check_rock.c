/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ISO tree: which of the names of a directory a record has is told by Rock Ridge.
 */
#include "iso/check_priv.h"

#include <string.h>
#include <sys/stat.h>

#include "iso/format.h"
#include "iso/values.h"

static bool is_seen(const struct check *c, size_t name)
{
	return c->seen[name / 8] & 1u << name % 8;
}

static void set_seen(struct check *c, size_t name)
{
	c->seen[name / 8] |= (unsigned char)(1u << name % 8);
}

/*
 * The name @text of the directory at hand, or nnames. The order on the disc is nearly that of the
 * names.
 */
static size_t find_name(struct check *c, const char *text)
{
	size_t at = c->next_name;

	if (at >= c->nnames || strcmp(c->names[at]->text, text) != 0)
		at = snapshot_find(c->names, c->nnames, text);
	c->next_name = at + 1;
	return at;
}

static bool iso_id_valid(struct bytes id, bool dir)
{
	for (size_t i = 0; i < id.len; i++) {
		unsigned char ch = id.p[i];

		if (!(ch >= 'A' && ch <= 'Z') && !(ch >= '0' && ch <= '9') && ch != '_' &&
		    (ch != '.' || dir))
			return false;
	}
	return id.len <= 31;
}

/* Identifiers go up, and no two are equal (9.3): so far as a reader can rely on it. */
static bool id_follows(struct bytes last, struct bytes id)
{
	int cmp = memcmp(last.p, id.p, last.len < id.len ? last.len : id.len);

	return cmp < 0 || (cmp == 0 && last.len < id.len);
}

static bool check_id(const struct iso_record *r, bool more, struct bytes *last)
{
	static const unsigned char version[] = { ';', '1' }; /* of a file (7.5.1) */
	bool dir = r->flags == RECORD_IS_DIR;
	struct bytes id = r->id;

	if (!dir) {
		if (id.len <= sizeof(version) ||
		    memcmp(id.p + id.len - sizeof(version), version, sizeof(version)) != 0)
			return false;
		id.len -= sizeof(version);
	}
	if (!iso_id_valid(id, dir) || (!more && last->p && !id_follows(*last, id)))
		return false;
	*last = id;
	return true;
}

static bool same_target(const struct rock *r, const struct node *n, const struct node_attr *a)
{
	char target[SIZE_LINK_MAX + 1];

	return a->size <= SIZE_LINK_MAX && (r->seen & SEEN_SL) &&
	       iso_link_target(n->target, target) == r->target_len &&
	       memcmp(target, r->target, r->target_len) == 0;
}

static bool rock_right(struct check *c, const struct node *n, const struct node_attr *a)
{
	const struct rock *r = &c->rock;

	return check_same_attributes(r, a) && check_same_serial(c, n, a) &&
	       !(r->seen & SEEN_MARKS) &&
	       (S_ISLNK(a->mode) ? same_target(r, n, a) : !(r->seen & SEEN_SL));
}

static int check_child(struct check *c, const struct pending *d, const struct iso_record *r,
		       struct sections *s)
{
	const struct node *n;
	struct node_attr a;
	size_t name;

	if (!check_read_rock(c, r->su) || !c->rock.name_len || c->rock.nm_flags)
		return check_damage(c, "the Rock Ridge fields of an entry");
	name = find_name(c, c->rock.name);
	if (name == c->nnames)
		return check_damage(c, "a name that is not staged");
	if (is_seen(c, name) && !s->open)
		return check_damage(c, "a name that is there twice");
	set_seen(c, name);
	n = c->names[name]->node;
	snapshot_attr(c->tree, n, &a);
	if (!rock_right(c, n, &a) || r->time != iso_time(a.mtime))
		return check_damage(c, "the attributes of an entry");
	if (S_ISDIR(a.mode))
		return r->flags == RECORD_IS_DIR && !s->open ? check_push_child(c, d, n, r) :
							       check_damage(c, "the kind of an "
									       "entry");
	if (!check_add_section(s, c->names[name], r) ||
	    (!s->open && !check_is_content(c, n, &a, s->block, s->bytes)))
		return check_damage(c, "the place of a file");
	return 0;
}

int check_rock_children(struct check *c, const struct pending *d, struct bytes in)
{
	struct sections s = { 0 };
	struct bytes last = { 0 };
	uint32_t count = 0;
	struct iso_record r;
	int more, ret = check_list_names(c);

	while (ret == 0 && (more = iso_record_next(&in, &r)) != 0) {
		if (more < 0 || !check_id(&r, s.open, &last))
			return check_damage(c,
					    more < 0 ? "a record" : "the identifier of an entry");
		ret = check_child(c, d, &r, &s);
		count += !s.open;
	}
	if (ret == 0 && (s.open || !check_rest_is_zero(c, SIZE_MAX)))
		return check_damage(c, s.open ? "a file without an end" :
						"bytes that belong to nothing");
	if (ret == 0 && count != c->nnames)
		return check_damage(c, "the number of its entries");
	return ret;
}
