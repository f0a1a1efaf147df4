/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mount as a whole: what is asked of the kernel, the table of operations, the loop, the end.
 */
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/mountinfo.h"
#include "fuse/priv.h"

enum { READAHEAD = 1024 * 1024 };  /* bytes, as much as a request holds */

/* What is asked of the kernel, or refused, where it offers it. */
static const struct {
	unsigned flag;
	bool want;
} capabilities[] = {
	{ FUSE_CAP_READDIRPLUS, true },       /* a first walk costs half */
	{ FUSE_CAP_READDIRPLUS_AUTO, true },
	{ FUSE_CAP_CACHE_SYMLINKS, true },
	{ FUSE_CAP_SPLICE_WRITE, false },     /* slower than a copy; see op_read() */
	{ FUSE_CAP_SPLICE_READ, false },
	{ FUSE_CAP_AUTO_INVAL_DATA, false },  /* nobody but us changes content */
	{ FUSE_CAP_HANDLE_KILLPRIV, false },  /* the kernel takes set-uid bits away, by a chmod: */
	{ FUSE_CAP_ATOMIC_O_TRUNC, false },   /* by one when it truncates what was opened, too */
#ifdef FUSE_CAP_DIRECT_IO_ALLOW_MMAP
	{ FUSE_CAP_DIRECT_IO_ALLOW_MMAP, true },  /* else what is read past the cache cannot be
						     mapped shared */
#endif
	{ FUSE_CAP_WRITEBACK_CACHE, false },  /* a write must be told at once when the disc is
						 full */
};

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct mount *m = userdata;

	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		if (!capabilities[i].want)
			conn->want &= ~capabilities[i].flag;
		else if (conn->capable & capabilities[i].flag)
			conn->want |= capabilities[i].flag;
	}
	conn->max_readahead = READAHEAD;
	if (m->ready)
		m->ready(m->ready_data);
}

/*
 * Let the kernel read ahead as much as a request holds, where root may say so. Before the first
 * request is answered: the kernel then keeps the smaller of this and what op_init() allows.
 */
static void raise_readahead(const struct mount *m)
{
	struct mountinfo here;
	char path[64];
	FILE *f;

	if (mountinfo_find(m->mountpoint, &here) < 0)
		return;
	snprintf(path, sizeof(path), "/sys/class/bdi/%u:%u/read_ahead_kb", major(here.dev),
		 minor(here.dev));
	f = fopen(path, "we");
	if (!f)
		return;
	fprintf(f, "%d\n", READAHEAD / 1024);
	fclose(f); /* a failure means no more than the usual speed */
}

static const struct fuse_lowlevel_ops operations = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readlink = op_readlink,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.flush = op_flush,
	.release = op_release,
	.fsync = op_fsync,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.releasedir = op_releasedir,
	.fsyncdir = op_fsyncdir,
	.statfs = op_statfs,
	.setxattr = op_setxattr,
	.getxattr = op_getxattr,
	.listxattr = op_listxattr,
	.removexattr = op_removexattr,
	.create = op_create,
	.poll = op_poll,
	.fallocate = op_fallocate,
	.copy_file_range = op_copy_file_range,
	.lseek = op_lseek,
};

/* ---- setting up ---- */

static int session_args(struct fuse_args *args, const struct mount_options *o)
{
	if (fuse_opt_add_arg(args, "burnfs") < 0 ||
	    (o->debug && fuse_opt_add_arg(args, "-d") < 0) ||
	    (*o->fuse_options && (fuse_opt_add_arg(args, "-o") < 0 ||
				  fuse_opt_add_arg(args, o->fuse_options) < 0)))
		return -ENOMEM;
	return 0;
}

/*
 * Where the kernel ends requests that take long, and the connection with them, nobody could wait
 * for a burn: rather no mount than one that breaks then.
 */
static int check_timeouts(struct err *err)
{
	static const char *const limits[] = {
		"/proc/sys/fs/fuse/default_request_timeout",
		"/proc/sys/fs/fuse/max_request_timeout",
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		FILE *f = fopen(limits[i], "re");
		unsigned seconds = 0;

		if (!f)
			continue; /* a kernel without such limits */
		if (fscanf(f, "%u", &seconds) != 1)
			seconds = 0;
		fclose(f);
		if (seconds)
			return err_set(err, EINVAL,
				       plural(seconds,
					      "%s is %u second, which would break the mount "
					      "during a long job: set it to 0",
					      "%s is %u seconds, which would break the mount "
					      "during a long job: set it to 0"),
				       limits[i], seconds);
	}
	return 0;
}

