/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emulated MMC recorder: what its files share. README.md says what it does and how to use it.
 * Numbers of pages, fields and tables are those of MMC-5, SPC-3 and SBC-2; LBA -150 is the begin of
 * a CD. Everything below drive_command() runs with the lock of its drive held.
 */
#ifndef MMC_H
#define MMC_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	DRIVES = 2,
	BLOCK_BYTES = 2048,
	SECTOR_BYTES = 2352,
	LEADIN_BYTES = 96,         /* of sub-channel R to W, in a block of the lead-in */
	TRACKS_MAX = 512,
	TRACK_BLOCKS_MIN = 300,    /* of a CD: four seconds */
	CD_PREGAP = 150,
	CD_START = -CD_PREGAP,
	CD_LEADIN = -11635,        /* 97:26.65, where the lead-in of our CDs begins */
	CD_RUNOUT = 2,             /* blocks after a track that was written at once */
	MODE_PAGE_MAX = 64,
	FORMATS_MAX = 5,
};

/* How a command ended: 0 is GOOD, else sense key, code and qualifier (SPC-3 4.5). */
enum sense {
	BECOMING_READY = 0x020401,
	FORMATTING = 0x020404,
	LONG_WRITE = 0x020408,
	NO_MEDIUM = 0x023a01,
	NO_MEDIUM_TRAY_OPEN = 0x023a02,
	WRITE_ERROR = 0x030c00,
	READ_ERROR = 0x031100,
	POWER_CALIBRATION = 0x037303,
	INTERNAL_FAILURE = 0x044400,
	LIST_LENGTH = 0x051a00,
	NO_SUCH_COMMAND = 0x052000,
	LBA_RANGE = 0x052100,
	WRITE_ADDRESS = 0x052102,
	CDB_FIELD = 0x052400,
	LIST_FIELD = 0x052600,
	SEQUENCE = 0x052c00,
	WRONG_MEDIUM = 0x053000,
	CANNOT_WRITE = 0x053005,
	CANNOT_FORMAT = 0x053006,
	NOT_FORMATTED = 0x053010,
	NOT_SAVED = 0x053900,
	REMOVAL_PREVENTED = 0x055302,
	TRACK_END = 0x056300,
	TRACK_MODE = 0x056400,
	FIXATION = 0x057200,
	RESERVED_UNFILLED = 0x057204,
	MEDIUM_CHANGED = 0x062800,
	WRITE_PROTECTED = 0x072700,
	BLANK_CHECK = 0x080000,
	DEFERRED = 0x1000000,      /* added to the others: of an earlier command */
};

/* ---- bytes ---- */

static inline void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put24(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 16);
	put16(p + 1, v);
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static inline uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t get24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | get16(p + 1);
}

static inline uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

/*
 * Minute, second and frame of an address; those of a lead-in are counted from minute 90 (MMC-5
 * table 638).
 */
static inline void put_msf(uint8_t *p, int32_t lba)
{
	uint32_t frames = (uint32_t)(lba < CD_START ? lba + 450150 : lba + CD_PREGAP);

	p[0] = (uint8_t)(frames / (60 * 75));
	p[1] = (uint8_t)(frames / 75 % 60);
	p[2] = (uint8_t)(frames % 75);
}

static inline int32_t get_msf(const uint8_t *p)
{
	return (p[0] * 60 + p[1]) * 75 + p[2] - CD_PREGAP;
}

static inline int32_t round_up(int32_t value, int32_t unit)
{
	return (value + unit - 1) / unit * unit;
}

/* ---- media (media.c) ---- */

enum kind_flag {
	KIND_CD = 1 << 0,
	KIND_DVD = 1 << 1,
	KIND_BD = 1 << 2,
	KIND_MINUS = 1 << 3,       /* DVD-R and DVD-RW */
	KIND_PLUS = 1 << 4,        /* DVD+R and DVD+RW */
	KIND_RANDOM = 1 << 5,      /* each block can be written at any time */
	KIND_RIGID = 1 << 6,       /* but only in whole granules: restricted overwrite */
	KIND_BLANK = 1 << 7,       /* the command BLANK makes it new */
	KIND_ERASABLE = 1 << 8,
	KIND_PAGE5 = 1 << 9,       /* mode page 05 says how to write, and can say Test Write */
	KIND_RAW = 1 << 10,        /* comes without a format */
};

struct format {
	bool offered;
	uint8_t type;              /* of FORMAT UNIT (MMC-5 table 253) */
	uint8_t spare;             /* one block in so many is kept for defects; 0: none */
};

struct disc;
struct drive;
struct place;

