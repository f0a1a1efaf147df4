/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Computing checksums of a file, all kinds in one reading. */
#include "imagefile/sums.h"

#include <nettle/nettle-meta.h>
#include <nettle/version.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 1 << 20 };

static const struct nettle_hash *const hashes[SUM_KINDS] = {
	[SUM_MD5] = &nettle_md5,       [SUM_SHA1] = &nettle_sha1,
	[SUM_SHA224] = &nettle_sha224, [SUM_SHA256] = &nettle_sha256,
	[SUM_SHA384] = &nettle_sha384, [SUM_SHA512] = &nettle_sha512,
};

/* Since version 4 a digest has no length but its own. */
static void digest(int kind, void *state, unsigned char *out)
{
#if NETTLE_VERSION_MAJOR >= 4
	hashes[kind]->digest(state, out);
#else
	hashes[kind]->digest(state, hashes[kind]->digest_size, out);
#endif
}

struct computing {
	void *state[SUM_KINDS];      /* NULL: that kind is not wanted */
	unsigned char *buf;
};

static void computing_free(struct computing *c)
{
	for (int k = 0; k < SUM_KINDS; k++)
		free(c->state[k]);
	free(c->buf);
}

static int begin(struct computing *c, unsigned wanted)
{
	c->buf = malloc(READ_BYTES);
	if (!c->buf)
		return -ENOMEM;
	for (int k = 0; k < SUM_KINDS; k++) {
		if (!(wanted >> k & 1))
			continue;
		c->state[k] = malloc(hashes[k]->context_size);
		if (!c->state[k])
			return -ENOMEM;
		hashes[k]->init(c->state[k]);
	}
	return 0;
}

static int read_all(struct computing *c, int fd, uint64_t size, const atomic_bool *cancelled,
		    const struct sum_progress *progress)
{
	for (uint64_t done = 0; done < size; ) {
		size_t n = size - done < READ_BYTES ? (size_t)(size - done) : READ_BYTES;
		int r;

		if (cancelled && atomic_load(cancelled))
			return -ECANCELED;
		r = read_at(fd, c->buf, n, done);
		if (r < 0)
			return r;
		for (int k = 0; k < SUM_KINDS; k++)
			if (c->state[k])
				hashes[k]->update(c->state[k], n, c->buf);
		done += n;
		if (progress)
			progress->told(progress->arg, done);
	}
	return 0;
}

int sums_compute(int fd, uint64_t size, unsigned wanted, unsigned char out[SUM_KINDS][SUM_BYTES],
		 const atomic_bool *cancelled, const struct sum_progress *progress)
{
	struct computing c = { .buf = NULL };
	int r = begin(&c, wanted);

	if (r == 0)
		r = read_all(&c, fd, size, cancelled, progress);
	for (int k = 0; k < SUM_KINDS && r == 0; k++)
		if (c.state[k])
			digest(k, c.state[k], out[k]);
	computing_free(&c);
	return r;
}
