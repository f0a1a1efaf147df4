/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a TOC file, one after the other. */
#ifndef BURNFS_IMAGEFILE_TOC_PRIV_H
#define BURNFS_IMAGEFILE_TOC_PRIV_H

#include "imagefile/sheet_priv.h"

enum token { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_OPEN, TOKEN_CLOSE };

struct toc {
	struct sheet_build *b;
	char *at;                    /* what is read next */
	unsigned line;               /* where that is */
	enum token token;            /* what was read last */
	unsigned token_line;         /* where that is */
	bool again;                  /* it is to be read once more */
	char word[64];
	char *string;                /* within the text */
};

/* All of these return 0, or a negative errno with a sentence in b->err. */

/* Read the next token; of a word the text is in word, of a string it is in string, in UTF-8. */
int toc_next(struct toc *);
/* The next token must be of that kind: @what is missing if it is not. */
int toc_expect(struct toc *, enum token, const char *what);
/* Whether the next one is a word that begins with one of these characters; else it is left. */
int toc_optional(struct toc *, const char *begin, bool *there);
/* Go on behind the brace that closes the one that was read. */
int toc_skip_block(struct toc *);

#endif
