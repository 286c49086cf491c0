/** Values for the parameters of entries, as texts: bound where that is possible, written into the text elsewhere. */
import type { Parameter, Value } from '#queries/define.ts'
import { literal } from '#queries/session.ts'

/** A value as PostgreSQL's text form of it; arrays hold numbers only. */
export function parameterText(value: Value | undefined): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return `{${value.join(',')}}`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/**
 * Writes values into a text in place of `$1`, `$2`, …, each as a quoted literal with a cast. Needed where a
 * statement must be one simple message: behind a pooler, and inside EXPLAIN. Quoted strings, quoted names and
 * comments of the text are left alone.
 */
export function inlineParameters(
  text: string,
  parameters: readonly Parameter[],
  values: readonly (string | null)[],
): string {
  return text.replace(
    /'(?:[^']|'')*'|"[^"]*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(?<number>\d+)/g,
    (whole, ...details: unknown[]) => {
      const { number } = details.at(-1) as { number?: string }
      const parameter = number === undefined ? undefined : parameters[Number(number) - 1]
      if (parameter === undefined) return whole
      const value = values[Number(number) - 1] ?? null
      return `(${value === null ? 'NULL' : literal(value)}::${parameter.type})`
    },
  )
}
