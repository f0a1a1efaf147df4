/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Staging what lies elsewhere: the session knows which mount is ours. */
#include "session/priv.h"

#include "stage/add.h"

int session_add(struct session *s, const char *path, struct err *err)
{
	return stage_add(s->stage, path, s->surroundings.mount_dev, err);
}
