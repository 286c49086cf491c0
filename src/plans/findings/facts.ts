/** What a server knows beyond the plan; rules that need it stay silent without. */

/** A relation of the plan, as the catalogs and statistics of its database tell it. */
export interface RelationFacts {
  readonly schema: string
  readonly name: string
  /** `reltuples`; null where it was never counted. */
  readonly tuples: number | null
  /** `relpages`, blocks. */
  readonly pages: number
  /** Rows changed since the last ANALYZE (`n_mod_since_analyze`). */
  readonly modifiedSinceAnalyze: number | null
  /** The last ANALYZE, by hand or by autovacuum, ISO 8601 in UTC; null for never (since the statistics were reset). */
  readonly analyzedAt: string | null
  readonly indexes: readonly IndexFacts[]
}

export interface IndexFacts {
  readonly name: string
  /** The key columns in their order; null for an expression. */
  readonly columns: readonly (string | null)[]
  readonly isValid: boolean
  readonly isPartial: boolean
}

/** A function that the plan calls. A name may stand for several: then what is true of all of them, null where they differ. */
export interface FunctionFacts {
  /** As the plan writes it: `app.slow`. */
  readonly name: string
  /** `app.slow(integer)`, what ALTER FUNCTION takes; null for an aggregate, and where it could be several. */
  readonly signature: string | null
  /** Part of PostgreSQL itself. */
  readonly isBuiltIn: boolean
  readonly volatility: 'immutable' | 'stable' | 'volatile' | null
  readonly parallel: 'safe' | 'restricted' | 'unsafe' | null
}

/** A foreign key whose trigger ran: without an index on these columns each deleted row reads the whole table. */
export interface ForeignKeyFacts {
  /** The constraint's name. */
  readonly name: string
  /** The relation that its trigger is on, as the plan writes it: the referencing or the referenced table. */
  readonly onRelation: string
  /** The referencing table. */
  readonly schema: string
  readonly table: string
  readonly isPartitioned: boolean
  readonly columns: readonly string[]
  /** A valid index begins with the columns, in any order; null where only a partial one does. */
  readonly hasIndex: boolean | null
}

export interface PlanFacts {
  readonly relations: readonly RelationFacts[]
  readonly functions: readonly FunctionFacts[]
  readonly foreignKeys: readonly ForeignKeyFacts[]
}
