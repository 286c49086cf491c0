/** Text that may reach a terminal: the only string type the view and the screens draw. */

declare const safeMark: unique symbol
/** One line of text without any control, format or invisible code point; see `toSafeText`. */
export type SafeText = string & { readonly [safeMark]: 'text' }

/** Makes any text safe to print on one line; what it replaces stays visible as an escape. */
export function toSafeText(raw: string): SafeText {
  return raw as SafeText
}

/** Template for our own words around safe parts: safe`waits for ${name} since ${12} s`. */
export function safe(strings: TemplateStringsArray, ...parts: readonly (SafeText | number)[]): SafeText {
  return String.raw({ raw: strings }, ...parts) as SafeText
}
