/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sheets: what is read of them, where it comes to lie, and what is refused with which sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "imagefile/sheet.h"

static struct sheet *parse(const char *text)
{
	struct err err = { 0 };
	struct sheet *s;

	if (sheet_parse(&s, text, strlen(text), &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(sheet_looks(text, strlen(text)));
	return s;
}

static void fit(struct sheet *s, const uint64_t *bytes)
{
	struct err err = { 0 };

	if (sheet_fit(s, bytes, &err) < 0)
		fail_msg("%s", err.msg);
}

static void assert_part(const struct sheet *s, unsigned i, struct sheet_part is)
{
	assert_in_range(i, 0, s->nparts - 1);
	assert_int_equal(s->parts[i].start, is.start);
	assert_int_equal(s->parts[i].sectors, is.sectors);
	assert_int_equal(s->parts[i].file, is.file);
	assert_int_equal(s->parts[i].mode, is.mode);
	assert_int_equal(s->parts[i].offset, is.offset);
	assert_int_equal(s->parts[i].bytes, is.bytes);
}

#define SECTORS(n) ((uint64_t)(n)*SECTOR_SIZE)

static void one_bin(void **state)
{
	static const char text[] = "REM COMMENT \"made by hand\"\r\n"
				   "CATALOG 4006381333931\r\n"
				   "PERFORMER \"\xc3\x89"
				   "dith\"\r\n"
				   "TITLE It is \"live\"\r\n"
				   "FILE \"a b.bin\" BINARY\r\n"
				   "\tTRACK 01 AUDIO\r\n"
				   "    FLAGS DCP PRE\r\n"
				   "    TITLE \"a \"b\" c\"\r\n"
				   "    ISRC de-abc-26-12345\r\n"
				   "    INDEX 00 00:00:00\r\n"
				   "    INDEX 01 00:00:33\r\n"
				   "  TRACK 02 AUDIO\r\n"
				   "    flags 4CH scms\r\n"
				   "    SONGWRITER \"x\ty\"\r\n"
				   "    INDEX 00 00:10:00\r\n"
				   "    INDEX 01 00:12:00\r\n"
				   "    INDEX 02 00:20:00\r\n"
				   "    INDEX 03 00:20:01\r\n";
	struct sheet *s = parse(text);

	(void)state;
	assert_int_equal(s->nfiles, 1);
	assert_string_equal(s->files[0].name, "a b.bin");
	assert_int_equal(s->files[0].type, SHEET_BINARY);
	assert_int_equal(s->files[0].line, 5);
	assert_int_equal(s->ntracks, 2);
	assert_int_equal(s->sessions, 1);
	assert_string_equal(s->catalog, "4006381333931");
	assert_string_equal(s->text[SHEET_PERFORMER], "\xc3\x89"
						      "dith");
	assert_string_equal(s->text[SHEET_TITLE], "It is \"live\"");
	assert_string_equal(s->tracks[0].text[SHEET_TITLE], "a \"b\" c");
	assert_string_equal(s->tracks[0].isrc, "DEABC2612345");
	assert_true(s->tracks[0].copy && s->tracks[0].pre_emphasis);
	assert_false(s->tracks[0].four_channels || s->tracks[0].scms);
	assert_true(s->tracks[1].four_channels && s->tracks[1].scms);
	assert_string_equal(s->tracks[1].text[SHEET_SONGWRITER], "x y");
	assert_null(s->tracks[1].text[SHEET_TITLE]);
	assert_true(sheet_sound(s));

	fit(s, (uint64_t[]){ SECTORS(2000) });
	assert_int_equal(s->blocks, 2000);
	assert_int_equal(s->nparts, 1);
	assert_part(s, 0, (struct sheet_part){ .sectors = 2000, .bytes = SECTORS(2000) });
	assert_int_equal(s->filled, SHEET_ZEROS);
	assert_int_equal(s->tracks[0].gap, 33);
	assert_int_equal(s->tracks[0].start, 33);
	assert_int_equal(s->tracks[0].sectors, 750 - 33);
	assert_int_equal(s->tracks[1].gap, 150);
	assert_int_equal(s->tracks[1].start, 900);
	assert_int_equal(s->tracks[1].sectors, 1100);
	assert_int_equal(s->tracks[1].indices, 3);
	assert_int_equal(s->tracks[1].index[2], 1500);
	assert_int_equal(s->tracks[1].index[3], 1501);
	assert_int_equal(sheet_recordable(s, NULL), 0);
	sheet_free(s);
}

/* As Exact Audio Copy writes it: a gap is at the end of the file before. */
static void file_a_track(void **state)
{
	struct sheet *s = parse("FILE \"1.wav\" WAVE\n"
				"  TRACK 01 AUDIO\n"
				"    INDEX 01 00:00:00\n"
				"  TRACK 02 AUDIO\n"
				"    INDEX 00 00:06:00\n"
				"FILE 2 two.flac FLAC\n"
				"    INDEX 01 00:00:00\n"
				"FILE \"3.mp3\" MP3\n"
				"  TRACK 03 AUDIO\n"
				"    PREGAP 00:01:00\n"
				"    INDEX 01 00:00:00\n"
				"    POSTGAP 00:00:05\n");

	(void)state;
	assert_int_equal(s->nfiles, 3);
	assert_string_equal(s->files[1].name, "2 two.flac");
	assert_int_equal(s->files[2].type, SHEET_SOUND);
	fit(s, (uint64_t[]){ SECTORS(500), SECTORS(400) - 4, SECTORS(301) });
	assert_int_equal(s->nparts, 5);
	assert_part(s, 0, (struct sheet_part){ .sectors = 500, .bytes = SECTORS(500) });
	assert_part(s, 1,
		    (struct sheet_part){
			    .start = 500, .sectors = 400, .file = 1, .bytes = SECTORS(400) - 4 });
	assert_part(s, 2, (struct sheet_part){ .start = 900, .sectors = 75, .file = SHEET_ZEROS });
	assert_part(s, 3,
		    (struct sheet_part){
			    .start = 975, .sectors = 301, .file = 2, .bytes = SECTORS(301) });
	assert_part(s, 4, (struct sheet_part){ .start = 1276, .sectors = 5, .file = SHEET_ZEROS });
	assert_int_equal(s->blocks, 1281);
	assert_int_equal(s->filled, 1);
	assert_int_equal(s->tracks[1].gap, 50);
	assert_int_equal(s->tracks[1].start, 500);
	assert_int_equal(s->tracks[2].gap, 75);
	assert_int_equal(s->tracks[2].start, 975);
	assert_int_equal(s->tracks[2].sectors, 306);

	/* Again, with other files. */
	fit(s, (uint64_t[]){ SECTORS(450) + 1, SECTORS(400), SECTORS(301) });
	assert_int_equal(s->filled, 0);
	assert_int_equal(s->blocks, 1232);
	assert_int_equal(s->tracks[1].gap, 1);
	sheet_free(s);
}

static void data_and_sound(void **state)
{
	struct sheet *s = parse("FILE x.bin BINARY\n"
				"TRACK 1 MODE1/2048\nINDEX 1 0:0:0\n"
				"TRACK 2 AUDIO\nINDEX 0 0:10:0\nINDEX 1 0:12:0\n");
	struct sheet *raw = parse("FILE x.bin BINARY\n"
				  "TRACK 1 MODE1/2352\nINDEX 1 0:0:0\n"
				  "TRACK 2 AUDIO\nPREGAP 0:2:0\nINDEX 1 0:10:0\n");

	(void)state;
	fit(s, (uint64_t[]){ 750 * 2048 + SECTORS(450) });
	assert_int_equal(s->nparts, 2);
	assert_part(s, 0,
		    (struct sheet_part){
			    .sectors = 750, .mode = SHEET_MODE1, .bytes = 750 * 2048 });
	assert_part(s, 1,
		    (struct sheet_part){ .start = 750,
					 .sectors = 450,
					 .offset = 750 * 2048,
					 .bytes = SECTORS(450) });
	assert_int_equal(sheet_recordable(s, NULL), 0);
	assert_false(sheet_sound(s));
	sheet_free(s);
	fit(raw, (uint64_t[]){ SECTORS(1050) });
	assert_int_equal(raw->nparts, 3);
	assert_int_equal(raw->parts[0].mode, SHEET_MODE1_RAW);
	assert_int_equal(raw->parts[1].file, SHEET_ZEROS);
	assert_int_equal(raw->tracks[1].start, 900);
	assert_int_equal(raw->blocks, 1200);
	assert_int_equal(sheet_recordable(raw, NULL), 0);
	sheet_free(raw);
}

static void sessions(void **state)
{
	struct sheet *s = parse("REM SESSION 01\n"
				"FILE 1.bin BINARY\nTRACK 1 AUDIO\nINDEX 1 0:0:0\n"
				"REM LEAD-OUT 00:04:00\n"
				"REM SESSION 02\n"
				"FILE 2.bin BINARY\nTRACK 2 MODE1/2352\nINDEX 1 0:0:0\n"
				"REM SESSION 3\n"
				"FILE 3.bin BINARY\nTRACK 3 MODE1/2048\nINDEX 1 0:0:0\n");

	(void)state;
	assert_int_equal(s->sessions, 3);
	fit(s, (uint64_t[]){ SECTORS(300), SECTORS(400), 2048 * 500 });
	assert_int_equal(s->tracks[0].session, 1);
	assert_int_equal(s->tracks[1].session, 2);
	assert_int_equal(s->tracks[1].start, 300 + 11400);
	assert_int_equal(s->tracks[2].start, 300 + 11400 + 400 + 6900);
	assert_int_equal(sheet_recordable(s, NULL), 0);
	sheet_free(s);
}

/* Each text says the same. */
static void encodings(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} rows[] = {
#define ROW(t) { t, sizeof(t) - 1 }
		ROW("FILE \"\xc3\xa4.bin\" BINARY\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n"),
		ROW("\xef\xbb\xbf"
		    "FILE \"\xc3\xa4.bin\" BINARY\r\nTRACK 01 AUDIO\r\n"
		    "INDEX 01 00:00:00\r\n\x1a\xff\xff"),
		ROW("FILE \"\xe4.bin\" BINARY\rTRACK 01 AUDIO\rINDEX 01 00:00:00"),
		ROW("\xff\xfe"
		    "F\0I\0L\0E\0 \0\xe4\0.\0b\0i\0n\0 \0B\0I\0N\0A\0R\0Y\0\n\0"
		    "T\0R\0A\0C\0K\0 \0001\0 \0A\0U\0D\0I\0O\0\n\0"
		    "I\0N\0D\0E\0X\0 \0001\0 \0000\0:\0000\0:\0000\0"),
		ROW("\xfe\xff\0F\0I\0L\0E\0 \0\xe4\0.\0b\0i\0n\0 \0B\0I\0N\0A\0R\0Y\0\n"
		    "\0T\0R\0A\0C\0K\0 \0001\0 \0A\0U\0D\0I\0O\0\n"
		    "\0I\0N\0D\0E\0X\0 \0001\0 \0000\0:\0000\0:\0000"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = { 0 };
		struct sheet *s;

		if (sheet_parse(&s, rows[i].text, rows[i].len, &err) < 0)
			fail_msg("row %zu: %s", i, err.msg);
		assert_true(sheet_looks(rows[i].text, rows[i].len));
		assert_string_equal(s->files[0].name, "\xc3\xa4.bin");
		assert_int_equal(s->ntracks, 1);
		sheet_free(s);
	}
}

static void toc(void **state)
{
	struct sheet *s = parse("// a remark\n"
				"CD_DA\n"
				"CATALOG \"4006381333931\"\n"
				"CD_TEXT { LANGUAGE_MAP { 0 : EN 1: DE }\n"
				"  LANGUAGE 0 { TITLE \"A \\\"B\\\"\" PERFORMER \"\\311dith\"\n"
				"    SIZE_INFO { 0, 1, 255 } }\n"
				"  LANGUAGE 1 { TITLE \"anders\" } }\n"
				"TRACK AUDIO\n"
				"COPY\nNO PRE_EMPHASIS\n"
				"ISRC \"DEABC2612345\"\n"
				"PREGAP 0:2:0\n"
				"FILE \"data.wav\" 588 00:10:00 // to there\n"
				"TRACK AUDIO\nFOUR_CHANNEL_AUDIO PRE_EMPHASIS\n"
				"AUDIOFILE \"raw.cdr\" #2352 0 235200\n"
				"START\n"
				"AUDIOFILE \"raw.cdr\" SWAP 00:05:26\n"
				"SILENCE 00:02:00\n"
				"INDEX 1:0:0\n");

	(void)state;
	assert_string_equal(s->catalog, "4006381333931");
	assert_string_equal(s->text[SHEET_TITLE], "A \"B\"");
	assert_string_equal(s->text[SHEET_PERFORMER], "\xc3\x89"
						      "dith");
	assert_string_equal(s->tracks[0].isrc, "DEABC2612345");
	assert_true(s->tracks[0].copy && !s->tracks[1].copy);
	assert_true(s->tracks[1].four_channels && s->tracks[1].pre_emphasis);
	assert_int_equal(s->nfiles, 3);
	assert_int_equal(s->files[0].type, SHEET_SOUND);
	assert_int_equal(s->files[1].type, SHEET_MOTOROLA);
	assert_int_equal(s->files[2].type, SHEET_BINARY);
	fit(s, (uint64_t[]){ SECTORS(2000), SECTORS(6000), SECTORS(6000) });
	assert_part(s, 0, (struct sheet_part){ .sectors = 150, .file = SHEET_ZEROS });
	assert_part(s, 1,
		    (struct sheet_part){
			    .start = 150, .sectors = 750, .offset = 2352, .bytes = SECTORS(750) });
	assert_part(s, 2,
		    (struct sheet_part){ .start = 900,
					 .sectors = 400,
					 .file = 1,
					 .offset = 2352,
					 .bytes = SECTORS(400) });
	assert_part(s, 3,
		    (struct sheet_part){ .start = 1300,
					 .sectors = 5599,
					 .file = 2,
					 .offset = SECTORS(401),
					 .bytes = SECTORS(5599) });
	assert_int_equal(s->tracks[0].gap, 150);
	assert_int_equal(s->tracks[1].gap, 400);
	assert_int_equal(s->tracks[1].start, 1300);
	assert_int_equal(s->tracks[1].index[2], 1300 + 4500);
	assert_int_equal(s->blocks, 1300 + 5599 + 150);
	sheet_free(s);
}

static void toc_of_a_mixed_disc(void **state)
{
	struct sheet *s = parse("CD_ROM\nTRACK MODE1\nDATAFILE \"data.bin\" 00:10:00\n"
				"ZERO MODE1 00:02:00\n"
				"TRACK AUDIO\nSILENCE 00:02:00\nSTART\n"
				"FILE \"data.bin\" #1536000 0 00:06:00\n");

	(void)state;
	assert_int_equal(s->nfiles, 2);
	fit(s, (uint64_t[]){ 1536000 + SECTORS(450), 1536000 + SECTORS(450) });
	assert_int_equal(s->tracks[0].sectors, 900);
	assert_int_equal(s->tracks[1].start, 1050);
	assert_int_equal(s->tracks[1].sectors, 450);
	assert_int_equal(s->parts[s->nparts - 1].offset, 1536000);
	assert_int_equal(sheet_recordable(s, NULL), 0);
	sheet_free(s);
}

#define F "FILE x.bin BINARY\n"
#define T1 "TRACK 01 AUDIO\nINDEX 01 00:00:00\n"

/* Each is refused, and the sentence has these words. */
static void refused(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "", "not a sheet" },
		{ "hello\n", "not a sheet" },
		{ F T1 "TRACK 03 AUDIO\n", "line 4: track 3 where track 2" },
		{ F "TRACK 02 AUDIO\n", "line 2: track 2 where track 1" },
		{ F "TRACK 0 AUDIO\n", "line 2: track 0" },
		{ F "TRACK 99999999999999999999 AUDIO\n", "line 2: TRACK needs a number" },
		{ F "TRACK 01 MODE7\n", "line 2: unknown mode \"MODE7\"" },
		{ F "TRACK 01\nINDEX 01 00:00:00\n", "line 2: unknown mode" },
		{ F "TRACK 01 AUDIO\nINDEX 01 00:00:00\nINDEX 02 00:01:00\nINDEX 03 00:00:59\n",
		  "line 5: this INDEX lies before" },
		{ F T1 "TRACK 02 AUDIO\nINDEX 00 00:09:00\nINDEX 01 00:08:00\n", "line 6: this "
										 "INDEX lies "
										 "before" },
		{ F "TRACK 01 AUDIO\nINDEX 01 00:00:00\nINDEX 03 00:01:00\n", "line 4: INDEX 03 "
									      "cannot come here" },
		{ F "TRACK 01 AUDIO\nINDEX 01 00:00:00\nINDEX 00 00:01:00\n", "INDEX 00 cannot" },
		{ F "TRACK 01 AUDIO\nINDEX 00 00:00:00\nINDEX 00 00:01:00\n", "INDEX 00 cannot" },
		{ F "TRACK 01 AUDIO\nINDEX 100 00:00:00\n", "line 3: INDEX 100: a track has" },
		{ F "TRACK 01 AUDIO\nINDEX 01 00:00:75\n", "line 3: INDEX needs" },
		{ F "TRACK 01 AUDIO\nINDEX 01 00:60:00\n", "line 3: INDEX needs" },
		{ F "TRACK 01 AUDIO\nINDEX 01 99:58:01\n", "line 3: INDEX needs" },
		{ F "TRACK 01 AUDIO\nINDEX 01 -1:00:00\n", "line 3: INDEX needs" },
		{ F "TRACK 01 AUDIO\nINDEX 01 00:00\n", "line 3: INDEX needs" },
		{ F "TRACK 01 AUDIO\nINDEX 01 4294967296:00:00\n", "line 3: INDEX needs" },
		{ F "TRACK 01 AUDIO\nINDEX 01 00:00:10\n", "line 3: the first INDEX" },
		{ F "TRACK 01 AUDIO\nINDEX 00 00:00:00\nTRACK 02 AUDIO\n", "line 4: track 1, of "
									   "line 2, has no INDEX "
									   "01" },
		{ F "TRACK 01 AUDIO\nINDEX 00 00:00:00\n", "has no INDEX 01" },
		{ F "TRACK 01 AUDIO\n", "has no INDEX 01" },
		{ "INDEX 01 00:00:00\n" F T1, "line 1: INDEX before the first TRACK" },
		{ "TRACK 01 AUDIO\nINDEX 01 00:00:00\n" F, "line 2: INDEX before the first FILE" },
		{ F T1 "FILE y.bin BINARY\n", "no INDEX lies in \"y.bin\"" },
		{ F "FILE y.bin BINARY\n" T1, "line 2: no INDEX lies in \"x.bin\"" },
		{ F T1 "FILE x.bin WAVE\nTRACK 02 AUDIO\nINDEX 01 00:00:00\n", "another type" },
		{ F T1 "ISRC DEABC261234\n", "line 4: bad ISRC" },
		{ F T1 "ISRC DEABC26123456\n", "line 4: bad ISRC" },
		{ F T1 "ISRC DEABC26A2345\n", "line 4: bad ISRC" },
		{ "CATALOG 400638133393\n" F T1, "line 1: bad CATALOG: it has 13 digits; put a 0" },
		{ "CATALOG 400638133393X\n" F T1, "line 1: bad CATALOG" },
		{ F "TRACK 01 AUDIO\nINDEX 01 00:00:00\nPREGAP 00:02:00\n", "line 4: PREGAP must" },
		{ F "TRACK 01 AUDIO\nPREGAP 2\n", "line 3: PREGAP needs" },
		{ F "TRACK 01 AUDIO\nPOSTGAP 00:02:00\n", "line 3: POSTGAP must" },
		{ F T1 "POSTGAP 00:02:00\nINDEX 02 00:04:00\n", "line 5: INDEX behind" },
		{ F T1 "FLAGS DCP XYZ\n", "line 4: unknown flag \"XYZ\"" },
		{ F T1 "REM SESSION 3\n", "line 4: session 3 cannot" },
		{ "REM SESSION 2\n" F T1, "line 1: session 2 cannot" },
		{ F T1 "REM SESSION 0\n", "line 4: REM SESSION needs" },
		{ F T1 "NONSENSE 1\n", "line 4: unknown command \"NONSENSE\"" },
		{ "CDTEXTFILE \"x.cdt\"\n" F T1, "line 1: CDTEXTFILE is not read" },
		{ "FILE \"/etc/passwd\" BINARY\n" T1, "line 1: \"/etc/passwd\" is a path" },
		{ "FILE \"../x.bin\" BINARY\n" T1, "line 1: \"../x.bin\" is a path" },
		{ "FILE \"C:\\x\\y.bin\" BINARY\n" T1, "line 1: \"C:\\x\\y.bin\" is a path" },
		{ "FILE \"..\" BINARY\n" T1, "line 1: \"..\" is a folder" },
		{ "FILE . BINARY\n" T1, "line 1: \".\" is a folder" },
		{ "FILE \"\" BINARY\n" T1, "line 1: FILE names no file" },
		{ "FILE \"a\x01.bin\" BINARY\n" T1, "line 1: the name of a file has a control" },
		{ "FILE \"x.bin BINARY\n" T1, "line 1: the name of the file has no closing" },
		{ "FILE \"x.bin\"\n" T1, "line 1: FILE needs a type" },
		{ "FILE x.bin\n" T1, "line 1: FILE needs a type" },
		{ "FILE \"x.bin\" EXE\n" T1, "line 1: FILE needs a type" },
		{ "CD_DA\nTRACK AUDIO\nFILE \"../x\" 0\n", "line 3: \"../x\" is a path" },
		{ "CD_DA\nTRACK AUDIO\nFILE \"x\" 0 1000\n", "line 3: 1000 is not a whole" },
		{ "CD_DA\nTRACK AUDIO\nFILE \"x\"\nTRACK AUDIO\n", "line 4: \"TRACK\" is not a "
								   "place" },
		{ "CD_DA\nTRACK AUDIO\nFILE \"x\n", "line 3: a string without" },
		{ "CD_DA\nTRACK AUDIO\nFIFO \"/dev/zero\" 1:0:0\n", "line 3: FIFO" },
		{ "CD_DA\nTRACK AUDIO\nFILE \"x\" 0\nPREGAP 0:2:0\n", "line 4: PREGAP must" },
		{ "CD_DA\nTRACK AUDIO\nSTART\nSTART\n", "line 4: INDEX 00 cannot" },
		{ "CD_DA\nTRACK AUDIO\nDATAFILE \"x\"\n", "line 3: DATAFILE in a track of AUDIO" },
		{ "CD_ROM\nTRACK MODE1\nFILE \"x\" 0\n", "line 3: an audio file in a track" },
		{ "CD_DA\nCD_TEXT {\nTRACK AUDIO\n", "line 3: CD_TEXT has" },
		{ "CD_DA\nCD_TEXT { LANGUAGE_MAP {\nTRACK AUDIO\n", "not closed" },
		{ "CD_DA\nTRACK AUDIO\nFILE \"x\" #99999999999999999999 0\n", "not a number of "
									      "bytes" },
		{ "CD_DA\nTRACK AUDIO\nFILE \"x\" 99999999999999999999\n", "not a place in a "
									   "file" },
		{ "CD_DA\nSILENCE 0:2:0\nTRACK AUDIO\n", "line 2: SILENCE before the first" },
		{ "CD_DA\nTRACK AUDIO\n{\n", "line 3: no statement" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = { 0 };
		struct sheet *s;
		int r = sheet_parse(&s, rows[i].text, strlen(rows[i].text), &err);

		if (r != -EINVAL || err.code != EINVAL || s || !strstr(err.msg, rows[i].words))
			fail_msg("row %zu: %d %s", i, r, err.msg);
	}
}

static void too_many_tracks(void **state)
{
	cleanup_text struct text text = { 0 };
	struct err err = { 0 };
	struct sheet *s;

	(void)state;
	text_add(&text, "FILE x.bin BINARY\n");
	for (unsigned i = 1; i <= 99; i++)
		text_add(&text, "TRACK %02u AUDIO\nINDEX 01 %02u:00:00\n", i, i - 1);
	assert_int_equal(sheet_parse(&s, text.data, text.len, &err), 0);
	assert_int_equal(s->ntracks, 99);
	sheet_free(s);
	text_add(&text, "TRACK 100 AUDIO\nINDEX 01 99:10:00\n");
	assert_int_equal(sheet_parse(&s, text.data, text.len, &err), -EINVAL);
	assert_string_equal(err.msg, "line 200: a CD has at most 99 tracks");
}

static void bounds(void **state)
{
	cleanup_text struct text text = { 0 };
	struct err err = { 0 };
	struct sheet *s;

	(void)state;
	assert_int_equal(sheet_parse(&s, "FILE x BINARY\n\0TRACK", 20, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "line 2: a NUL byte"));
	for (unsigned i = 0; text.len < SHEET_BYTES - 100; i++)
		text_add(&text, "FILE %u.bin BINARY\nTRACK %u AUDIO\nINDEX 1 0:0:0\n", i, i + 1);
	assert_int_equal(sheet_parse(&s, text.data, text.len, &err), -EINVAL);
	text_add(&text, "%1000s", "");
	assert_int_equal(sheet_parse(&s, text.data, text.len, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "a sheet has at most"));

	text.len = 0;
	text_add(&text, "CD_DA\nTRACK AUDIO\n");
	for (unsigned i = 0; i <= SHEET_FILES; i++)
		text_add(&text, "FILE \"%u\" 0\n", i);
	assert_int_equal(sheet_parse(&s, text.data, text.len, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "line 1003: more than 1000 files"));

	text.len = 0;
	text_add(&text, "CD_DA\nTRACK AUDIO\n");
	for (unsigned i = 0; i <= SHEET_STEPS; i++)
		text_add(&text, "FILE \"x\" 0\n");
	assert_int_equal(sheet_parse(&s, text.data, text.len, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "the sheet is too long"));
}

/* Texts that are read, and files that do not fit them. */
static void unfit(void **state)
{
	static const struct {
		const char *text, *words;
		uint64_t bytes[3];
		int code;
	} rows[] = {
		{ F T1, "\"x.bin\" is not here", { UINT64_MAX }, ENOENT },
		{ F T1, "\"x.bin\" ends before what line 3", { 0 }, EINVAL },
		{ F T1 "TRACK 02 AUDIO\nINDEX 01 00:04:00\n",
		  "ends before what line 5",
		  { SECTORS(300) },
		  EINVAL },
		{ F T1 "TRACK 02 AUDIO\nINDEX 01 00:04:00\n",
		  "10 sectors too short for line 3",
		  { SECTORS(290) },
		  EINVAL },
		{ F "TRACK 01 MODE1/2048\nINDEX 01 00:00:00\n",
		  "not a whole number of sectors of 2048",
		  { 2048 * 300 + 1 },
		  EINVAL },
		{ F "TRACK 01 MODE1/2352\nINDEX 01 00:00:00\n",
		  "or not MODE1/2352",
		  { 2048 * 1000 },
		  EINVAL },
		{ F T1,
		  "\"x.bin\" alone is longer than a CD",
		  { SECTORS(MSF_SECTORS + 1) },
		  EFBIG },
		{ F T1, "\"x.bin\" alone is longer than a CD", { UINT64_MAX - 1 }, EFBIG },
		{ F T1 "POSTGAP 00:00:01\n",
		  "line 4: what comes up to here is longer",
		  { SECTORS(MSF_SECTORS) },
		  EFBIG },
		{ F T1 "REM SESSION 2\nFILE y.bin BINARY\nTRACK 2 AUDIO\nINDEX 1 0:0:0\n",
		  "sessions before track 2",
		  { SECTORS(MSF_SECTORS), SECTORS(300) },
		  EFBIG },
		{ F T1 "INDEX 02 00:00:00\n",
		  "line 4: this INDEX is not behind",
		  { SECTORS(300) },
		  EINVAL },
		{ F T1 "TRACK 2 AUDIO\nINDEX 01 00:00:00\n",
		  "track 1 has nothing",
		  { SECTORS(300) },
		  EINVAL },
		{ "FILE x.wav WAVE\nTRACK 1 MODE1/2048\nINDEX 01 00:00:00\n",
		  "line 3: sound in a track of data",
		  { 2048 * 300 },
		  EINVAL },
		{ "CD_DA\nTRACK AUDIO\nFILE \"x\" 0\nSTART 1:0:0\n",
		  "track 1 has nothing",
		  { SECTORS(300) },
		  EINVAL },
		{ "CD_DA\nTRACK AUDIO\nFILE \"x\" 0\nINDEX 1:0:0\n",
		  "track 1 has nothing",
		  { SECTORS(300) },
		  EINVAL },
		{ "CD_DA\nTRACK AUDIO\nFILE \"x\" 0\nINDEX 0:0:0\n",
		  "line 4: this INDEX is not",
		  { SECTORS(300) },
		  EINVAL },
		{ "CD_DA\nTRACK AUDIO\nFILE \"x\" #1152921504606846976 288230376151711744 1:0:0\n",
		  "ends before",
		  { SECTORS(300) },
		  EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sheet *s = parse(rows[i].text);
		struct err err = { 0 };

		if (sheet_fit(s, rows[i].bytes, &err) != -rows[i].code ||
		    !strstr(err.msg, rows[i].words) || s->parts || s->nparts || s->blocks)
			fail_msg("row %zu: %d %s", i, err.code, err.msg);
		sheet_free(s);
	}
}

static void not_recordable(void **state)
{
	static const struct {
		const char *text, *words;
		uint64_t bytes[2];
	} rows[] = {
		{ F "TRACK 01 MODE2/2352\nINDEX 01 00:00:00\n", "track 1 is MODE2/2352" },
		{ F "TRACK 01 MODE1/2352\nINDEX 01 0:0:0\nTRACK 02 CDG\nINDEX 1 0:9:0\n", "track 2 "
											  "is "
											  "CDG" },
		{ "CD_DA\nTRACK AUDIO RW_RAW\nFILE \"x\" 0\n", "track 1 is AUDIO RW_RAW" },
		{ F T1 "TRACK 02 MODE1/2352\nINDEX 01 00:04:00\n", "put REM SESSION 02 before" },
		{ F T1 "TRACK 02 AUDIO\nINDEX 01 00:04:00\n",
		  "track 2 has 299 sectors",
		  { SECTORS(599) } },
		{ F "TRACK 01 MODE1/2352\nINDEX 01 0:0:0\nTRACK 02 AUDIO\nINDEX 1 0:4:0\n",
		  "gap before track 2 has 0 sectors, where 150",
		  { SECTORS(600) } },
		{ F "TRACK 01 MODE1/2352\nINDEX 0 0:0:0\nINDEX 1 0:2:0\n",
		  "gap before track 1 has 150 sectors, where 0",
		  { SECTORS(600) } },
		{ F "TRACK 01 MODE1/2352\nINDEX 1 0:0:0\nINDEX 2 0:2:0\n",
		  "INDEX 02",
		  { SECTORS(600) } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sheet *s = parse(rows[i].text);
		struct err err = { 0 };

		if (rows[i].bytes[0]) {
			assert_int_equal(sheet_recordable(s, &err), 0);
			fit(s, rows[i].bytes);
		}
		if (sheet_recordable(s, &err) != -EMEDIUMTYPE || !strstr(err.msg, rows[i].words))
			fail_msg("row %zu: %d %s", i, err.code, err.msg);
		sheet_free(s);
	}
}

/* A random TOC of one bare file, and where each index comes to lie, in the words of cdrdao. */
static void random_toc(struct text *toc, unsigned *seed, unsigned sectors)
{
	unsigned tracks = 1 + (unsigned)rand_r(seed) % 12;

	text_add(toc, "CD_DA\n");
	for (unsigned i = 0; i < tracks; i++) {
		unsigned how = (unsigned)rand_r(seed) % 4, at = (unsigned)rand_r(seed) % sectors;
		unsigned length = 310 + (unsigned)rand_r(seed) % 100;

		text_add(toc, "TRACK AUDIO\n");
		if (how == 1)
			text_add(toc, "PREGAP 00:01:%02u\n", (unsigned)rand_r(seed) % 75);
		text_add(toc, "FILE \"x.raw\" %u 00:%02u:%02u\n", at * 588, length / 75,
			 length % 75);
		if (how == 2)
			text_add(toc, "START 00:00:%02u\n", (unsigned)rand_r(seed) % 9);
		if (how == 3)
			text_add(toc, "START\nSILENCE 00:03:00\nFILE \"x.raw\" 0 00:04:00\n"
				      "INDEX 00:02:07\n");
		if (rand_r(seed) % 2)
			text_add(toc, "INDEX 00:03:%02u\n", (unsigned)rand_r(seed) % 75);
	}
}

/* Our placing as cdrdao's show-toc has it: one number a line. */
static void as_numbers(const struct sheet *s, struct text *out)
{
	for (unsigned i = 0; i < s->ntracks; i++) {
		const struct sheet_track *t = &s->tracks[i];

		if (t->gap)
			text_add(out, "PREGAP %u\n", t->gap);
		text_add(out, "START %u\n", t->start);
		for (unsigned k = 2; k <= t->indices; k++)
			text_add(out, "INDEX %u\n", t->index[k]);
		text_add(out, "END %u\n", t->start + t->sectors);
	}
}

static void run(const char *command, struct text *out)
{
	FILE *f = popen(command, "r");
	char line[512];

	assert_non_null(f);
	text_add(out, "%s", "");
	while (fgets(line, sizeof(line), f))
		text_add(out, "%s", line);
	assert_int_equal(pclose(f), 0);
}

/* What cdrdao says of random TOCs is what is read here. */
static void as_cdrdao_reads_it(void **state)
{
	enum { FILE_SECTORS = 3000 };
	char dir[] = "/tmp/burnfs-sheet-XXXXXX", command[400], path[64];
	unsigned seed = 1;

	(void)state;
	if (system("command -v cdrdao >/dev/null") != 0) {
		print_message("cdrdao is not installed\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "truncate -s %llu %s/x.raw",
		 (unsigned long long)SECTORS(FILE_SECTORS), dir);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/x.toc", dir);
	snprintf(command, sizeof(command),
		 "cd %s && cdrdao show-toc x.toc 2>/dev/null | "
		 "sed -n 's/^ *\\(PREGAP\\|START\\|END\\|INDEX\\) .*( *\\([0-9]*\\)).*/\\1 \\2/p'",
		 dir);
	for (int i = 0; i < 60; i++) {
		cleanup_text struct text toc = { 0 }, theirs = { 0 }, ours = { 0 };
		struct sheet *s;
		FILE *f;

		random_toc(&toc, &seed, FILE_SECTORS - 420);
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(toc.data, f);
		fclose(f);
		run(command, &theirs);
		s = parse(toc.data);
		fit(s, (uint64_t[]){ SECTORS(FILE_SECTORS) });
		as_numbers(s, &ours);
		if (strcmp(ours.data, theirs.data) != 0)
			fail_msg("%s\nours:\n%s\ncdrdao's:\n%s", toc.data, ours.data, theirs.data);
		sheet_free(s);
	}
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_bin),
		cmocka_unit_test(file_a_track),
		cmocka_unit_test(data_and_sound),
		cmocka_unit_test(sessions),
		cmocka_unit_test(encodings),
		cmocka_unit_test(toc),
		cmocka_unit_test(toc_of_a_mixed_disc),
		cmocka_unit_test(refused),
		cmocka_unit_test(too_many_tracks),
		cmocka_unit_test(bounds),
		cmocka_unit_test(unfit),
		cmocka_unit_test(not_recordable),
		cmocka_unit_test(as_cdrdao_reads_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
