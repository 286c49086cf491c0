/** The version of the package, as documents tell it; the build puts it in. */

declare const __VERSION__: string

export const VERSION: string = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0'
