/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts libisofs, keeps its users apart, and turns its messages into sentences.
 */
#include "iso/lib.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

#define LIBISOFS_WITHOUT_LIBBURN yes
#include <libisofs/libisofs.h>

#include "tree/size.h"

static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;

void iso_set_size_model(void)
{
	int major, minor, micro;

	iso_lib_version(&major, &minor, &micro);
	size_set_library(major, minor, micro);
}

const char *iso_library_version(void)
{
	static char text[40];
	int major, minor, micro;

	iso_lib_version(&major, &minor, &micro);
	snprintf(text, sizeof(text), "%d.%d.%d", major, minor, micro);
	return text;
}

void iso_lib_messages(char *first, size_t len)
{
	char text[ISO_MSGS_MESSAGE_LEN], severity[80], at_least[] = "FAILURE";
	int error, image;

	first[0] = '\0';
	while (iso_obtain_msgs(at_least, &error, &image, text, severity) == 1)
		if (!first[0])
			snprintf(first, len, "%.390s", text);
}

int iso_lib_error(int code, struct err *err)
{
	char first[400];

	iso_lib_messages(first, sizeof(first));
	if (code >= 0)
		return 0;
	if (code == (int)ISO_OUT_OF_MEM)
		return err_set(err, ENOMEM, "not enough memory to lay out the disc");
	if (code == (int)ISO_MANGLE_TOO_MUCH_FILES)
		return err_set(err, EIO,
			       "too many names in one directory begin alike for ISO 9660: move "
			       "some to other directories");
	return err_set(err, EIO, "libisofs %s cannot lay out the disc: %s", iso_library_version(),
		       first[0] ? first : iso_error_to_msg(code));
}

/* Once in the process; the lock is held. */
static int start(struct err *err)
{
	static bool started;
	char never[] = "NEVER", failure[] = "FAILURE", no_prefix[] = "", utf8[] = "UTF-8";
	int ret;

	if (started)
		return 0;
	ret = iso_init_with_flag(1); /* leaves the locale alone */
	if (ret >= 0)
		ret = iso_set_msgs_severities(failure, never, no_prefix);
	if (ret >= 0)
		ret = iso_set_local_charset(utf8, 0);
	if (ret < 0)
		return iso_lib_error(ret, err);
	started = true;
	return 0;
}

int iso_lib_begin(struct err *err)
{
	pthread_mutex_lock(&library);
	return start(err);
}

void iso_lib_end(void)
{
	pthread_mutex_unlock(&library);
}
