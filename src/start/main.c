/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start and stop, in order.
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/mountinfo.h"
#include "drive/recorder.h"
#include "fuse/mount.h"
#include "iso/lib.h"
#include "service/service.h"
#include "session/recorders.h"
#include "session/session.h"
#include "stage/stage.h"
#include "start/detach.h"
#include "start/mountpoint.h"
#include "start/options.h"
#include "stash/stash.h"

enum { EXIT_USAGE = 1, EXIT_MOUNT = 2, EXIT_MOUNT_HELPER = 32, EVENTS_KEPT = 1024 * 1024 };

/* Everything that lives from mount to unmount. */
struct daemon {
	struct options options;
	char mountpoint[PATH_MAX];   /* absolute, without links */
	char cwd[PATH_MAX];
	mode_t umask;                /* of whoever started us */
	struct stash *stash;         /* until the stage has it */
	struct events *events;
	struct stage *stage;
	struct session *session;
	struct service *service;
	struct mount *mount;
	struct mountinfo where;
	int exit_mount;              /* the status that says that there is no mount */
	int link;                    /* to the starter, until it waits for the mount alone; -1:
					none */
	pthread_t main_thread, signal_thread;
	sigset_t signals;
	atomic_bool signalled;
	atomic_bool left;            /* the loop has been; a job may go on */
	atomic_bool ended;
};

/* ---- what is told without a mount ---- */

static void print_help(void)
{
	printf("usage: burnfs [options] [RECORDER] MOUNTPOINT\n\n"
	       "Mounts a directory that becomes a disc. RECORDER is a drive such as /dev/sr0, "
	       "image:PATH, a path\n"
	       "that ends in .iso, .bin or .cue, or none.\n\n"
	       "  -o OPT[,OPT...]     settings and mount options\n"
	       "  -f                  stay in the foreground\n"
	       "  -d                  stay in the foreground and print the kernel's requests\n"
	       "  -s                  use a single thread\n"
	       "  --list-recorders    list the recorders and exit\n"
	       "  --print-config      print the settings as an INI file and exit\n"
	       "  -V, --version       print the versions and exit\n"
	       "  -h, --help          print this help and exit\n\n"
	       "Settings, for -o, the INI files and the command set:\n");
	settings_help(stdout);
	printf("  config=FILE\n        one more INI file (-o only)\n\n"
	       "Mount options: allow_other, allow_root, auto_unmount, default_permissions, "
	       "fsname=, subtype=,\n"
	       "max_threads=, ro, nodev, nosuid, noexec and their opposites.\n\n"
	       "See burnfs(1), burnfs.conf(5), burnfs-files(5).\n");
}

static void print_version(void)
{
	printf("burnfs %s\nlibfuse %s\nlibisofs %s\nlibburn %s\n", PACKAGE_VERSION,
	       mount_library_version(), iso_library_version(), rec_drive_library_version());
	if (*service_library_version())
		printf("libsystemd %s\n", service_library_version());
	/* Words are added as the program learns more, and none changes its meaning: scripts ask. */
	printf("features: data audio mixed sessions joliet cd-text verify copies%s\n",
	       *service_library_version() ? " systemd" : "");
}

static int print_recorders(void)
{
	cleanup_text struct text out = { 0 };

	recorder_list(NULL, "", FORMAT_NONE, &out);
	fputs(out.data ? out.data : "", stdout);
	return out.failed ? EXIT_MOUNT : 0;
}

/* ---- start ---- */

/* Where the stash shall be: absolute, and not where the mount will hide it. */
static int stash_place(struct daemon *d, char *path, struct err *err)
{
	const char *wish = d->options.settings.stash;
	char real[PATH_MAX];
	size_t len = strlen(d->mountpoint);
	int r = 0;

	if (!*wish)
		r = stash_default_path(d->mountpoint, path, PATH_MAX, err);
	else if (snprintf(path, PATH_MAX, "%s%s%s", *wish == '/' ? "" : d->cwd,
			  *wish == '/' ? "" : "/", wish) >= PATH_MAX)
		r = err_set(err, ENAMETOOLONG,
			    "the path stash=%s is too long: choose a shorter one", wish);
	if (r < 0)
		return r;
	if (!realpath(path, real))
		snprintf(real, sizeof(real), "%s", path);
	if (strncmp(real, d->mountpoint, len) == 0 && (real[len] == '/' || !real[len]))
		return err_set(err, ELOOP,
			       "the stash %s is inside the mountpoint %s: choose another place "
			       "with -o stash=DIR",
			       path, d->mountpoint);
	return 0;
}

