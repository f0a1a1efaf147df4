/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Neither medium nor tray, and it takes no format: a table without functions says so.
 */
#include "record/none.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/util.h"
#include "record/recorder.h"

const struct recorder_ops rec_none_ops = {
	.kind = "none",
	.help = "staging only",
};

int rec_none_new(struct recorder **out, struct err *err)
{
	struct recorder *r = calloc(1, sizeof(*r));

	if (!r)
		return err_set(err, ENOMEM, "not enough memory for a recorder");
	r->ops = &rec_none_ops;
	snprintf(r->address, sizeof(r->address), "%s", rec_none_ops.kind);
	*out = r;
	return 0;
}
