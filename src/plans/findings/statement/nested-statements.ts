/** How to see what functions run: EXPLAIN shows none of it. */

/** Logs the plan of each statement that a function runs in this session; LOAD takes a superuser. */
export const LOG_NESTED_STATEMENTS = `LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0;
SET auto_explain.log_analyze = on;
SET auto_explain.log_nested_statements = on;`
