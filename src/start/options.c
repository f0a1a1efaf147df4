/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table for the words of -o, getopt for the rest.
 */
#include "start/options.h"

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/suggest.h"

#define SOURCE_PREFIX "burnfs#"

enum word_kind { WORD_DROP, WORD_FUSE };

/*
 * Words of -o that are no settings; one that ends in '=' has a value, one that ends in '*' is a
 * prefix.
 */
static const struct {
	const char *word;
	enum word_kind kind;
} words[] = {
	/* mount(8)'s own, which it hands to whoever mounts */
	{ "auto", WORD_DROP },
	{ "noauto", WORD_DROP },
	{ "user", WORD_DROP },
	{ "user=", WORD_DROP },
	{ "users", WORD_DROP },
	{ "nouser", WORD_DROP },
	{ "owner", WORD_DROP },
	{ "group", WORD_DROP },
	{ "nofail", WORD_DROP },
	{ "_netdev", WORD_DROP },
	{ "defaults", WORD_DROP },
	{ "comment=", WORD_DROP },
	{ "x-*", WORD_DROP },
	{ "X-*", WORD_DROP },
	{ "relatime", WORD_DROP },
	{ "norelatime", WORD_DROP },
	{ "lazytime", WORD_DROP },
	{ "nolazytime", WORD_DROP },
	{ "strictatime", WORD_DROP },
	{ "nostrictatime", WORD_DROP },
	{ "diratime", WORD_DROP },
	{ "nodiratime", WORD_DROP },
	{ "iversion", WORD_DROP },
	{ "noiversion", WORD_DROP },
	{ "mand", WORD_DROP },
	{ "nomand", WORD_DROP },
	{ "loud", WORD_DROP },
	{ "silent", WORD_DROP },
	{ "uhelper=", WORD_DROP },
	{ "helper=", WORD_DROP },
	/* the kernel's, by way of libfuse */
	{ "rw", WORD_FUSE },
	{ "ro", WORD_FUSE },
	{ "dev", WORD_FUSE },
	{ "nodev", WORD_FUSE },
	{ "suid", WORD_FUSE },
	{ "nosuid", WORD_FUSE },
	{ "exec", WORD_FUSE },
	{ "noexec", WORD_FUSE },
	{ "atime", WORD_FUSE },
	{ "noatime", WORD_FUSE },
	{ "sync", WORD_FUSE },
	{ "async", WORD_FUSE },
	{ "dirsync", WORD_FUSE },
	/* libfuse's */
	{ "allow_other", WORD_FUSE },
	{ "allow_root", WORD_FUSE },
	{ "auto_unmount", WORD_FUSE },
	{ "default_permissions", WORD_FUSE },
	{ "fsname=", WORD_FUSE },
	{ "subtype=", WORD_FUSE },
	{ "context=", WORD_FUSE },
	{ "fscontext=", WORD_FUSE },
	{ "defcontext=", WORD_FUSE },
	{ "rootcontext=", WORD_FUSE },
};

static bool word_matches(const char *pattern, const char *word)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return strncmp(pattern, word, n - 1) == 0;
	if (pattern[n - 1] == '=')
		return strncmp(pattern, word, n) == 0;
	return strcmp(pattern, word) == 0;
}

/* ---- -o ---- */

static void pass_on(struct options *o, const char *word)
{
	text_add(&o->fuse, "%s", o->fuse.len ? "," : "");
	/* libfuse splits at commas, and takes a backslash for an escape */
	for (; *word; word++)
		text_add(&o->fuse, strchr(",\\", *word) ? "\\%c" : "%c", *word);
}

static int set_setting(struct options *o, const char *word, struct err *err)
{
	char key[32];
	const char *eq = strchr(word, '=');

	snprintf(key, sizeof(key), "%.*s", (int)(eq - word), word);
	return settings_set(&o->settings, key, eq + 1, SETTINGS_OPTION, err);
}

static bool is_setting(const char *word)
{
	char key[32];
	const char *eq = strchr(word, '=');

	if (!eq || (size_t)(eq - word) >= sizeof(key))
		return false;
	snprintf(key, sizeof(key), "%.*s", (int)(eq - word), word);
	return settings_known(key);
}

static int set_max_threads(struct options *o, const char *value, struct err *err)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || n < 1 || n > 1000)
		return err_set(err, EINVAL,
			       "max_threads cannot be \"%.80s\": use a number from 1 to 1000",
			       value);
	o->max_threads = (unsigned)n;
	return 0;
}

/* What was meant may be a setting or a mount option. */
static void suggest_option(struct suggestion *near)
{
	const char *key = settings_nearest(near->word);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].kind == WORD_FUSE)
			suggest(near, words[i].word);
	suggest(near, "max_threads=");
	suggest(near, "config=");
	if (key && !near->best)
		near->best = key;
}