struct kind {
	const char *name;
	uint16_t profile;
	unsigned flags;
	int32_t blocks;            /* unless the test says something else */
	int32_t granule;           /* blocks of an ECC unit: what a flush fills up */
	int32_t gap_first, gap;    /* between the first session and the second, and later ones */
	uint8_t book;              /* type in the physical format information of a DVD */
	const uint16_t *speeds;    /* kB/s, falling, 0 at the end */
	/* Whether, and how, @n blocks can be written at @lba: a sense. */
	int (*place)(struct drive *d, struct disc *k, int32_t lba, uint32_t n, struct place *p);
	struct format formats[FORMATS_MAX];  /* what FORMAT UNIT offers */
};

/* Of a disc with so many blocks, those that this format keeps for defects. */
int32_t format_spare(const struct kind *kind, const struct format *f, int32_t blocks);

extern const struct kind kinds[];
extern const size_t kinds_count;
const struct kind *kind_named(const char *name);

/* ---- a disc (disc.c) ---- */

enum track_flag {
	TRACK_COMPLETE = 1 << 0,
	TRACK_RESERVED = 1 << 1,   /* its size was told before it was written */
	TRACK_DAMAGED = 1 << 2,
	TRACK_RUNOUT = 1 << 3,     /* its last two blocks cannot be read */
	TRACK_INCREMENTAL = 1 << 4,
	TRACK_SAO = 1 << 5,        /* a cue sheet described it */
};

struct track {
	int number, session;
	int32_t pregap;            /* where it begins: its index 0, or as start */
	int32_t start;             /* where the TOC says that it begins: its index 1 */
	int32_t size;              /* blocks from start: reserved, later recorded; 0: not known */
	int32_t nwa;
	unsigned flags;
	unsigned control;          /* of sub-channel Q: 4 data, 2 may be copied, 1 pre-emphasis */
	unsigned mode;             /* 1 or 2; 15: audio */
	char isrc[13];
};

struct disc {
	const struct kind *kind;
	int32_t blocks;            /* with the spare ones; of a CD: the last place of a lead-out */
	int32_t spare;
	int32_t formatted;         /* 0: must be formatted before it can be written */
	int32_t background;        /* format of a DVD+RW: none, stopped, running, complete */
	int32_t quick;             /* a DVD-RW after a minimal blanking: disc-at-once only */
	int32_t finalized;
	int32_t closed;            /* sessions */
	char mcn[14];
	int ntracks;
	struct track tracks[TRACKS_MAX];

	char dir[400];             /* where it is stored */
	bool shadow;               /* of a simulation: nothing is stored */
	struct stat stamp;         /* of the file as it was read or written */
	int user, raw;             /* descriptors of the data, or -1 */
};

static inline bool is_kind(const struct disc *k, unsigned flags)
{
	return k->kind->flags & flags;
}

/* Whether the file is another than when this was asked last, or is gone; it is remembered now. */
bool file_changed(const char *path, struct stat *stamp);

/* A new disc; @options as in README.md, or the disc that is stored there. NULL: no such medium. */
struct disc *disc_new(const char *dir, const struct kind *kind, const char *options);
struct disc *disc_load(const char *dir);
void disc_free(struct disc *k);
void disc_save(struct disc *k);
bool disc_changed_outside(struct disc *k);          /* since it was asked, loaded or saved */
struct disc *disc_shadow(const struct disc *k);
void disc_erase(struct disc *k);

int32_t disc_capacity(const struct disc *k);
int32_t disc_next(const struct disc *k);            /* where the next track would begin */
int32_t disc_readable(const struct disc *k);        /* blocks, from address 0 */
int32_t session_leadout(const struct disc *k, int session);
int disc_status(const struct disc *k);              /* 0 blank, 1 appendable, 2 complete, 3 other */
struct track *disc_open_track(struct disc *k);      /* the incomplete one, or NULL */
struct track *disc_track_at(struct disc *k, int32_t lba);
struct track *disc_new_track(struct disc *k, int32_t pregap, int32_t start);  /* NULL: no room */
const struct track *session_first(const struct disc *k, int session);
const struct track *session_last(const struct disc *k, int session);

/*
 * Blocks of the bytes that their kind has (2048 or 2352). Those never written are zeros; true for
 * success.
 */
bool disc_put(struct disc *k, int32_t lba, const uint8_t *from, unsigned bytes, uint32_t n);
bool disc_get(struct disc *k, int32_t lba, uint8_t *to, unsigned bytes);
/* Files of a session beside the data: "cue", "leadin", "cdtext". */
void disc_put_file(const struct disc *k, const char *name, int session, off_t at, const void *from,
		   size_t len);
ssize_t disc_get_file(const struct disc *k, const char *name, int session, void *to, size_t len);

