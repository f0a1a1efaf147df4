/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kinds of recorders answer that leave a function out. No locks.
 */
#include "record/recorder.h"

#include <stdlib.h>

void recorder_free(struct recorder *r)
{
	if (r && r->ops->free)
		r->ops->free(r);
	else
		free(r);
}

void recorder_medium(struct recorder *r, struct medium *m)
{
	*m = (struct medium){ .status = "none" };
	if (r->ops->medium)
		r->ops->medium(r, m);
}

bool recorder_takes(const struct recorder_ops *ops, enum format format)
{
	return ops->takes && ops->takes(format);
}

bool recorder_unplugged(const struct recorder_ops *ops, const char *address)
{
	return ops->there && !ops->there(address);
}
