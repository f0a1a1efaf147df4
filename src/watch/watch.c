/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * burnfs-watch: follows the job of a mount, and shows it. It only reads: nothing that becomes of it
 * becomes of the job.
 *
 * A mount is kept busy by whoever has a file of it open. A job does so itself; while there is none,
 * only the writing to `control` can begin one, and inotify(7) tells of that without holding
 * anything.
 */
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/mountinfo.h"
#include "watch/watch.h"

enum { STATUS_OK, STATUS_FAILED, STATUS_UNUSABLE, STATUS_CANCELLED };
enum { SOON = 20, SECOND = 1000, FOR_EVER = -1 };      /* milliseconds */
enum { DOUBTS_MAX = SECOND / SOON };

static const char TYPE[] = "fuse.burnfs";

/* What a look at the mount says. */
enum now { RESTS, RUNS, UNSURE };

struct watch {
	bool next;                     /* without a job, wait for one */
	char dir[PATH_MAX];
	struct mountinfo mount;
	int mounts;                    /* /proc/self/mountinfo: readable when something was mounted
					  or unmounted */
	struct news news;
	struct figures figures;
	struct show show;
	bool known;                    /* what was found at first has been judged: the rest is
					  news */
	enum now log_says;             /* of the last state in the log */
	unsigned doubts;               /* how often log and figures have differed, one after the
					  other */
	unsigned endings;              /* that are news */
	bool log_begins;               /* the log has its first line still: it has lost nothing */
	char result[32], text[512];    /* the last one's: "ok" or the errno's name, and the
					  sentence */
	int control;                   /* an inotify of `control` while a job is waited for, or
					  -1 */
	bool control_open;             /* somebody is about to write to it */
};

static volatile sig_atomic_t signalled;

/* ---- the mount ---- */

struct search {
	struct watch *watch;
	char path[PATH_MAX];           /* where it is looked for, or empty */
	size_t longest;
	struct text candidates;
	unsigned n;
};

static void remember_mount(struct watch *w, const struct mountinfo *info, const char *path)
{
	w->mount = *info;
	snprintf(w->dir, sizeof(w->dir), "%s", path);
}

/* Of what is mounted on the way to the path, the last one that is deepest. */
static bool around(const struct mountinfo *info, const char *path, void *data)
{
	struct search *s = data;
	size_t len = strcmp(path, "/") == 0 ? 0 : strlen(path);

	if (len >= s->longest && strncmp(s->path, path, len) == 0 &&
	    (s->path[len] == '/' || !s->path[len])) {
		s->longest = len;
		remember_mount(s->watch, info, path);
	}
	return false;
}

static bool any(const struct mountinfo *info, const char *path, void *data)
{
	struct search *s = data;
	char stats[PATH_MAX];

	if (strcmp(info->type, TYPE) != 0 ||
	    snprintf(stats, sizeof(stats), "%s/stats", path) >= PATH_MAX || access(stats, R_OK) < 0)
		return false;
	s->n++;
	text_add(&s->candidates, "\n  ");
	clean(&s->candidates, path);
	remember_mount(s->watch, info, path);
	return false;
}

/* The mount that the path is in. 0 if it is one of burnfs, 1 if not, or -errno. */
static int find_around(struct watch *w, const char *path)
{
	struct search s = { .watch = w };
	int r;

	if (!realpath(path, s.path))
		return -errno;
	r = mountinfo_scan(around, &s);
	return r < 0 ? r : strcmp(w->mount.type, TYPE) != 0;
}

static int find_only(struct watch *w)
{
	struct search s = { .watch = w };

	mountinfo_scan(any, &s);
	if (s.n == 0)
		complain("no burnfs mount found that you may read");
	else if (s.n > 1)
		fprintf(stderr, "burnfs-watch: several burnfs mounts found; name one of them:%s\n",
			s.candidates.data ? s.candidates.data : "");
	text_free(&s.candidates);
	return s.n == 1 ? 0 : -ENOENT;
}

static int find_mount(struct watch *w, const char *dir)
{
	int r = find_around(w, dir ? dir : ".");

	if (r == 0)
		return 0;
	if (!dir)
		return find_only(w);
	if (r == -ENOTCONN)
		complain("%s: burnfs is no longer running: unmount it with fusermount3 -u", dir);
	else if (r < 0)
		complain("%s: %s", dir, strerror(-r));
	else
		complain("%s is not in a burnfs mount", dir);
	return -ENOENT;
}

/* ---- what it tells ---- */

