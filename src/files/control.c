/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs, a row each. To add one: write its function, add its row here and a line in
 * burnfs-files(5).
 */
#include "files/control.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "base/util.h"
#include "files/meant.h"
#include "session/session.h"

enum { WORDS_MAX = 16, LINE_MAX_BYTES = 8192 };

/* One line, split. */
struct command {
	struct session *session;
	const struct control_caller *caller;
	const char *words[WORDS_MAX];   /* the verb first */
	unsigned nwords;
	const char *rest;               /* of the line behind the first word, and behind the
					   second */
	const char *rest2;
};

struct verb {
	const char *name;
	const char *args;               /* for the crib */
	unsigned min, max;              /* words behind the verb */
	int (*run)(const struct command *, struct err *);
					/* 0; 1: good, and the message is for people; -errno */
	bool silent;                    /* its success is no outcome: that of the job before
					   stays */
	const char *help;
	bool instant;                   /* it takes no lock for long, and waits for nothing */
};

/* ---- burn ---- */

struct burn_word {
	const char *word;
	size_t flag;                    /* offset of a bool in struct burn_request */
};

struct burn_request {
	struct burn_options options;
	bool wait;
};

static const struct burn_word burn_words[] = {
	{ "simulate", offsetof(struct burn_request, options.simulate) },
	{ "verify", offsetof(struct burn_request, options.verify) },
	{ "eject", offsetof(struct burn_request, options.eject) },
	{ "multi", offsetof(struct burn_request, options.multi) },
	{ "wait", offsetof(struct burn_request, wait) },
};

static int parse_copies(const char *text, unsigned *copies, struct err *err)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || n < 1 || n > 99)
		return err_set(err, EINVAL, "copies cannot be \"%.80s\": use a number from 1 to 99",
			       text);
	*copies = (unsigned)n;
	return 0;
}

static int unknown_burn_word(const char *word, struct err *err)
{
	struct suggestion near = { .word = word };

	for (size_t i = 0; i < ARRAY_SIZE(burn_words); i++)
		suggest(&near, burn_words[i].word);
	suggest(&near, "copies=N");
	return meant_burn_word(&near, err);
}

static int parse_burn_word(const char *word, struct burn_request *req, struct err *err)
{
	if (strncmp(word, "copies=", 7) == 0)
		return parse_copies(word + 7, &req->options.copies, err);
	for (size_t i = 0; i < ARRAY_SIZE(burn_words); i++) {
		if (strcmp(word, burn_words[i].word) == 0) {
			*(bool *)((char *)req + burn_words[i].flag) = true;
			return 0;
		}
	}
	return unknown_burn_word(word, err);
}

static int verb_burn(const struct command *c, struct err *err)
{
	struct burn_request req = { .options.copies = 1 };
	int r = 0;

	for (unsigned i = 1; i < c->nwords && r == 0; i++)
		r = parse_burn_word(c->words[i], &req, err);
	c->caller->waiter->leaves = !req.wait;
	if (r == 0)
		r = session_burn(c->session, &req.options, c->caller->waiter, err);
	if (r == 0 && req.wait)
		r = session_wait(c->session, c->caller->waiter, err);
	return r;
}

/* ---- the others ---- */

static int verb_cancel(const struct command *c, struct err *err)
{
	(void)err;
	session_cancel(c->session);
	return 0;
}

static int verb_wait(const struct command *c, struct err *err)
{
	return session_wait(c->session, c->caller->waiter, err);
}

static int verb_clear(const struct command *c, struct err *err)
{
	static const char *const branches[BRANCHES] = { "data", "audio", "image" };
	bool known = c->nwords == 1;
	int r = 0;

	for (int b = 0; b < BRANCHES; b++)
		known = known || strcmp(c->words[1], branches[b]) == 0;
	if (!known)
		return meant_clear_word(c->words[1], err);
	for (int b = 0; b < BRANCHES && r == 0; b++)
		if (c->nwords == 1 || strcmp(c->words[1], branches[b]) == 0)
			r = session_clear(c->session, (enum branch)b, err);
	return r;
}

static int verb_add(const struct command *c, struct err *err)
{
	if (!c->caller->may_name_paths)
		return err_set(err, EPERM, "only root and the user who mounted may add a file");
	return session_add(c->session, c->rest, err);
}

static int verb_format(const struct command *c, struct err *err)
{
	return session_set(c->session, "format", c->words[1], err);
}

static int verb_recorder(const struct command *c, struct err *err)
{
	if (!c->caller->may_name_paths)
		return err_set(err, EACCES,
			       "only root and the user who mounted may choose a recorder");
	return session_set_recorder(c->session, c->rest, err);
}