/* ---- a command ---- */

struct command;

struct cmd {
	const struct command *row; /* NULL: not one that we know */
	const uint8_t *cdb;
	uint8_t cdb_len;
	uint8_t *data;
	size_t len;                /* of the data, as the host says */
	size_t done;               /* of them, transferred */
	int sense;
	uint8_t sense_data[18];
};

/*
 * Give the host @len bytes, cut to @allocated and to what it has room for. 0, as a row's function.
 */
int reply(struct cmd *c, const void *from, size_t len, size_t allocated);

enum command_flag {
	NEEDS_MEDIUM = 1 << 0,     /* a disc that is ready */
	NEEDS_IDLE = 1 << 1,       /* no format, blanking or flush under way */
	NO_ATTENTION = 1 << 2,     /* does not report that the medium was changed */
	HAS_LIST = 1 << 3,         /* the host sends parameters, which are logged */
	NEEDS_BOTH = NEEDS_MEDIUM | NEEDS_IDLE,
};

struct command {
	uint8_t opcode;
	const char *name;
	unsigned flags;
	int (*run)(struct drive *d, struct cmd *c);
};

const struct command *command_of(uint8_t opcode);   /* commands.c */

/* ---- cue sheets (cue.c) ---- */

struct span {
	int32_t end;               /* the first address behind it */
	unsigned bytes;            /* of a block, from the host */
	int track;                 /* index in the tracks of the disc; -1: lead-in */
};

struct cue {
	uint8_t sheet[4096];       /* as it was sent */
	size_t sheet_len;
	struct span spans[500];
	int count;
	struct track tracks[99];
	int ntracks;
	char mcn[14];
	int last_index;            /* of the track that is being read */
	bool begun;                /* to be written: its tracks are on the disc */
	int first;                 /* of its tracks among those of the disc */
	int32_t nwa;               /* the address that comes next */
	int32_t leadout;
};

void cue_drop(struct drive *d);
const struct span *cue_span(const struct cue *cue, int32_t lba);   /* NULL: behind the lead-out */
void cue_begin(struct drive *d, struct disc *k);
void cue_advance(struct drive *d, struct disc *k, int32_t lba);     /* that block is written */
/* What is told about the session is written, and flushed: the drive adds lead-in and lead-out. */
void cue_finish(struct drive *d, struct disc *k);
/* cdtext.c: find the packs in what was written to the lead-in. */
void cdtext_store(struct disc *k, int session);

/* ---- faults (faults.c) ---- */

enum fault_id {
	FAULT_WRITE,
	FAULT_DEFERRED,
	FAULT_READ,
	FAULT_READ_ONCE,
	FAULT_CORRUPT,
	FAULT_PULL,
	FAULT_GONE,
	FAULT_FULL,
	FAULT_POWER,
	FAULT_FAIL,
	FAULT_GONE_AT,
	FAULT_STALL,
	FAULT_HOLD,
	FAULT_BUSY,
	FAULT_NWA,
	FAULT_TOC,
	FAULT_FREE,
	FAULT_OFFSET,
	FAULT_MUTE,
	FAULTS,
};

struct fault {
	enum fault_id id;
	int64_t value;             /* block, count or command */
	double seconds;
	int sense;
};

struct faults {
	struct fault list[64];
	int count;
	struct stat stamp;
	uint64_t commands;         /* since the list was read */
	uint64_t written;          /* blocks, since then */
	bool gone;
};

void faults_refresh(struct drive *d);
const struct fault *fault_of(struct drive *d, enum fault_id id);
int32_t fault_lie(struct drive *d, enum fault_id id);   /* what is to be added */
int fault_command(struct drive *d);                     /* a sense, or -errno */
/* How many of these blocks can be written before @hit, the first fault, if there is one. */
uint32_t fault_write(struct drive *d, int32_t lba, uint32_t n, const struct fault **hit);
int fault_read(struct drive *d, int32_t lba, uint32_t n);
bool fault_corrupts(struct drive *d, int32_t lba);

/* ---- a drive (drive.c) ---- */

enum mode_page { PAGE_01, PAGE_05, PAGE_08, PAGE_1A, PAGE_1D, PAGE_2A, MODE_PAGES };

/* How blocks are written: what the place function of a kind finds out. */
struct place {
	unsigned bytes;            /* of a block; 96: of a lead-in */
	bool cue;                  /* they follow the cue sheet */
	bool fresh;                /* they begin a track */
	struct track *track;       /* or belong to this one; NULL: random access */
	unsigned control, mode;    /* of a track that begins */
};

struct drive {
	int number;
	char dir[300];
	pthread_mutex_t lock;
	bool known;                /* what is stored was read */
	int command_lock;          /* excludes other processes for a command; -1 */
	int log;