static int refuse_word(const char *word, struct err *err)
{
	size_t n = strcspn(word, "=");
	char key[64], question[80];
	struct suggestion near = { .word = key };

	snprintf(key, sizeof(key), "%.*s", n < sizeof(key) ? (int)n : (int)sizeof(key) - 1, word);
	if (settings_known(key))
		return err_set(err, EINVAL, "%s needs a value, as in -o %s=%s", key, key,
			       settings_example(key));
	suggest_option(&near);
	if (near.best)
		return err_set(err, EINVAL,
			       "unknown option \"-o %.200s\"%s burnfs --help lists the options",
			       word, suggestion_text(&near, "", question, sizeof(question)));
	return err_set(err, EINVAL,
		       "unknown option \"-o %.200s\": burnfs --help lists the options; a comma "
		       "inside a value is written \"\\,\"",
		       word);
}

static int take_word(struct options *o, const char *word, struct err *err)
{
	if (!*word || strncmp(word, "config=", 7) == 0)
		return 0; /* read before all others */
	if (is_setting(word))
		return set_setting(o, word, err);
	if (strncmp(word, "max_threads=", 12) == 0)
		return set_max_threads(o, word + 12, err);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!word_matches(words[i].word, word))
			continue;
		if (words[i].kind == WORD_FUSE)
			pass_on(o, word);
		if (strcmp(word, "allow_other") == 0)
			o->allow_other = true;
		return 0;
	}
	if (o->sloppy)
		return 0;
	return refuse_word(word, err);
}

/*
 * Call @each for each word of an argument of -o. A comma behind a backslash is part of the word;
 * other backslashes stay.
 */
static int split_words(struct options *o, const char *arg,
		       int (*each)(struct options *, const char *, struct err *), struct err *err)
{
	cleanup_free char *word = malloc(strlen(arg) + 1);
	size_t n = 0;
	int r = 0;

	if (!word)
		return err_set(err, ENOMEM, "not enough memory to start");
	for (; r == 0; arg++) {
		if (arg[0] == '\\' && arg[1] == ',') {
			word[n++] = *++arg;
		} else if (*arg == ',' || !*arg) {
			word[n] = '\0';
			n = 0;
			r = each(o, word, err);
			if (!*arg)
				break;
		} else {
			word[n++] = *arg;
		}
	}
	return r;
}

/* Before all other words: a remount comes with whatever the kernel shows of the mount. */
static int refuse_remount(struct options *o, const char *word, struct err *err)
{
	(void)o;
	if (strcmp(word, "remount") != 0)
		return 0;
	return err_set(err, EINVAL,
		       "cannot change the options of a mounted burnfs: unmount it first, or write "
		       "\"set KEY VALUE\" to its control");
}

static int take_config_file(struct options *o, const char *word, struct err *err)
{
	if (strncmp(word, "config=", 7) != 0)
		return 0;
	if (!word[7])
		return err_set(err, EINVAL, "config needs a value, as in -o config=FILE");
	return settings_load(&o->settings, word + 7, err);
}

/* ---- files ---- */

static int load_if_there(struct options *o, const char *path, struct err *err)
{
	int r = settings_load(&o->settings, path, err);

	return r == -ENOENT ? 0 : r;
}

static int load_of_user(struct options *o, struct err *err)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	const struct passwd *pw = home ? NULL : getpwuid(getuid());
	char path[PATH_MAX];
	struct stat st;

	if (base && *base == '/')
		snprintf(path, sizeof(path), "%s/burnfs/burnfs.conf", base);
	else if (home || pw)
		snprintf(path, sizeof(path), "%s/.config/burnfs/burnfs.conf",
			 home ? home : pw->pw_dir);
	else
		return 0;
	/* Somebody else's environment, as sudo may keep it, does not say where root burns to. */
	if (getuid() == 0 && stat(path, &st) == 0 && st.st_uid != 0) {
		log_warning("ignoring %s: it does not belong to root", path);
		return 0;
	}
	return load_if_there(o, path, err);
}

/* ---- the command line ---- */

enum { OPT_LIST_RECORDERS = 256, OPT_PRINT_CONFIG };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "list-recorders", no_argument, NULL, OPT_LIST_RECORDERS },
	{ "print-config", no_argument, NULL, OPT_PRINT_CONFIG },
	{ NULL, 0, NULL, 0 },
};

/* What the letters mean that people give, and those of mount(8). */
static const char own_letters[] = "hVfdso:", helper_letters[] = "hVfnsvN:o:t:";

static bool take_own_letter(struct options *o, int letter)
{
	switch (letter) {
	case 'f': o->foreground = true; return true;
	case 'd': o->debug = o->foreground = true; return true;
	case 's': o->single_thread = true; return true;
	case OPT_LIST_RECORDERS: o->list_recorders = true; return true;
	case OPT_PRINT_CONFIG: o->print_config = true; return true;
	default: return false;
	}
}

