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

/** A function that the plan calls. */
export interface FunctionFacts {
  readonly name: string
  readonly volatility: 'immutable' | 'stable' | 'volatile'
  readonly parallel: 'safe' | 'restricted' | 'unsafe'
}

/** A foreign key whose trigger ran: without an index on these columns each deleted row reads the whole table. */
export interface ForeignKeyFacts {
  /** The constraint's name. */
  readonly name: string
  /** The referencing table. */
  readonly schema: string
  readonly table: string
  readonly columns: readonly string[]
  readonly hasIndex: boolean
}

export interface PlanFacts {
  readonly relations: readonly RelationFacts[]
  readonly functions: readonly FunctionFacts[]
  readonly foreignKeys: readonly ForeignKeyFacts[]
}
