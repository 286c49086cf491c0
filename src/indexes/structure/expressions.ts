/** Stored node trees of expressions, made comparable. */

/** The expressions of an index one by one, as `pg_index.indexprs` lists them: `({OPEXPR …} {FUNCEXPR …})`. */
export function expressionsOf(list: string): readonly string[] {
  const found: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < list.length; at += 1) {
    const character = list[at]
    // A backslash takes the meaning from the next character, as of a brace in a name.
    if (character === '\\') at += 1
    else if (character === '{') {
      if (depth === 0) start = at
      depth += 1
    } else if (character === '}') {
      depth -= 1
      if (depth === 0) found.push(withoutForms(list.slice(start, at + 1)))
    }
  }
  return found
}

const FORM = / :(?:func|relabel|coerce|convert|row_|coercion)format \d+/g

/** Without how a function or cast was written (`a::text`, `CAST`, implicit), which the server too does not compare. */
export function withoutForms(tree: string): string {
  return tree.replace(FORM, '')
}
