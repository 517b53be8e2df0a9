/* SPDX-License-Identifier: ISC */
/* The sources of a log, and positions in one as text. */
#include "config.h"

#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/collect/log_source.h"

/* "journal", "journal:WHERE", or a file. */
const struct log_source *
log_source_find(const char *name, const char **where)
{
	size_t length = strlen(log_journal_source.name);

	*where = name;
	if (strncmp(name, log_journal_source.name, length) != 0 ||
	    (name[length] != '\0' && name[length] != ':'))
		return &log_file_source;
	*where = name + length + (name[length] == ':');
	return &log_journal_source;
}

int
log_source_check(const struct conf *conf, struct error *err)
{
	const struct log_source *source;
	const char *where;
	void *state;

	if (conf_log_file(conf)[0] == '\0')
		return 0;
	source = log_source_find(conf_log_file(conf), &where);
	state = source->open(where, conf, err);
	if (state == NULL)
		return -1;
	source->close(state);
	return 0;
}

int
log_source_denied(const char *path, struct error *err)
{
	char names[4096];
	struct group group;
	struct group *found = NULL;
	struct stat st;

	if (stat(path, &st) == 0)
		getgrgid_r(st.st_gid, &group, names, sizeof names, &found);
	return error_set_kind(err, ERROR_DENIED,
	    "cannot read \"%s\": permission denied; be root%s%s", path,
	    found ? " or a member of group " : "", found ? found->gr_name : "");
}

void
log_position_format(char text[LOG_POSITION_SIZE], const struct log_position *position,
    const struct log_source *source)
{
	snprintf(text, LOG_POSITION_SIZE, "%s %s %" PRIx64 " %" PRIx64, source->name,
	    position->place, (uint64_t)position->last_us,
	    (uint64_t)position->not_before_us);
}

/* Cuts the last word off TEXT, a number. */
static bool
take_number(char *text, int64_t *number)
{
	char *blank = strrchr(text, ' ');
	char *end;

	if (blank == NULL || blank[1] == '\0')
		return false;
	*number = (int64_t)strtoull(blank + 1, &end, 16);
	*blank = '\0';
	return *end == '\0';
}

bool
log_position_parse(
    struct log_position *position, struct text text, const struct log_source *source)
{
	char copy[LOG_POSITION_SIZE];
	char *place;

	memset(position, 0, sizeof *position);
	if (text.length == 0 || text.length >= sizeof copy)
		return false;
	memcpy(copy, text.data, text.length);
	copy[text.length] = '\0';
	place = strchr(copy, ' ');
	if (strlen(copy) != text.length || place == NULL)
		return false;
	*place++ = '\0';
	if (!take_number(place, &position->not_before_us) ||
	    !take_number(place, &position->last_us) ||
	    strlen(place) >= LOG_PLACE_SIZE) {
		memset(position, 0, sizeof *position);
		return false;
	}
	if (strcmp(copy, source->name) == 0)
		strcpy(position->place, place);
	else
		position->not_before_us = position->last_us;
	return true;
}