static bool is_job(const char *verb)
{
	static const char *const jobs[] = { "burn", "blank", "eject", "load", "probe" };

	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++)
		if (strcmp(verb, jobs[i]) == 0)
			return true;
	return false;
}

static void on_started(struct watch *w, const char *rest)
{
	(void)rest;
	w->log_begins = true;
	w->log_says = RESTS;
}

static void on_state(struct watch *w, const char *rest)
{
	w->log_says = strcmp(rest, "staging") == 0 ? RESTS : RUNS;
	if (!w->known || w->log_says == RESTS)
		return;
	w->figures.waiting = false;
	w->figures.done = w->figures.total = -1;
	snprintf(w->figures.state, sizeof(w->figures.state), "%s", rest);
	show_figures(&w->show, &w->figures);
}

static void take_ending(struct watch *w, const char *rest)
{
	w->endings++;
	w->text[0] = '\0';
	if (!news_value(rest, "result", w->result, sizeof(w->result)))
		snprintf(w->result, sizeof(w->result), "ok");
	news_value(rest, strcmp(w->result, "ok") == 0 ? "output" : "error", w->text,
		   sizeof(w->text));
}

static void on_complete(struct watch *w, const char *rest)
{
	take_ending(w, rest);
	w->log_says = RESTS;
}

/* A job that was refused is the last outcome; to who follows one that runs it is nothing. */
static void on_refused(struct watch *w, const char *rest)
{
	char op[32];

	if (!w->known && news_value(rest, "op", op, sizeof(op)) && is_job(op))
		take_ending(w, rest);
}

static int64_t number(const char *rest, const char *key)
{
	char value[24];

	return news_value(rest, key, value, sizeof(value)) ? strtoll(value, NULL, 10) : -1;
}

static void on_insert(struct watch *w, const char *rest)
{
	struct figures f = { .waiting = true,
			     .copy = number(rest, "copy"),
			     .copies = number(rest, "copies") };

	w->show.reason[0] = '\0';
	news_value(rest, "reason", w->show.reason, sizeof(w->show.reason));
	if (w->known)
		show_asked(&w->show, &f);
}

static void on_copy(struct watch *w, const char *rest)
{
	if (w->known)
		show_line(&w->show, "disc %lld of %lld is done", (long long)number(rest, "done"),
			  (long long)number(rest, "total"));
}

static const struct {
	const char *word;
	void (*handle)(struct watch *, const char *rest);
} words[] = {
	{ "started", on_started }, { "state", on_state }, { "complete", on_complete },
	{ "refused", on_refused }, { "insert", on_insert }, { "copy", on_copy },
};

static void on_news(void *data, const char *word, const char *rest)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i].word, word) == 0)
			words[i].handle(data, rest);
}

/* ---- looking ---- */

/*
 * The two are read one after the other. A job has begun before the log tells of it, and the log
 * tells of its end before it has ended: so where they differ, a moment later they do not. What
 * differs for longer is a log that has lost its lines.
 */
static enum now judge(struct watch *w)
{
	enum now figures_say = w->figures.job[0] ? RUNS : RESTS;

	if (w->log_says == figures_say || w->log_says == UNSURE) {
		w->doubts = 0;
		return figures_say;
	}
	if (++w->doubts > DOUBTS_MAX)
		w->log_says = UNSURE;
	return UNSURE;
}

static int look(struct watch *w, enum now *now)
{
	unsigned endings = w->endings;
	int r = figures_read(w->dir, &w->figures);

	if (r == 0 && !mountinfo_has(w->dir, &w->mount))
		r = -ENOTCONN;
	if (r == 0)
		r = news_read(&w->news);
	if (r < 0)
		return r;
	*now = judge(w);
	/* The figures are older than the end that the log has just told of. */
	if (w->endings != endings && w->known)
		*now = UNSURE;
	return 0;
}

/* ---- waiting ---- */

static void on_signal(int number)
{
	signalled = number;
}

