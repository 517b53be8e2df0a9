/* SPDX-License-Identifier: ISC */
/* A struct health behind a lock. */
#include "config.h"

#include <string.h>

#include "agent/board.h"

void
health_init(struct health_board *board)
{
	memset(board, 0, sizeof *board);
	pthread_mutex_init(&board->lock, NULL);
	board->now.status = COLLECTOR_STARTING;
}

void
health_fini(struct health_board *board)
{
	pthread_mutex_destroy(&board->lock);
}

void
health_tell(struct health_board *board, struct board *told)
{
	pthread_mutex_lock(&board->lock);
	board->told = told;
	board_tell_health(told, &board->now);
	pthread_mutex_unlock(&board->lock);
}

void
health_put(struct health_board *board, const struct health *health)
{
	pthread_mutex_lock(&board->lock);
	board->now = *health;
	if (board->told != NULL)
		board_tell_health(board->told, health);
	pthread_mutex_unlock(&board->lock);
}

void
health_get(struct health_board *board, struct health *health)
{
	pthread_mutex_lock(&board->lock);
	*health = board->now;
	pthread_mutex_unlock(&board->lock);
}