	bool tray_open, prevented;
	char disc_name[64];        /* empty: none */
	struct disc *disc;         /* NULL: none, or the tray is open */
	struct disc *shadow;       /* of the disc, while a simulation runs */
	int unsaved;               /* writes, since the disc's state was stored */
	int spin_up;               /* so many commands find it not ready yet */
	int busy, busy_sense;      /* so many commands find it at work */
	int attention;             /* to be reported; 0: nothing */
	int deferred;              /* sense of a write that seemed to succeed; 0: none */
	uint8_t event;             /* of the media, to be reported (MMC-5 table 317) */
	uint8_t last_sense[18];

	uint8_t mode[MODE_PAGES][MODE_PAGE_MAX];
	struct cue *cue;           /* while a session is written at once */
	bool calibrated;
	struct faults faults;
};

extern struct drive drives[DRIVES];

/* The drive of a path; NULL if it is none, or is not plugged in. */
struct drive *drive_at(const char *path);
/* A descriptor, or -errno. Closing it needs nothing else. */
int drive_open(struct drive *d, int flags);
/* Carry a command out: 0, with the sense in it, or -errno of the ioctl. */
int drive_command(struct drive *d, struct cmd *c);
/* The other ioctls (ioctl.c): their result, or -errno. */
int drive_ioctl(struct drive *d, unsigned long request, void *arg);
void drive_stat(const struct drive *d, struct stat *st);
const char *drives_identity(const char *path);      /* what a file of /sys says of a drive, or
						       NULL */
const char *drives_info(void);                      /* what /proc/sys/dev/cdrom/info would say */

/* Lock a drive, and see what was changed: 0 or -errno, and then it is not locked. */
int drive_enter(struct drive *d);
void drive_leave(struct drive *d);

void tray_refresh(struct drive *d);                 /* tray.c: what another process did */
void tray_control(struct drive *d);                 /* what a test wants */
void drive_set_tray(struct drive *d, bool open);
void drive_pull(struct drive *d);                   /* the disc is gone, by force */
/* Store the state of the disc after so many writes: after each, that would be most of the work. */
void drive_save(struct drive *d, int writes);
void log_command(struct drive *d, const struct cmd *c, int r);  /* log.c; r: of the ioctl */

/* If the host does not wait: the next commands find the drive at work, and get that sense. */
void drive_busy(struct drive *d, bool immediate, int sense);
void drive_changed(struct drive *d);                /* the disc is: end what was going on */
/* What recording changes: the disc, or its shadow. */
struct disc *drive_recorded(struct drive *d);
bool drive_simulates(const struct drive *d);
void fill_sense(uint8_t sense_data[18], int sense, int done);
int progress(const struct drive *d);                /* in 65536ths; 0: nothing goes on */

void mode_reset(struct drive *d);                   /* mode.c */
void end_open_track(struct disc *k, struct track *t);   /* write.c: nothing more is written to it */

/* The functions of the command table, by file. */
int do_inquiry(struct drive *d, struct cmd *c);
int do_configuration(struct drive *d, struct cmd *c);
int do_mode_sense(struct drive *d, struct cmd *c);
int do_mode_select(struct drive *d, struct cmd *c);
int do_disc_info(struct drive *d, struct cmd *c);
int do_track_info(struct drive *d, struct cmd *c);
int do_capacity(struct drive *d, struct cmd *c);
int do_format_capacities(struct drive *d, struct cmd *c);
int do_structure(struct drive *d, struct cmd *c);
int do_performance(struct drive *d, struct cmd *c);
int do_toc(struct drive *d, struct cmd *c);
int do_cue_sheet(struct drive *d, struct cmd *c);
int do_write(struct drive *d, struct cmd *c);
int do_flush(struct drive *d, struct cmd *c);
int do_reserve(struct drive *d, struct cmd *c);
int do_close(struct drive *d, struct cmd *c);
int do_opc(struct drive *d, struct cmd *c);
int do_format(struct drive *d, struct cmd *c);
int do_blank(struct drive *d, struct cmd *c);
int do_read(struct drive *d, struct cmd *c);
int do_read_cd(struct drive *d, struct cmd *c);

/* How kinds are written: the place of struct kind (write.c). */
int place_cd(struct drive *d, struct disc *k, int32_t lba, uint32_t n, struct place *p);
int place_minus(struct drive *d, struct disc *k, int32_t lba, uint32_t n, struct place *p);
int place_sequential(struct drive *d, struct disc *k, int32_t lba, uint32_t n, struct place *p);
int place_random(struct drive *d, struct disc *k, int32_t lba, uint32_t n, struct place *p);

#endif