static int verb_set(const struct command *c, struct err *err)
{
	int r = meant_set(c->words[1], c->rest2, err);

	if (r < 0)
		return r;
	if (!c->caller->may_name_paths && strcmp(c->words[1], "overwrite") == 0)
		return err_set(err, EACCES, "only root and the user who mounted may set overwrite");
	r = session_set(c->session, c->words[1], c->rest2, err);
	return r == 0 && err->msg[0] ? 1 : r;
}

static int verb_blank(const struct command *c, struct err *err)
{
	bool full = c->nwords == 2 && strcmp(c->words[1], "full") == 0;

	if (c->nwords == 2 && !full && strcmp(c->words[1], "fast") != 0)
		return meant_blank_word(c->words[1], err);
	return session_drive_command(c->session, full ? DRIVE_BLANK_FULL : DRIVE_BLANK_FAST, err);
}

static int verb_eject(const struct command *c, struct err *err)
{
	return session_drive_command(c->session, DRIVE_EJECT, err);
}

static int verb_load(const struct command *c, struct err *err)
{
	return session_drive_command(c->session, DRIVE_LOAD, err);
}

static int verb_probe(const struct command *c, struct err *err)
{
	return session_drive_command(c->session, DRIVE_PROBE, err);
}

static int verb_help(const struct command *, struct err *);

static const struct verb verbs[] = {
	{ "burn", "[simulate] [verify] [eject] [multi] [copies=N] [wait]", 0, 6, verb_burn, true,
	  "record what is staged; with wait, return when it is done" },
	{ "cancel", "", 0, 0, verb_cancel, true, "stop the running job", .instant = true },
	{ "wait", "", 0, 0, verb_wait, true, "wait for the running job and return its result" },
	{ "clear", "[data|audio|image]", 0, 1, verb_clear, false, "remove what is staged" },
	{ "add", "FILE", 1, WORDS_MAX, verb_add, false,
	  "stage a file of the stash's volume without copying it" },
	{ "format", "data|audio|mixed|image|auto", 1, 1, verb_format, false,
	  "choose what the next burn records" },
	{ "recorder", "RECORDER", 1, WORDS_MAX, verb_recorder, true, "choose the recorder" },
	{ "set", "KEY VALUE", 1, WORDS_MAX, verb_set, false, "change a setting until unmount" },
	{ "blank", "[fast|full]", 0, 1, verb_blank, true,
	  "erase or format a rewritable disc (alias: erase)" },
	{ "eject", "", 0, 0, verb_eject, true, "open the tray" },
	{ "load", "", 0, 0, verb_load, true, "close the tray" },
	{ "probe", "", 0, 0, verb_probe, true, "check again which disc is in the drive" },
	{ "help", "[COMMAND]", 0, 1, verb_help, false,
	  "tell of a command, or name all, in the last outcome" },
};

const char *control_verb(size_t row)
{
	return row < ARRAY_SIZE(verbs) ? verbs[row].name : NULL;
}

/* ---- lines ---- */

/* Names that other programs have made usual; they work, and are in no list. */
static const struct synonym aliases[] = { { "erase", "blank" } };

static int unknown_verb(const char *name, struct err *err)
{
	struct suggestion near = { .word = name };

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		suggest(&near, verbs[i].name);
	suggest(&near, "erase");
	return meant_verb(&near, err);
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (strcmp(name, aliases[i].word) == 0)
			name = aliases[i].here;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(name, verbs[i].name) == 0)
			return &verbs[i];
	return NULL;
}

static int verb_help(const struct command *c, struct err *err)
{
	const struct verb *v = c->nwords == 2 ? find_verb(c->words[1]) : NULL;
	cleanup_text struct text names = { 0 };

	if (c->nwords == 2 && !v)
		return unknown_verb(c->words[1], err);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		text_add(&names, "%s%s", i ? ", " : "", verbs[i].name);
	if (v)
		snprintf(err->msg, sizeof(err->msg), "%s%s%s: %s", v->name, *v->args ? " " : "",
			 v->args, v->help);
	else
		snprintf(err->msg, sizeof(err->msg),
			 "the commands are %s; \"help COMMAND\" tells of one, and reading control "
			 "of all",
			 names.data && !names.failed ? names.data : "in control");
	return 1;
}

static bool blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r';
}

/*
 * Split a line in words; @copy is cut up, @line stays and gives the rests. Words beyond WORDS_MAX
 * are counted as one more, which no verb without a rest takes.
 */