static int open_stash(struct daemon *d, struct err *err)
{
	struct settings *settings = &d->options.settings;
	char path[PATH_MAX] = "", former[PATH_MAX];
	int r = stash_place(d, path, err);

	if (r == 0 && !*settings->stash)
		r = stash_former_path(d->mountpoint, former, sizeof(former), err);
	if (r == 0 && !*settings->stash)
		r = stash_open_from(&d->stash, path, former, d->mountpoint, err);
	else if (r == 0)
		r = stash_open(&d->stash, path, d->mountpoint, err);
	if (r < 0 && !*settings->stash)
		r = stash_explain_home(path, err);
	if (r == 0)
		snprintf(settings->stash, sizeof(settings->stash), "%s", stash_path(d->stash));
	return r;
}

/* data/ and audio/ for the members of a group, and what they make there as well. */
static int share_stage(struct daemon *d, struct err *err)
{
	const struct stat theirs = { .st_gid = d->options.settings.stage_group,
				     .st_mode = S_ISGID | 0775 };
	struct stat st;
	int r = 0;

	if (theirs.st_gid == NO_GROUP)
		return 0;
	for (int b = 0; b < BRANCHES && r == 0; b++)
		r = stage_setattr(d->stage, stage_root(d->stage, (enum branch)b), NULL, &theirs,
				  SET_GID | SET_MODE, &st);
	return r < 0 ? err_set(err, -r, "cannot give the stash to stage_group: %s", strerror(-r)) :
		       0;
}

static int open_stage(struct daemon *d, struct err *err)
{
	uint64_t found;
	int r = stage_new(&d->stage, d->stash, &d->options.settings, d->events, &found, err);

	d->stash = NULL;
	if (r == 0)
		r = share_stage(d, err);
	if (r < 0)
		return r;
	events_add(d->events, "started", "version=%s recorder=%s", PACKAGE_VERSION,
		   d->options.settings.recorder);
	if (!found)
		return 0;
	log_info(plural(found, "restored %llu file or directory from %s", "restored %llu files and "
			"directories from %s"),
		 (unsigned long long)found, d->options.settings.stash);
	events_add(d->events, "recovered", "names=%llu stash=%s", (unsigned long long)found,
		   d->options.settings.stash);
	return 0;
}

static int open_session(struct daemon *d, struct err *err)
{
	struct session_start how = {
		.settings = d->options.settings, .cwd = d->cwd, .mountpoint = d->mountpoint,
		.umask = d->umask,
	};

	return session_new(&d->session, d->stage, d->events, &how, err);
}

/* libfuse's -o: what was passed on, and what every mount of ours has. */
static int mount_it(struct daemon *d, void (*ready)(void *), struct err *err)
{
	struct text *fuse = &d->options.fuse;
	struct mount_options o = {
		.mountpoint = d->mountpoint,
		.debug = d->options.debug,
		.single_thread = d->options.single_thread,
		.max_threads = d->options.max_threads,
		.control_group = d->options.settings.control_group,
		.others = d->options.allow_other,
	};
	char source[PATH_MAX + 16];

	options_source(&d->options, source, sizeof(source));
	text_add(fuse, "%sdefault_permissions", fuse->len ? "," : "");
	if (!strstr(fuse->data ? fuse->data : "", "subtype="))
		text_add(fuse, ",subtype=burnfs");
	if (!strstr(fuse->data ? fuse->data : "", "fsname=")) {
		text_add(fuse, ",fsname=");
		for (const char *c = source; *c; c++)
			text_add(fuse, strchr(",\\", *c) ? "\\%c" : "%c", *c);
	}
	if (fuse->failed)
		return err_set(err, ENOMEM, "not enough memory to mount");
	o.fuse_options = fuse->data;
	return mount_new(&d->mount, d->session, &o, ready, d, err);
}

/* In a thread of the loop: the mount answers from now on. */
static void on_ready(void *data)
{
	struct daemon *d = data;

	service_ready(d->service);
}

/*
 * Who detaches may have left a service's environment behind, and is no main process of anybody's.
 */
static int open_service(struct daemon *d, struct err *err)
{
	const char *socket = d->options.foreground ? getenv("NOTIFY_SOCKET") : NULL;
	int r = service_new(&d->service, d->session, socket,
			    !d->options.foreground && getuid() == 0, err);

	unsetenv("NOTIFY_SOCKET");
	return r;
}

