/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layouts of what is staged, shared by whoever asks while nothing changes.
 */
#include "session/priv.h"

/*
 * What is kept for the next who asks: about 50,000 names, which are laid out again in less than a
 * second. Of a million it would be 300 MB.
 */
static const size_t LAYOUT_KEPT_MAX = 16 << 20;

void layouts_init(struct session *s)
{
	s->layout_kept_max = LAYOUT_KEPT_MAX;
	for (int i = 0; i < FORMAT_AUTO; i++)
		pthread_mutex_init(&s->layouts_lock[i], NULL);
}

void layouts_free(struct session *s)
{
	for (int i = 0; i < FORMAT_AUTO; i++) {
		layout_put(s->layouts[i]);
		pthread_mutex_destroy(&s->layouts_lock[i]);
	}
}

/*
 * layouts_lock of the format held. -EAGAIN or -ESTALE when the settings, or all that is staged,
 * were changed meanwhile.
 */
static int lay_out(struct session *s, enum format format, struct err *err)
{
	struct settings settings;
	struct layout *l;
	uint64_t version;
	int r;

	pthread_mutex_lock(&s->lock);
	settings = s->settings;
	version = s->settings_version;
	pthread_mutex_unlock(&s->lock);
	r = layout_new(&l, s->stage, &settings, format, false, NULL, err);
	if (r < 0)
		return r;
	pthread_mutex_lock(&s->lock);
	if (version == s->settings_version)
		s->layouts[format] = l;
	else
		r = -EAGAIN;
	pthread_mutex_unlock(&s->lock);
	if (r < 0)
		layout_put(l);
	return r;
}

int session_layout(struct session *s, enum format format, struct layout **out, struct err *err)
{
	struct layout *l;
	int r = 0;

	pthread_mutex_lock(&s->layouts_lock[format]);
	l = s->layouts[format];
	if (!l || l->generation != stage_generation(s->stage)) {
		layout_put(l);
		s->layouts[format] = NULL;
		do
			r = lay_out(s, format, err);
		while (r == -EAGAIN || r == -ESTALE);
	}
	if (r == 0)
		*out = layout_get(s->layouts[format]);
	pthread_mutex_unlock(&s->layouts_lock[format]);
	return r;
}

void session_layouts_done(struct session *s)
{
	struct layout *l[FORMAT_AUTO] = { NULL };
	bool any = false;

	for (int i = 0; i < FORMAT_AUTO; i++) {
		if (pthread_mutex_trylock(&s->layouts_lock[i]) != 0)
			continue; /* somebody wants it */
		if (s->layouts[i] && atomic_load(&s->layouts[i]->refs) == 1 &&
		    (layout_memory(s->layouts[i]) > s->layout_kept_max ||
		     s->layouts[i]->generation != stage_generation(s->stage)))
			l[i] = steal_pointer(&s->layouts[i]);
		pthread_mutex_unlock(&s->layouts_lock[i]);
	}
	for (int i = 0; i < FORMAT_AUTO; i++) {
		any |= l[i] != NULL;
		layout_put(l[i]);
	}
	if (any)
		memory_give_back();
}