/* Whether the file has the line that lets users show their mounts to others (mount.fuse3(8)). */
static bool others_allowed(void)
{
	FILE *f = fopen("/etc/fuse.conf", "re");
	char line[256], word[256];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%255s", word) == 1 && strcmp(word, "user_allow_other") == 0;
	if (f)
		fclose(f);
	return found;
}

static int explain_mount(const struct mount *m, const struct mount_options *o, struct err *err)
{
	bool others = strstr(o->fuse_options, "allow_other") ||
		      strstr(o->fuse_options, "allow_root");

	if (others && m->uid != 0 && !others_allowed())
		return err_set(err, EACCES,
			       "cannot mount at %s: allow_other needs a line \"user_allow_other\" "
			       "in /etc/fuse.conf, which root can add; or mount without it",
			       m->mountpoint);
	return err_set(err, EACCES, "cannot mount at %s: see the message of libfuse above",
		       m->mountpoint);
}

static int session_start(struct mount *m, const struct mount_options *o, struct err *err)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	int r = check_timeouts(err);

	if (r < 0)
		return r;
	r = session_args(&args, o);
	if (r == 0)
		m->se = fuse_session_new(&args, &operations, sizeof(operations), m);
	fuse_opt_free_args(&args);
	if (!m->se)
		return err_set(err, EINVAL, "libfuse rejects these options: %s", o->fuse_options);
	if (fuse_session_mount(m->se, m->mountpoint) < 0)
		return explain_mount(m, o, err);
	m->mounted = true;
	raise_readahead(m);
	r = notifier_start(m);
	return r < 0 ? err_set(err, -r, "cannot start the thread for notifications: %s",
			       strerror(-r)) :
		       0;
}

int mount_new(struct mount **out, struct session *session, const struct mount_options *o,
	      void (*ready)(void *), void *data, struct err *err)
{
	struct mount *m = calloc(1, sizeof(*m));
	int r;

	*out = NULL;
	if (!m)
		return err_set(err, ENOMEM, "not enough memory to mount");
	m->session = session;
	m->stage = session_stage(session);
	m->uid = getuid();
	m->gid = getgid();
	m->control_group = o->control_group;
	m->others = o->others;
	m->started = time_now();
	m->single_thread = o->single_thread;
	m->max_threads = o->max_threads;
	m->ready = ready;
	m->ready_data = data;
	snprintf(m->mountpoint, sizeof(m->mountpoint), "%s", o->mountpoint);
	pthread_mutex_init(&m->lock, NULL);
	cond_init(&m->changed);
	r = session_start(m, o, err);
	if (r < 0) {
		if (m->mounted)
			fuse_session_unmount(m->se);
		if (m->se)
			fuse_session_destroy(m->se);
		free(m);
		return r;
	}
	events_observe(session_events(session), notifier_kick, m);
	stage_observe_removals(m->stage, notifier_removed, m);
	*out = m;
	return 0;
}

/* ---- running ---- */

static int loop_threads(struct mount *m)
{
	struct fuse_loop_config *cfg = fuse_loop_cfg_create();
	int r;

	if (!cfg)
		return -ENOMEM;
	if (m->max_threads)
		fuse_loop_cfg_set_max_threads(cfg, m->max_threads);
	r = fuse_session_loop_mt(m->se, cfg);
	fuse_loop_cfg_destroy(cfg);
	return r;
}

int mount_run(struct mount *m)
{
	return m->single_thread ? fuse_session_loop(m->se) : loop_threads(m);
}

void mount_stop(struct mount *m)
{
	notifier_stop(m);
	fuse_session_exit(m->se);
}

void mount_free(struct mount *m)
{
	if (!m)
		return;
	stage_end_judging(m->stage);
	tasks_wait(m);
	events_observe(session_events(m->session), NULL, NULL);
	stage_observe_removals(m->stage, NULL, NULL);
	notifier_stop(m);
	fuse_session_unmount(m->se);
	notifier_free(m);
	views_free(m);
	fuse_session_destroy(m->se);
	pthread_mutex_destroy(&m->lock);
	pthread_cond_destroy(&m->changed);
	free(m);
}

const char *mount_library_version(void)
{
	return fuse_pkgversion();
}
