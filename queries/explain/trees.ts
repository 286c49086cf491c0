/** What a stored expression tree (pg_node_tree) names by oid, as patterns for regexp_matches. */

/** Oids from here on belong to users (FirstNormalObjectId). */
export const FIRST_NORMAL_OID = 16_384

/** Functions: of calls, operators, aggregates, window functions. */
export const FUNCTION_IN_TREE = '(?:funcid|fnoid) ([1-9][0-9]*)'

/** Functions of operators alone. */
export const OPERATOR_IN_TREE = 'opfuncid ([1-9][0-9]*)'

/** Types of users, whose oids have at least five digits. */
export const TYPE_IN_TREE = 'type ([1-9][0-9]{4,})'

export const RELATION_IN_TREE = ':relid ([1-9][0-9]*)'

/** As many rows as an entry gives at most; with so many there may be more. */
export const MOST_ROWS = 2000

/** Oids found in a text, as the rows of a query; the text may be NULL. */
export function oidsIn(tree: string, pattern: string): string {
  return `SELECT (found.match)[1]::pg_catalog.int8
      FROM pg_catalog.regexp_matches(${tree}, '${pattern}', 'g') AS found (match)`
}

/** The rows of queries as one JSON array. */
export function jsonOf(...queries: readonly string[]): string {
  return `pg_catalog.to_json(
    ARRAY(
      ${queries.join('\n      UNION ALL\n      ')}
    )
  )`
}

/** The names of a JSON array, as the type that catalogs compare. */
export function namesOf(parameter: string): string {
  return `ARRAY(SELECT pg_catalog.json_array_elements_text(${parameter}::pg_catalog.json))::pg_catalog.name[]`
}

/** The parameters of entries that look things up by name and by oid. */
export const lookUpParameters = [
  { name: 'names', type: 'text', meaning: 'Names without schema, as a JSON array.' },
  { name: 'schemas', type: 'text', meaning: 'Schemas in which the names are looked for, as a JSON array.' },
  { name: 'oids', type: 'text', meaning: 'Oids, as a JSON array.' },
] as const

/** The condition that a row is looked up by them. */
export function isLookedUp(
  alias: string,
  catalog: 'pg_proc' | 'pg_class' | 'pg_type',
  { name, namespace }: { readonly name: string; readonly namespace: string },
): string {
  return `${alias}.oid OPERATOR(pg_catalog.=) ANY (
  ARRAY(
    SELECT named.oid
    FROM pg_catalog.${catalog} AS named
    INNER JOIN pg_catalog.pg_namespace AS home ON home.oid OPERATOR(pg_catalog.=) named.${namespace}
    WHERE named.${name} OPERATOR(pg_catalog.=) ANY (${namesOf('$1')})
      AND home.nspname OPERATOR(pg_catalog.=) ANY (${namesOf('$2')})
    UNION ALL
    SELECT pg_catalog.json_array_elements_text($3::pg_catalog.json)::pg_catalog.oid
  )
)`
}