static int start(struct daemon *d, struct err *err)
{
	int r = open_stash(d, err);

	if (r < 0)
		return r;
	d->events = events_new(EVENTS_KEPT);
	if (!d->events) {
		stash_close(d->stash, false);
		return err_set(err, ENOMEM, "not enough memory to start");
	}
	r = open_stage(d, err);
	if (r == 0)
		r = open_session(d, err);
	if (r == 0)
		r = open_service(d, err);
	if (r == 0)
		r = mount_it(d, on_ready, err);
	if (r == 0 && mountinfo_find(d->mountpoint, &d->where) == 0)
		session_mounted(d->session, d->where.dev);
	if (r == 0 && d->link >= 0)
		r = detach_leave(steal_fd(&d->link), err);
	return r;
}

/* ---- signals ---- */

static void interrupt_only(int sig)
{
	(void)sig;
}

/* The main thread sits in a read or a wait; wake it until it has seen that it shall stop. */
static void *signal_main(void *data)
{
	struct daemon *d = data;
	const struct timespec again = { .tv_nsec = 50000000 };
	int sig;

	if (sigwait(&d->signals, &sig) != 0 || atomic_load(&d->ended))
		return NULL;
	atomic_store(&d->signalled, true);
	log_info("shutting down on signal %d; what was staged and not recorded is kept", sig);
	service_stopping(d->service);
	session_hurry(d->session, false);
	while (!atomic_load(&d->ended)) {
		/* The mount answers until a disc is finished. */
		if (!atomic_load(&d->left) && !session_busy(d->session)) {
			mount_stop(d->mount);
			pthread_kill(d->main_thread, SIGUSR1);
		}
		if (sigtimedwait(&d->signals, NULL, &again) > 0)
			session_hurry(d->session, true);
	}
	return NULL;
}

static void block_signals(struct daemon *d)
{
	struct sigaction wake = { .sa_handler = interrupt_only },
			 ignore = { .sa_handler = SIG_IGN };

	sigemptyset(&d->signals);
	sigaddset(&d->signals, SIGTERM);
	sigaddset(&d->signals, SIGINT);
	sigaddset(&d->signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &d->signals, NULL);
	sigaction(SIGUSR1, &wake, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL); /* a limit on file sizes is EFBIG, not the end */
}

/* ---- stop ---- */

/* Whether the settings let the stash go; @asked: somebody has unmounted. */
static bool stash_is_done(struct daemon *d, bool asked)
{
	const struct stage_patience none = { 0 };
	struct err err;

	switch (session_keep(d->session)) {
	case KEEP_NO:
		return asked;
	case KEEP_UNBURNED:
		if (!session_all_recorded(d->session))
			return false;
		/*
		 * A signal may have ended a job that was to make another copy; and what a program
		 * has mapped and written to by then may not have come here.
		 */
		return asked || (!session_job_failed(d->session) &&
				 stage_freeze(d->stage, &none, &err) == 0);
	case KEEP_YES:
		break;
	}
	return false;
}

static void leave_now(int sig)
{
	(void)sig;
	_exit(0);
}

/*
 * All is done but deleting, which the next mount takes up: a signal ends that, and if one has ended
 * the mount it does not go on for more than a few seconds.
 */
static void let_signals_end_us(const struct daemon *d)
{
	enum { PATIENCE = 5 };
	const struct sigaction leave = { .sa_handler = leave_now };

	sigaction(SIGTERM, &leave, NULL);
	sigaction(SIGINT, &leave, NULL);
	sigaction(SIGHUP, &leave, NULL);
	sigaction(SIGALRM, &leave, NULL);
	pthread_sigmask(SIG_UNBLOCK, &d->signals, NULL);
	if (atomic_load(&d->signalled))
		alarm(PATIENCE);
}

static void stop(struct daemon *d)
{
	bool discard = false;

	if (d->session)
		session_finish(d->session);
	if (d->mount) {
		bool signalled = atomic_load(&d->signalled);
		bool there = mountinfo_has(d->mountpoint, &d->where);

		stash_closing(stage_stash(d->stage));
		/* A connection that broke is neither an unmount nor a signal. */
		discard = (signalled || !there) && stash_is_done(d, !signalled);
		mount_free(d->mount);
		discard = discard && !mountinfo_has(d->mountpoint, &d->where);
	}
	service_free(d->service);
	session_free(d->session);
	if (discard)
		let_signals_end_us(d);
	if (d->stage)
		stash_close(stage_release(d->stage), discard);
	events_free(d->events);
}