static void split(struct command *c, char *copy, const char *line)
{
	char *at = copy;

	c->rest = c->rest2 = "";
	while (c->nwords < WORDS_MAX) {
		while (blank(*at))
			at++;
		if (!*at)
			return;
		if (c->nwords == 1)
			c->rest = line + (at - copy);
		if (c->nwords == 2)
			c->rest2 = line + (at - copy);
		c->words[c->nwords++] = at;
		while (*at && !blank(*at))
			at++;
		if (*at)
			*at++ = '\0';
	}
}

/* A comment, or an empty line. */
static bool says_nothing(const char *line)
{
	return *line == '\0' || *line == '#';
}

static int run_command(const struct command *c, const struct verb **verb, struct err *err)
{
	const struct verb *v = find_verb(c->words[0]);
	unsigned args = c->nwords - 1;

	*verb = v;
	if (!v)
		return unknown_verb(c->words[0], err);
	if (args < v->min || args > v->max)
		return err_set(err, EINVAL, "usage: %s%s%s", v->name, *v->args ? " " : "", v->args);
	return v->run(c, err);
}

/* One line, NUL-terminated, without its newline. */
static int run_line(struct session *s, const char *line, const struct control_caller *caller,
		    struct err *err)
{
	struct command c = { .session = s, .caller = caller };
	char copy[LINE_MAX_BYTES];
	const struct verb *v;
	int r;

	*err = (struct err){ 0 };
	snprintf(copy, sizeof(copy), "%s", line);
	split(&c, copy, line);
	r = run_command(&c, &v, err);
	if (r == 0)
		*err = (struct err){ 0 }; /* of an attempt that was repeated with success */
	if (r > 0)
		r = err->code = 0;
	/* A job keeps its own outcome when it ends, before those who wait for it are told. */
	if (c.caller->waiter->done)
		c.caller->waiter->done = false;
	else if (r < 0 || !v->silent)
		session_outcome(s, v ? v->name : "control", err);
	return r;
}

/*
 * Take the next line from @at on, without its newline and what is blank before and behind it; empty
 * at the end. Others choose how many lines there are, so this costs no more than they have bytes.
 */
static int take_line(const char *text, size_t len, size_t *at, char line[LINE_MAX_BYTES],
		     struct err *err)
{
	const char *begin, *end;
	size_t n;

	while (*at < len && (blank(text[*at]) || text[*at] == '\n'))
		++*at;
	begin = text + *at;
	end = memchr(begin, '\n', len - *at);
	n = end ? (size_t)(end - begin) : len - *at;
	if (n >= LINE_MAX_BYTES || memchr(begin, '\0', n))
		return err_set(err, EINVAL,
			       "the line is too long or has a zero byte: write one command a line");
	memcpy(line, begin, n);
	line[n] = '\0';
	for (char *last = line + n; last > line && blank(last[-1]); )
		*--last = '\0';
	*at += n + 1;
	return 0;
}

int control_run(struct session *s, const char *text, size_t len,
		const struct control_caller *caller, struct err *err)
{
	char line[LINE_MAX_BYTES];
	int r = 0;

	*err = (struct err){ 0 };
	for (size_t at = 0; at < len && r == 0; ) {
		r = take_line(text, len, &at, line, err);
		if (r == 0 && says_nothing(line))
			continue;
		if (r < 0)
			session_outcome(s, "control", err);
		else
			r = run_line(s, line, caller, err);
	}
	return r;
}

bool control_is_instant(const char *text, size_t len)
{
	char line[LINE_MAX_BYTES], copy[LINE_MAX_BYTES];
	struct err err;

	for (size_t at = 0; at < len; ) {
		struct command c = { 0 };
		const struct verb *v;

		if (take_line(text, len, &at, line, &err) < 0)
			return false;
		if (says_nothing(line))
			continue;
		memcpy(copy, line, strlen(line) + 1);
		split(&c, copy, line);
		v = find_verb(c.words[0]);
		if (!v || !v->instant)
			return false;
	}
	return true;
}

/* ---- the crib ---- */

void control_help(struct session *s, struct text *out)
{
	struct outcome last;

	session_last(s, &last);
	text_add(out, "# Write one of these commands, a line each:\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		char use[96];

		snprintf(use, sizeof(use), "%s%s%s", verbs[i].name, *verbs[i].args ? " " : "",
			 verbs[i].args);
		text_add(out, "#   %-58s %s\n", use, verbs[i].help);
	}
	if (!last.op[0])
		text_add(out, "# No command has run yet.\n");
	else if (last.err.code)
		text_add(out, "# Last: %s: %s: %s\n", last.op, err_name(last.err.code),
			 last.err.msg);
	else
		text_add(out, "# Last: %s: ok%s%s\n", last.op, *last.summary ? ": " : "",
			 last.summary);
}
