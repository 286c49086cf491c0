/** Findings as data for other programs: nothing rounded, the place by its path. */
import type { Json } from '../model/json.ts'
import type { Finding } from './finding.ts'

/** `path` is null for what is true of the whole statement. */
export function findingJson(finding: Finding): Json {
  const { rule, node, severity, share, savesMs, title, advice, remedy, evidence } = finding
  return {
    rule,
    path: node?.path ?? null,
    severity,
    share,
    saves_ms: savesMs,
    title,
    advice,
    remedy,
    evidence: evidence.map(({ label, value, unit }) => ({ label, value, unit })),
  }
}
