/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libisofs, whose state is the process's: one user at a time.
 */
#ifndef BURNFS_ISO_LIB_H
#define BURNFS_ISO_LIB_H

#include "base/util.h"

/*
 * Have the library for oneself, until iso_lib_end(): also when it says that the library cannot
 * start.
 */
int iso_lib_begin(struct err *);
void iso_lib_end(void);

/*
 * 0 for a code of the library's that is none of an error's; else the errno for it, and a sentence.
 */
int iso_lib_error(int code, struct err *);
/* Empty the library's queue; @first gets the first message of weight, or nothing. */
void iso_lib_messages(char *first, size_t len);

/* Tell tree/size.c which generation of the library lays out. Once, before anything is measured. */
void iso_set_size_model(void);

/* The library's version, for --version. Static. */
const char *iso_library_version(void);

#endif
