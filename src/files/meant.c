/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of other programs, and of a person's first guess. A row is added where somebody was left
 * without a hint.
 */
#include "files/meant.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/suggest.h"
#include "base/util.h"
#include "config/settings.h"

static const struct synonym verb_synonyms[] = {
	{ "write", "burn" },
	{ "record", "burn" },
	{ "start", "burn" },
	{ "finalize", "burn" },
	{ "finalise", "burn" },
	{ "close", "burn" },
	{ "fixate", "burn" },
	{ "copy", "burn copies=N" },
	{ "copies", "burn copies=N" },
	{ "simulate", "burn simulate" },
	{ "dummy", "burn simulate" },
	{ "test", "burn simulate" },
	{ "check", "burn verify" },
	{ "multi", "burn multi" },
	{ "append", "burn multi" },
	{ "abort", "cancel" },
	{ "stop", "cancel" },
	{ "kill", "cancel" },
	{ "delete", "clear" },
	{ "empty", "clear" },
	{ "reset", "clear" },
	{ "remove", "clear" },
	{ "rm", "clear" },
	{ "wipe", "blank" },
	{ "open", "eject" },
	{ "unload", "eject" },
	{ "insert", "load" },
	{ "device", "recorder" },
	{ "drive", "recorder" },
	{ "dev", "recorder" },
	{ "burner", "recorder" },
	{ "output", "recorder" },
	{ "refresh", "probe" },
	{ "rescan", "probe" },
	{ "scan", "probe" },
	{ "sync", "wait" },
	{ "option", "set" },
	{ "stage", "add" },
	{ 0 },
};

static const struct synonym burn_synonyms[] = {
	{ "dummy", "simulate" },
	{ "test", "simulate" },
	{ "dry-run", "simulate" },
	{ "sim", "simulate" },
	{ "check", "verify" },
	{ "compare", "verify" },
	{ "open", "eject" },
	{ "append", "multi" },
	{ "multisession", "multi" },
	{ "finalize", "burn without multi" },
	{ "finalise", "burn without multi" },
	{ "close", "burn without multi" },
	{ "fixate", "burn without multi" },
	{ "copy", "copies=N" },
	{ 0 },
};

static const struct synonym blank_synonyms[] = {
	{ "quick", "blank fast" },    { "minimal", "blank fast" }, { "short", "blank fast" },
	{ "all", "blank full" },      { "disc", "blank full" },	   { "disk", "blank full" },
	{ "complete", "blank full" }, { "slow", "blank full" },	   { "format", "blank" },
	{ 0 },
};

static const struct synonym clear_synonyms[] = {
	{ "all", "clear" },	    { "everything", "clear" },	{ "stage", "clear" },
	{ "files", "clear data" },  { "music", "clear audio" }, { "sound", "clear audio" },
	{ "tracks", "clear audio" }, { "iso", "clear image" },	{ "images", "clear image" },
	{ 0 },
};

/* What is no command because it is done in another way. */
static const struct synonym elsewhere[] = {
	{ "status", "read the file progress, or stats, beside control" },
	{ "state", "read the file progress, or stats, beside control" },
	{ "stats", "read the file stats beside control" },
	{ "stat", "read the file stats beside control" },
	{ "info", "read the file stats beside control" },
	{ "progress", "read the file progress beside control" },
	{ "log", "read the file events beside control" },
	{ "events", "read the file events beside control" },
	{ "recorders", "read the file recorders beside control" },
	{ "drives", "read the file recorders beside control" },
	{ "list", "read the file control for the commands, or recorders for the drives" },
	{ "version", "read the file stats beside control" },
	{ "config", "read burnfs.conf(5), and write \"set KEY VALUE\"" },
	{ "add", "copy the files into data/, or sound into audio/" },
	{ "cp", "copy the files into data/, or sound into audio/" },
	{ "stage", "copy the files into data/, or sound into audio/" },
	{ "ls", "list data/ and audio/ beside control" },
	{ "umount", "unmount in a shell: umount MOUNTPOINT, or fusermount3 -u MOUNTPOINT" },
	{ "unmount", "unmount in a shell: umount MOUNTPOINT, or fusermount3 -u MOUNTPOINT" },
	{ "quit", "burnfs ends when it is unmounted, in a shell: umount MOUNTPOINT" },
	{ "exit", "burnfs ends when it is unmounted, in a shell: umount MOUNTPOINT" },
	{ "shutdown", "burnfs ends when it is unmounted, in a shell: umount MOUNTPOINT" },
	{ "mount", "this is mounted; for another mount start burnfs in a shell" },
	{ 0 },
};

int meant_verb(struct suggestion *near, struct err *err)
{
	struct suggestion other = { .word = near->word };
	char question[80], set[48];
	const char *key;

	suggest_synonym(&other, elsewhere);
	if (other.best)
		return err_set(err, EINVAL, "\"%.80s\" is not a command: %s", near->word,
			       other.best);
	suggest_synonym(near, verb_synonyms);
	key = settings_nearest(near->word);
	if (key && (!near->best || settings_known(near->word))) {
		snprintf(set, sizeof(set), "set %s", key);
		near->best = set;
	}
	err_set(err, EINVAL, "unknown command \"%.80s\"%s Read control for the list", near->word,
		suggestion_text(near, ".", question, sizeof(question)));
	near->best = NULL;
	return -EINVAL;
}

int meant_burn_word(struct suggestion *near, struct err *err)
{
	char question[80], copies[48];
	const char *word = near->word;

	if (*word == '/' || strncmp(word, "image:", strlen("image:")) == 0)
		return err_set(err, EINVAL,
			       "burn takes no recorder: write \"recorder %.200s\", then \"burn\"",
			       word);
	suggest_synonym(near, burn_synonyms);
	if (strlen(word) <= 2 && strspn(word, "0123456789") == strlen(word)) {
		snprintf(copies, sizeof(copies), "copies=%s", word);
		near->best = copies;
	}
	err_set(err, EINVAL,
		"unknown option \"%.80s\" of burn%s Use simulate, verify, eject, multi, copies=N "
		"or wait",
		word, suggestion_text(near, ".", question, sizeof(question)));
	near->best = NULL;
	return -EINVAL;
}

static int refuse_word(const char *verb, const char *word, const struct synonym *synonyms,
		       const char *use, struct err *err)
{
	struct suggestion near = { .word = word };
	char question[80];

	suggest_synonym(&near, synonyms);
	if (near.best)
		return err_set(err, EINVAL, "%s cannot be \"%.80s\"%s Use %s", verb, word,
			       suggestion_text(&near, "", question, sizeof(question)), use);
	return err_set(err, EINVAL, "%s cannot be \"%.80s\": use %s", verb, word, use);
}

int meant_blank_word(const char *word, struct err *err)
{
	return refuse_word("blank", word, blank_synonyms, "blank, blank fast or blank full", err);
}

int meant_clear_word(const char *word, struct err *err)
{
	return refuse_word("clear", word, clear_synonyms,
			   "clear, clear data, clear audio or clear image", err);
}

int meant_set(const char *key, const char *rest, struct err *err)
{
	const char *equals = strchr(key, '=');
	size_t len = strcspn(key, "=");

	if (!equals && rest[0] == '=' && strchr(" \t", rest[1]))
		rest += 1 + strspn(rest + 1, " \t");
	else if (!equals)
		return 0;
	return err_set(err, EINVAL, "write \"set %.*s %.100s%s%.100s\", without \"=\"",
		       (int)len, key, equals ? equals + 1 : "",
		       equals && equals[1] && *rest ? " " : "", rest);
}