static bool take_helper_letter(struct options *o, int letter)
{
	switch (letter) {
	case 'f': o->fake = true; return true;
	case 's': o->sloppy = true; return true;
	case 'v': o->verbose = true; return true;
	case 'N': o->namespace = optarg; return true;
	case 'n': case 't': return true; /* /etc/mtab, and our type, are as they are */
	default: return false;
	}
}

/* Go over the options once; @each gets the words of -o. */
static int scan(struct options *o, int argc, char **argv,
		int (*each)(struct options *, const char *, struct err *), struct err *err)
{
	int c, r = 0;

	optind = 0; /* begins anew, also after an error within a word */
	opterr = 0;
	while (r == 0 && (c = getopt_long(argc, argv, o->helper ? helper_letters : own_letters,
					  long_options, NULL)) != -1) {
		if (c == 'h')
			o->help = true;
		else if (c == 'V')
			o->version = true;
		else if (c == 'o')
			r = split_words(o, optarg, each, err);
		else if (!(o->helper ? take_helper_letter(o, c) : take_own_letter(o, c)))
			return err_set(err, EINVAL,
				       "unknown or incomplete option \"%s\": burnfs --help "
				       "lists the options",
				       argv[optind - 1]);
	}
	return r;
}

/* What can only be a recorder, where a mountpoint is missing. */
static bool is_no_directory(const char *arg)
{
	struct stat st;

	if (stat(arg, &st) == 0)
		return S_ISBLK(st.st_mode);
	return strcmp(arg, "none") == 0 || strcmp(arg, "auto") == 0 ||
	       strncmp(arg, "image:", 6) == 0 || strncmp(arg, "/dev/", 5) == 0 ||
	       strncmp(arg, SOURCE_PREFIX, strlen(SOURCE_PREFIX)) == 0;
}

static int take_arguments(struct options *o, int n, char **args, struct err *err)
{
	const char *recorder;

	if (o->list_recorders || (o->print_config && n == 0))
		return 0;
	if (n < 1)
		return err_set(err, EINVAL,
			       "no mountpoint given: burnfs [options] [RECORDER] MOUNTPOINT");
	if (n > 2)
		return err_set(err, EINVAL,
			       "too many arguments, from \"%s\" on: burnfs [options] [RECORDER] "
			       "MOUNTPOINT",
			       args[2]);
	if (n == 1 && is_no_directory(args[0]))
		return err_set(err, EINVAL, "no mountpoint given: burnfs %s DIRECTORY", args[0]);
	o->mountpoint = strdup(args[n - 1]);
	if (!o->mountpoint)
		return err_set(err, ENOMEM, "not enough memory to start");
	if (n == 1)
		return 0;
	o->source = strdup(args[0]);
	if (!o->source)
		return err_set(err, ENOMEM, "not enough memory to start");
	recorder = args[0];
	if (strncmp(recorder, SOURCE_PREFIX, strlen(SOURCE_PREFIX)) == 0)
		recorder += strlen(SOURCE_PREFIX);
	if (!*recorder || strcmp(recorder, "auto") == 0)
		return 0; /* the settings say which */
	return settings_set(&o->settings, "recorder", recorder, SETTINGS_OPTION, err);
}

/* mount(8) calls mount.TYPE. */
static bool is_helper(const char *program)
{
	const char *slash = strrchr(program ? program : "", '/');

	return program && strncmp(slash ? slash + 1 : program, "mount.", 6) == 0;
}

int options_parse(struct options *o, int argc, char **argv, struct err *err)
{
	int r;

	*o = (struct options){ .helper = is_helper(argv[0]) };
	settings_init(&o->settings);
	/* Help is wanted most where something is wrong. */
	r = scan(o, argc, argv, refuse_remount, err);
	if (r < 0 || o->help || o->version)
		return r;
	r = load_if_there(o, "/etc/burnfs.conf", err);
	if (r == 0)
		r = load_of_user(o, err);
	if (r == 0)
		r = scan(o, argc, argv, take_config_file, err);
	if (r == 0)
		r = scan(o, argc, argv, take_word, err);
	if (r == 0)
		r = take_arguments(o, argc - optind, argv + optind, err);
	if (r == 0 && o->fuse.failed)
		r = err_set(err, ENOMEM, "not enough memory to start");
	return r;
}

/* As systemd sees it, which ignores repeated slashes and "." in a path. */
static bool below_dev(const char *path)
{
	if (*path != '/')
		return false;
	while (*path == '/' || strncmp(path, "./", 2) == 0)
		path++;
	return strncmp(path, "dev/", 4) == 0;
}

bool options_source(const struct options *o, char *buf, size_t len)
{
	const char *source = o->source ? o->source : o->settings.recorder;
	bool device = below_dev(source);

	snprintf(buf, len, "%s%s", device ? SOURCE_PREFIX : "", source);
	return device;
}

void options_free(struct options *o)
{
	free(o->mountpoint);
	free(o->source);
	text_free(&o->fuse);
}