static int serve(struct daemon *d)
{
	struct err err = { 0 };
	int r;

	block_signals(d);
	r = start(d, &err);
	if (r < 0) {
		fprintf(stderr, "burnfs: %s\n", err.msg);
		stop(d);
		return r == -EINVAL ? EXIT_USAGE : d->exit_mount;
	}
	d->main_thread = pthread_self();
	r = pthread_create(&d->signal_thread, NULL, signal_main, d);
	if (r != 0)
		log_error("cannot start the thread for signals: %s", strerror(r));
	mount_run(d->mount);
	atomic_store(&d->left, true);
	service_stopping(d->service);
	session_finish(d->session);
	atomic_store(&d->ended, true);
	if (r == 0) {
		pthread_kill(d->signal_thread, SIGTERM);
		pthread_join(d->signal_thread, NULL);
	}
	stop(d);
	return 0;
}

/* ---- before that ---- */

static int run(struct daemon *d)
{
	pid_t pid = 0;

	d->link = -1;
	if (!d->options.foreground)
		pid = detach_fork(&d->link);
	if (pid == 0)
		return serve(d);
	if (pid > 0)
		return detach_wait(pid, d->link, d->mountpoint, d->exit_mount);
	fprintf(stderr, "burnfs: %s\n", strerror(errno));
	return d->exit_mount;
}

/* Descriptors 0 to 2 must be somebody's: what is opened next would get them. */
static void prepare_process(struct daemon *d)
{
	struct rlimit files;
	int fd;

	iso_set_size_model();
	close_range(3, ~0U, 0); /* whoever started us may wait for what it gave away */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
	d->umask = umask(0); /* modes are those that were staged */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

/*
 * Into the mount namespace that mount(8) was told of: of a process, or a file as in /proc/PID/ns.
 */
static int enter_namespace(const char *where, struct err *err)
{
	bool number = *where && strspn(where, "0123456789") == strlen(where);
	char path[PATH_MAX];
	cleanup_close int fd = -1;

	snprintf(path, sizeof(path), number ? "/proc/%s/ns/mnt" : "%s", where);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNS) < 0)
		return err_set(err, errno, "cannot enter the mount namespace %s: %s", path,
			       strerror(errno));
	return 0;
}

/* What must be true before anything is begun; it is all that `mount -f` does. */
static int prepare_mount(struct daemon *d, struct err *err)
{
	int r = 0;

	if (d->options.namespace)
		r = enter_namespace(d->options.namespace, err);
	if (r == 0 && !getcwd(d->cwd, sizeof(d->cwd)))
		r = err_set(err, errno, "cannot find the current directory: %s", strerror(errno));
	if (r == 0)
		r = mountpoint_ready(d->options.mountpoint, d->mountpoint, err);
	if (r == -ENOENT || r == -ENOTDIR)
		mountpoint_explain(d->options.mountpoint, d->options.source, err);
	return r;
}

/*
 * mount(8) does not find a mount whose source was changed, and `mount -a` asks for it again and
 * again: that is no error, where the same recorder is there.
 */
static bool is_there_already(struct daemon *d)
{
	char source[PATH_MAX + 16];

	return d->options.source && !d->options.foreground &&
	       options_source(&d->options, source, sizeof(source)) &&
	       mountinfo_find(d->mountpoint, &d->where) == 0 &&
	       strcmp(d->where.type, "fuse.burnfs") == 0 && strcmp(d->where.source, source) == 0;
}

static int mount_as_asked(struct daemon *d)
{
	struct err err = { 0 };
	int status = prepare_mount(d, &err);

	if (status == -EBUSY && is_there_already(d)) {
		if (d->options.verbose || !d->options.helper)
			fprintf(stderr, "burnfs: %s is already mounted on %s\n", d->options.source,
				d->mountpoint);
		return 0;
	}
	if (status < 0) {
		fprintf(stderr, "burnfs: %s\n", err.msg);
		return d->exit_mount;
	}
	if (d->options.fake)
		return 0;
	prepare_process(d);
	status = run(d);
	if (status == 0 && d->options.verbose)
		printf("burnfs: %s mounted on %s\n",
		       d->options.source ? d->options.source : "a disc", d->mountpoint);
	return status;
}

int main(int argc, char **argv)
{
	struct daemon *d = calloc(1, sizeof(*d));
	struct err err = { 0 };
	int status = 0;

	if (!d)
		return EXIT_MOUNT;
	if (options_parse(&d->options, argc, argv, &err) < 0) {
		fprintf(stderr, "burnfs: %s\n", err.msg);
		status = EXIT_USAGE;
	} else if (d->options.help) {
		print_help();
	} else if (d->options.version) {
		print_version();
	} else if (d->options.list_recorders) {
		status = print_recorders();
	} else if (d->options.print_config) {
		settings_print(&d->options.settings, stdout);
	} else {
		d->exit_mount = d->options.helper ? EXIT_MOUNT_HELPER : EXIT_MOUNT;
		status = mount_as_asked(d);
	}
	options_free(&d->options);
	free(d);
	return status;
}