/* They come while poll(2) waits, and at no other time. */
static void catch_signals(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++) {
		sigaddset(&set, caught[i]);
		sigaction(caught[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* End as if it had not been caught, so that a shell knows; the job goes on. */
static void die(struct watch *w)
{
	sigset_t set;

	show_end(&w->show, false);
	if (w->figures.job[0] && signalled == SIGINT && isatty(STDERR_FILENO))
		complain("the %s continues; to stop it: echo cancel > %s/control", w->figures.job,
			 w->dir);
	signal(signalled, SIG_DFL);
	raise(signalled);
	sigemptyset(&set);
	sigaddset(&set, signalled);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/*
 * Whether somebody has `control` open. False if it was other files that were opened, by this
 * program perhaps.
 */
static bool read_control(struct watch *w)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool touched = false;
	ssize_t n;

	while ((n = read(w->control, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n; ) {
			const struct inotify_event *e = (const struct inotify_event *)(void *)p;

			bool control = e->len && strcmp(e->name, "control") == 0;

			if (control)
				w->control_open = !(e->mask & IN_CLOSE);
			if (control || e->mask & (IN_Q_OVERFLOW | IN_IGNORED))
				touched = true;
			p += sizeof(*e) + e->len;
		}
	}
	return touched;
}

/* False if nothing came of it: somebody has mounted another thing, or reads a file of the mount. */
static bool wait_for_news(struct watch *w, int timeout)
{
	struct timespec ts = { timeout / 1000, timeout % 1000 * 1000000L };
	struct pollfd fds[] = {
		{ w->news.fd, POLLIN, 0 }, { w->mounts, POLLPRI, 0 }, { w->control, POLLIN, 0 },
	};
	bool stirred;
	sigset_t none;
	int n;

	sigemptyset(&none);
	n = ppoll(fds, ARRAY_SIZE(fds), timeout < 0 ? NULL : &ts, &none);
	if (signalled && signalled != SIGWINCH)
		die(w);
	signalled = 0;
	stirred = n <= 0 || fds[0].revents;
	if (n > 0 && fds[1].revents && !mountinfo_has(w->dir, &w->mount))
		stirred = true;
	if (n > 0 && fds[2].revents && read_control(w))
		stirred = true;
	return stirred;
}

static void control_forget(struct watch *w)
{
	if (w->control >= 0)
		close(w->control);
	w->control = -1;
	w->control_open = false;
}

/* Wait until a job may have begun. Only where there is no inotify the log is held open for that. */
static void wait_for_job(struct watch *w)
{
	if (w->control < 0) {
		w->control = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		if (w->control >= 0 &&
		    inotify_add_watch(w->control, w->dir, IN_OPEN | IN_MODIFY | IN_CLOSE) < 0)
			control_forget(w);
		if (w->control >= 0)
			return; /* look once more: one may have begun before that */
	}
	if (w->control >= 0 && !w->control_open)
		news_close(&w->news);
	while (!wait_for_news(w, FOR_EVER))
		;
}

/* ---- outcomes ---- */

/* The name of the job that ended last, if the figures know. */
static const char *job_name(const struct watch *w)
{
	const struct figures *f = &w->figures;

	return is_job(f->last_op) && strcmp(f->last_result, w->result) == 0 ? f->last_op : "job";
}

static int status_of(const struct watch *w)
{
	if (strcmp(w->result, "ok") == 0)
		return STATUS_OK;
	return strcmp(w->result, "ECANCELED") == 0 ? STATUS_CANCELLED : STATUS_FAILED;
}

/* Tell how it ended; @front is what comes before the job's name. */
static int tell_ending(struct watch *w, const char *front)
{
	int status = status_of(w);

	if (status == STATUS_OK)
		show_line(&w->show, "%s%s succeeded%s%s", front, job_name(w),
			  w->text[0] ? ": " : "", w->text);
	show_end(&w->show, status == STATUS_OK);
	if (status == STATUS_OK || w->show.style == STYLE_NONE)
		return status;
	if (*front && status == STATUS_CANCELLED)
		complain("%s%s was cancelled", front, job_name(w));
	else
		complain("%s%s", *front ? "no job is running; the last one failed: " : "", w->text);
	return status;
}

/* No job runs, and none is waited for. */
static int tell_last(struct watch *w)
{
	if (w->endings)
		return tell_ending(w, "no job is running; the last ");
	if (!w->log_begins) {
		show_end(&w->show, false);
		complain("no job is running; the log no longer has the result of the last one");
		return STATUS_UNUSABLE;
	}
	show_line(&w->show, "no job has run yet");
	show_end(&w->show, true);
	return STATUS_OK;
}

/* The log has lost how it ended. */
static int tell_lost(struct watch *w)
{
	const struct figures *f = &w->figures;
	bool ok = strcmp(f->last_result, "ok") == 0;

	snprintf(w->result, sizeof(w->result), "%s", f->last_result);
	snprintf(w->text, sizeof(w->text), "%.*s", (int)sizeof(w->text) - 1,
		 ok ? f->last_output : f->last_error);
	return tell_ending(w, "");
}

static int tell_gone(struct watch *w, int r)
{
	show_end(&w->show, false);
	if (!mountinfo_has(w->dir, &w->mount))
		complain("%s is no longer mounted; a job that was running there continues", w->dir);
	else if (r == -ENOTCONN || r == -ECONNABORTED)
		complain("%s: burnfs is no longer running: unmount it with fusermount3 -u, and "
			 "mount again",
			 w->dir);
	else
		complain("cannot read %s: %s", w->dir, strerror(-r));
	return STATUS_UNUSABLE;
}

/* ---- following ---- */

static int follow(struct watch *w)
{
	bool seen = false;             /* a job that ran */
	enum now now = UNSURE;

	for (;;) {
		int r = look(w, &now);

		if (r < 0)
			return tell_gone(w, r);
		if (!w->known && now != UNSURE) {
			if (now == RESTS && !w->next)
				return tell_last(w);
			w->known = true;
			w->endings = 0;
		}
		if (w->known && w->endings && now != UNSURE)
			return tell_ending(w, "");
		if (now == RESTS && seen)
			return tell_lost(w);
		if (now == UNSURE) {
			wait_for_news(w, SOON);
		} else if (now == RESTS) {
			wait_for_job(w);
		} else {
			seen = true;
			control_forget(w);
			show_figures(&w->show, &w->figures);
			wait_for_news(w, w->show.style == STYLE_NONE ? FOR_EVER : SECOND);
		}
	}
}

static int watch(struct watch *w)
{
	int status;

	catch_signals();
	w->news = (struct news){ .dir = w->dir, .fd = -1, .tell = on_news, .data = w };
	w->log_says = UNSURE;
	w->control = -1;
	w->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	status = follow(w);
	control_forget(w);
	close(w->mounts);
	news_free(&w->news);
	show_free(&w->show);
	return status;
}

/* ---- the command line ---- */

static const char usage[] = "usage: burnfs-watch [OPTION…] [DIR]\n"
			    "\n"
			    "Shows the progress of the running job of a burnfs mount, and exits "
			    "when it ends. DIR is the mount "
			    "or\n"
			    "anything in it; without DIR: the mount of the current directory, or "
			    "else the only one.\n"
			    "\n"
			    "  -n, --next     wait for the next job if none runs\n"
			    "  -q, --quiet    print nothing; see the exit status\n"
			    "      --gauge    print lines for \"zenity --progress\" and \"dialog "
			    "--gauge\"\n"
			    "  -h, --help     print this help\n"
			    "  -V, --version  print the version\n"
			    "\n"
			    "Exit status: 0 the job succeeded, 1 it failed, 3 it was cancelled, 2 "
			    "there is no mount to watch.\n"
			    "Interrupting burnfs-watch does not stop the job; \"echo cancel > "
			    "DIR/control\" does.\n";

static enum style style_for_stdout(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0 ? STYLE_BAR :
										     STYLE_LINES;
}

int main(int argc, char **argv)
{
	enum { OPT_GAUGE = 256 };
	static const struct option options[] = {
		{ "next", no_argument, NULL, 'n' }, { "quiet", no_argument, NULL, 'q' },
		{ "gauge", no_argument, NULL, OPT_GAUGE }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { 0 },
	};
	static struct watch w;
	bool wrong = false;
	int opt;

	setlocale(LC_ALL, "");
	w.show = (struct show){ .style = style_for_stdout(), .percent = -1 };
	while ((opt = getopt_long(argc, argv, "nqhV", options, NULL)) >= 0) {
		if (opt == 'n')
			w.next = true;
		else if (opt == 'q')
			w.show.style = STYLE_NONE;
		else if (opt == OPT_GAUGE)
			w.show.style = STYLE_GAUGE;
		else if (opt == 'h' || opt == 'V')
			return printf("%s", opt == 'h' ? usage :
							 "burnfs-watch " PACKAGE_VERSION "\n") < 0;
		else
			wrong = true;
	}
	if (!wrong && optind < argc - 1)
		complain("too many arguments, from \"%s\" on: it watches one mount",
			 argv[optind + 1]);
	if (wrong || optind < argc - 1) {
		fprintf(stderr, "burnfs-watch: see \"burnfs-watch --help\"\n");
		return STATUS_UNUSABLE;
	}
	if (find_mount(&w, argv[optind]) < 0)
		return STATUS_UNUSABLE;
	return watch(&w);
}
