/** What functions of PostgreSQL and of its contrib modules do beyond giving a value, and what a rollback takes back. */
import type { Danger } from '../contract.ts'

/** Something that a call does. */
export interface Effect {
  readonly kind: Extract<Danger['kind'], 'writes' | 'volatile function' | 'foreign'>
  /** Ends the sentence that begins with the call: `a sequence advances, and …`. */
  readonly says: string
  readonly isUndone: boolean
  /** A read-only transaction does not let it happen. */
  readonly isRefusedReadOnly?: true
}

interface KnownEffect extends Effect {
  /** Names in lower case. */
  readonly names: RegExp
}

/** SQL in a literal that a function runs; the functions say nothing of it by how they are marked. */
const RUNS_SQL: Effect = {
  kind: 'volatile function',
  says: 'it runs SQL that is not looked at here: what that does outside of the transaction stays',
  isUndone: false,
}

/** Functions of schema pg_catalog that act (manual: System Administration Functions, Sequence Functions, …). */
const ACTING: readonly KnownEffect[] = [
  {
    names: /^nextval$/,
    kind: 'writes',
    says: 'a sequence advances, and its numbers stay used',
    isUndone: false,
    isRefusedReadOnly: true,
  },
  {
    names: /^setval$/,
    kind: 'writes',
    says: 'a sequence is set, and the rollback does not set it back',
    isUndone: false,
    isRefusedReadOnly: true,
  },
  {
    names: /^pg_(try_)?advisory_(xact_)?lock(_shared)?$/,
    kind: 'volatile function',
    says: 'an advisory lock is taken, and released when the run has ended',
    isUndone: true,
  },
  {
    names: /^pg_notify$/,
    kind: 'volatile function',
    says: 'its notification is never sent, as it is rolled back',
    isUndone: true,
  },
  {
    names: /^(lo_(creat|create|from_bytea|import|put|truncate|truncate64|unlink)|lowrite)$/,
    kind: 'writes',
    says: 'large objects are written; rolled back',
    isUndone: true,
  },
  {
    names: /^lo_export$/,
    kind: 'volatile function',
    says: 'a file is written on the server, and it stays',
    isUndone: false,
  },
  {
    names: /^pg_(cancel|terminate)_backend$/,
    kind: 'volatile function',
    says: 'a statement or a session of somebody ends',
    isUndone: false,
  },
  {
    names:
      /^pg_(reload_conf|rotate_logfile(_old)?|promote|switch_wal|create_restore_point|log_standby_snapshot|log_backend_memory_contexts|wal_replay_(pause|resume)|(start|stop)_backup|backup_(start|stop)|stop_making_pinned_objects)$/,
    kind: 'volatile function',
    says: 'it acts on the whole server, and that stays',
    isUndone: false,
  },
  {
    names:
      /^pg_((create|drop|copy)_.*replication_slot|replication_slot_advance|sync_replication_slots|logical_slot_get_.*|logical_emit_message|replication_origin_(create|drop|advance|session_(setup|reset)|xact_(setup|reset)))$/,
    kind: 'volatile function',
    says: 'it acts on replication, and a rollback may not undo that',
    isUndone: false,
  },
  {
    names: /^pg_stat_reset.*$|^pg_(clear|restore)_(relation|attribute)_stats$/,
    kind: 'volatile function',
    says: 'statistics of the server are changed, and that may stay',
    isUndone: false,
  },
  {
    names: /^(brin_(de)?summarize_.*|gin_clean_pending_list)$/,
    kind: 'volatile function',
    says: 'an index is written, and that stays',
    isUndone: false,
  },
  {
    names: /^((query|cursor|table|schema|database)_to_xml.*|ts_stat|ts_rewrite)$/,
    ...RUNS_SQL,
  },
  {
    names: /^(binary_upgrade_.*|pg_extension_config_dump|pg_import_system_collations|pg_nextoid)$/,
    kind: 'writes',
    says: 'system catalogs are written, and that may stay',
    isUndone: false,
  },
]

