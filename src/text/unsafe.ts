/**
 * The code points that no text may carry to a terminal: controls (Cc), format characters such as bidi
 * overrides (Cf), enclosing marks (Me: keycaps, whose width no two terminals agree on), lone surrogates (Cs),
 * private use (Co), unassigned (Cn), line and paragraph separators (Zl, Zp), whatever Unicode calls ignorable
 * (variation selectors, fillers), and two that look like nothing. Written as the inside of a character class
 * for a regular expression with the `u` flag.
 */
export const UNSAFE =
  '\\p{Cc}\\p{Cf}\\p{Me}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800\\uFFFC'
