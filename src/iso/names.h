/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of more than LINUX_NAME_MAX bytes. libisofs writes a long name into two fields NM (RRIP
 * 4.1.4): some 85 bytes in the record, the rest in the continuation area. Linux leaves out a field
 * that would make the name too long for it, and all after that: it would show 85 of 255 bytes.
 *
 * So the rest is split into two fields, where a character ends: Linux shows the name but for its
 * last one to five bytes, and who joins all fields reads what he read before.
 *
 * The second field's head takes five bytes. They come from the unused end of the block that the
 * area is in: the areas behind this one move within the block. No block gets another owner, and no
 * size changes. libisofs leaves 28 bytes or more at the end of each block; where more than five
 * such names share one, some may find no room. Those that come first are split, the others stay as
 * they are: recorded whole, but cut short by Linux. From version 1.5.6 on an area may cross the end
 * of a block; a name that goes on behind it stays as well.
 */
#ifndef BURNFS_ISO_NAMES_H
#define BURNFS_ISO_NAMES_H

#include <stdint.h>

/*
 * Split such names in a complete @head of @blocks blocks, more than PVD_BLOCK of them. What is not
 * as libisofs writes it is left alone, for iso_check() to find. No locks, no I/O.
 */
void iso_names_split(unsigned char *head, uint32_t blocks);

#endif
