/* SPDX-License-Identifier: ISC */
/* One setting of a configuration file against the key that judges it. */
#ifndef IMSC_CONF_VALUE_H
#define IMSC_CONF_VALUE_H

#include <libconfig.h>

#include "agent/conf.h"

/*
 * Puts the setting's value into the struct that KEY is of. False, and nothing done, if KEY
 * does not allow it.
 */
bool conf_value_take(
    void *base, const struct conf_key *key, const config_setting_t *setting);

/* Writes what KEY allows: "a whole number from 1 to 300". */
void conf_value_allowed(char *buffer, size_t size, const struct conf_key *key);

/* Writes what the setting is: "-1", "\"dovecto\"", "a list". */
void conf_value_describe(char *buffer, size_t size, const config_setting_t *setting);

/* Writes the allowed word that was probably meant, in quotes, or "". */
void conf_value_hint(char *buffer, size_t size, const struct conf_key *key,
    const config_setting_t *setting);

#endif