/** Volatile functions of schema pg_catalog that only look, wait, roll dice, or set what ends with the session. */
const LOOKING: readonly RegExp[] = [
  /^(array_(sample|shuffle)|clock_timestamp|gen_random_uuid|random(_normal)?|setseed|timeofday|timezone|uuidv[47])$/,
  /^(currval|lastval|current_query|set_config|currtid2?|txid_status|loread)$/,
  /^(amvalidate|bernoulli|system|dsnowball_(init|lexize)|suppress_redundant_updates_trigger|unique_key_recheck)$/,
  /^(RI_FKey_.*|tsvector_update_trigger(_column)?|.*handler|plpgsql_.*)$/i,
  /^lo_(close|get|lseek|lseek64|open|tell|tell64)$/,
  /^pg_(sleep(_for|_until)?|advisory_unlock(_all|_shared)?|export_snapshot|isolation_test_session_is_blocked)$/,
  /^pg_(.*_size|blocking_pids|safe_snapshot_blocking_pids|lock_status|prepared_xact|show_.*|hba_file_rules)$/,
  /^pg_(ls_.*|read_.*|stat_file|current_.*|last_.*|is_.*|get_.*|control_.*|partition_.*|xact_.*|available_.*)$/,
  /^pg_(stat_(get|have)_.*|stat_clear_snapshot|stat_force_next_flush|wal_summary_contents|jit_available)$/,
  /^pg_(collation_actual_version|database_collation_actual_version|ident_file_mappings|sequence_last_value)$/,
  /^pg_(notification_queue_usage|logical_slot_peek_.*|replication_origin_(progress|session_(progress|is_setup)))$/,
]

/** Functions of contrib modules, by extension; what is not here is not known. */
const EXTENSIONS: Readonly<Record<string, readonly (KnownEffect | RegExp)[]>> = {
  dblink: [
    {
      names: /^dblink/,
      kind: 'foreign',
      says: 'what it does on another server or in another session is not rolled back',
      isUndone: false,
    },
  ],
  tablefunc: [/^normal_rand$/, { names: /^(crosstab|connectby)/, ...RUNS_SQL }],
  xml2: [{ names: /^xpath_table$/, ...RUNS_SQL }],
  pgrouting: [{ names: /^_?pgr_/, ...RUNS_SQL }],
  pgcrypto: [/^(gen_random_(bytes|uuid)|gen_salt|pgp_.*)$/],
  'uuid-ossp': [/^uuid_/],
  pgstattuple: [/./],
  pg_buffercache: [/^pg_buffercache_(pages|summary|usage_counts|numa_pages|os_pages)$/],
  pg_stat_statements: [
    /^pg_stat_statements(_info)?$/,
    {
      names: /^pg_stat_statements_reset$/,
      kind: 'volatile function',
      says: 'the statistics of statements are reset, and that stays',
      isUndone: false,
    },
  ],
}

/** `acts`: this is what it does; `looks`: nothing but looking; `unknown`: not on the lists. */
export type Behaviour =
  | { readonly kind: 'acts'; readonly effect: Effect }
  | { readonly kind: 'looks' }
  | { readonly kind: 'unknown' }

/** What a function of schema pg_catalog does, by its name. */
export function behaviourOfBuiltin(name: string): Behaviour {
  const effect = ACTING.find(({ names }) => names.test(name))
  if (effect !== undefined) return { kind: 'acts', effect }
  return LOOKING.some((names) => names.test(name)) ? { kind: 'looks' } : { kind: 'unknown' }
}

/** What a function of an extension does, by its name. */
export function behaviourInExtension(extension: string, name: string): Behaviour {
  const known = Object.hasOwn(EXTENSIONS, extension) ? (EXTENSIONS[extension] ?? []) : []
  const found = known.find((each) => ('names' in each ? each.names : each).test(name))
  if (found === undefined) return { kind: 'unknown' }
  return 'names' in found ? { kind: 'acts', effect: found } : { kind: 'looks' }
}
