/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What somebody may have meant who wrote a line to control that no verb takes. No locks.
 */
#ifndef BURNFS_FILES_MEANT_H
#define BURNFS_FILES_MEANT_H

struct err;
struct suggestion;

/*
 * Refuse a verb that there is none of: -EINVAL. The suggestion has been compared with the verbs
 * that there are. What is done elsewhere, as `status` or `umount`, is answered with where.
 */
int meant_verb(struct suggestion *, struct err *);
/* Refuse a word behind burn; the suggestion has been compared with its words. -EINVAL. */
int meant_burn_word(struct suggestion *, struct err *);
/* Refuse what blank, or clear, cannot be followed by. -EINVAL. */
int meant_blank_word(const char *word, struct err *);
int meant_clear_word(const char *word, struct err *);
/*
 * Refuse `set` if it was written as in an INI file, with "=": -EINVAL, else 0. @key is the first
 * word behind it, and @rest what follows that.
 */
int meant_set(const char *key, const char *rest, struct err *);

#endif
