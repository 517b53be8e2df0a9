/* SPDX-License-Identifier: ISC */
/* -a: when users were last there. */
#include "config.h"

#include <err.h>
#include <string.h>

#include "agent/store/user.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/user_batch.h"
#include "cli/user_merge.h"

static void
print_row(struct command *command, const struct access_row *row, bool recorded)
{
	report_access(command->report, row);
	command->matched = command->matched || recorded;
}

/* One of those who were named: a row even if nothing is recorded. */
static int
print_named(
    struct command *command, struct view *view, struct text uid, struct error *err)
{
	struct access_row row = { .uid = uid };
	struct user user;
	bool recorded;

	if (view_renew(view, err) == -1)
		return -1;
	recorded = user_find(view, uid, &user) && access_row_make(&row, &user);
	row.uid = uid; /* the store's own text ends with the view */
	view_release(view);
	print_row(command, &row, recorded);
	return 0;
}

static int
print_all_named(struct command *command, struct error *err)
{
	const struct options *options = command->options;
	struct view *view;
	size_t columns = 0;
	int rc = 0;

	if (view_open(&view, command->store, err) == -1)
		return -1;
	view_release(view);
	for (size_t i = 0; i < options->count; i++)
		if (output_columns(options->uids[i]) > columns)
			columns = output_columns(options->uids[i]);
	report_access_header(command->report, columns);
	for (size_t i = 0; i < options->count && rc == 0; i++)
		rc = print_named(command, view, options->uids[i], err);
	view_close(view);
	return rc;
}

static int
print_everybody(struct command *command, struct error *err)
{
	struct user_merge *merge = user_merge_new(command->store, err);
	struct access_row row;
	int rc;

	if (merge == NULL)
		return -1;
	report_access_header(command->report, user_merge_longest(merge));
	while ((rc = user_merge_next(merge, &row, err)) == 1)
		print_row(command, &row, true);
	user_merge_free(merge);
	return rc;
}

enum exit_status
show_access(struct command *command)
{
	struct error err;
	int rc;

	if (!command->conf->last_access) {
		report_disabled(command->report, "last access");
		return STATUS_DONE;
	}
	if (command->store == NULL) {
		warnx("%s", command->store_error.text);
		return command_status(&command->store_error);
	}
	if (command->conf->proxy_userlist)
		report_show_proxy(command->report);
	rc = command->options->named ? print_all_named(command, &err) :
				       print_everybody(command, &err);
	if (rc == 0)
		return STATUS_DONE;
	warnx("%s", err.text);
	return command_status(&err);
}
