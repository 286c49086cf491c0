/** Where in SQL, read line by line, one stands: in code, or in what has no meaning. */
export class SqlScanner {
  #inside: string | null = null

  /** Whether the next line begins outside of literals, quoted names and comments. */
  get isCode(): boolean {
    return this.#inside === null
  }

  line(text: string): void {
    for (let at = 0; at < text.length; )
      at = this.#inside === null ? this.#open(text, at) : this.#close(text, at)
    if (this.#inside === '\n') this.#inside = null
  }

  #open(text: string, at: number): number {
    const char = text[at]
    if (char === "'" || char === '"') {
      this.#inside =
        char === "'" && /[eE]/.test(text[at - 1] ?? '') && !/\w/.test(text[at - 2] ?? '') ? "\\'" : char
    } else if (text.startsWith('--', at)) {
      this.#inside = '\n'
      return text.length
    } else if (text.startsWith('/*', at)) {
      this.#inside = '*/'
      return at + 2
    } else if (char === '$') {
      const tag = /^\$(?:[A-Za-z_]\w{0,62})?\$/.exec(text.slice(at, at + 66))?.[0]
      this.#inside = tag ?? null
      return at + (tag?.length ?? 1)
    }
    return at + 1
  }

  #close(text: string, from: number): number {
    const inside = this.#inside ?? ''
    if (inside === "\\'") {
      for (let at = from; at < text.length; at += text[at] === '\\' ? 2 : 1) {
        if (text[at] !== "'") continue
        this.#inside = null
        return at + 1
      }
      return text.length
    }
    const end = text.indexOf(inside, from)
    if (end < 0) return text.length
    this.#inside = null
    return end + inside.length
  }
}
