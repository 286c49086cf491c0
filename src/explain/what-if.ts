/** Plans a statement as if indexes existed that nobody has built (HypoPG). */
import { createHypothetical } from '#queries/hypopg.ts'
import type { PlanDocument, RawNode } from '#src/plans/plan.ts'
import type { Attempt } from './attempt.ts'
import type { Question, WhatIf } from './contract.ts'
import { look } from './look.ts'
import { factsFor, openStatement, plannedOf, startOf } from './plan.ts'
import { refuse } from './refused.ts'

/** The plan without and with them; they are known to this one connection, and end with it. */
export async function planWithIndexes(
  attempt: Attempt,
  question: Question,
  definitions: readonly string[],
): Promise<WhatIf> {
  const started = startOf(attempt)
  const { statement, checked } = await openStatement(attempt, question, {
    access: 'read only',
    check: () => checkServer(attempt),
  })
  const seen = await look(attempt, statement, checked)
  const facts = await factsFor(attempt, seen.document)
  const without = { ...plannedOf(attempt, { question, statement, seen }), facts, ...started.end() }

  const schema = attempt.facts.extensions.hypopg?.schema ?? ''
  const indexes: Hypothetical[] = []
  for (const definition of definitions) indexes.push(await create(attempt, schema, definition))
  // The plan without them is kept for a statement without placeholders.
  await statement.prepareAgain()
  const again = await look(attempt, statement, checked)
  const used = indexNames(again.document)
  return {
    without,
    with: { ...plannedOf(attempt, { question, statement, seen: again }), facts, ...started.end() },
    indexes: indexes.map(({ definition, names, sizeBytes }) => ({
      definition,
      isUsed: names.some((name) => used.has(name)),
      sizeBytes,
    })),
  }
}

interface Hypothetical {
  readonly definition: string
  /** A definition may hold several. */
  readonly names: readonly string[]
  readonly sizeBytes: number | null
}

function checkServer({ facts }: Attempt): void {
  if (facts.pooled)
    throw refuse(
      'index',
      'through a connection pooler no index is tried: it would be left to other clients',
      {
        remedies: ['connect to the server itself, not to the pooler'],
      },
    )
  if (facts.extensions.hypopg === undefined)
    throw refuse('index', `the extension hypopg is not installed in ${facts.database}`, {
      remedies: ['CREATE EXTENSION hypopg, where its package is installed on the server'],
      kind: 'unavailable',
    })
}

async function create(attempt: Attempt, schema: string, definition: string): Promise<Hypothetical> {
  const rows = await attempt.ask('index', createHypothetical(schema, definition))
  if (rows.length === 0)
    throw refuse('index', `HypoPG makes no index of it: ${definition}`, {
      remedies: ['give a whole CREATE INDEX'],
    })
  const sizes = rows.map(([, , size]) => (size === null || size === undefined ? Number.NaN : Number(size)))
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0)
  return {
    definition,
    names: rows.map(([, name]) => name ?? ''),
    sizeBytes: Number.isFinite(sizeBytes) ? sizeBytes : null,
  }
}

function indexNames({ statements }: PlanDocument): ReadonlySet<string> {
  const nodes: RawNode[] = statements.flatMap(({ root }) => (root === null ? [] : [root]))
  for (const node of nodes) nodes.push(...node.children)
  return new Set(nodes.map(({ properties }) => String(properties['Index Name'] ?? '')))
}
