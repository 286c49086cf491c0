/** Whether the demo's server has started: a plain named text, no catalog entry. */

/** One row, `version_num`: `server_version_num` as a number. */
export const versionNum =
  "SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version_num"
