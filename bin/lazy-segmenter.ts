/** Stands for `Intl.Segmenter` in the bundle, where half a dozen modules make one as they are loaded. */

/** The real one, made at its first use: that takes 10 ms, which most starts can do without. */
export class LazySegmenter {
  readonly #options: ConstructorParameters<typeof Intl.Segmenter>
  #made: Intl.Segmenter | null = null

  constructor(...options: ConstructorParameters<typeof Intl.Segmenter>) {
    this.#options = options
  }

  segment(text: string): Intl.Segments {
    // Not by its name: the build exchanges that for this class.
    this.#made ??= new (Reflect.get(Intl, 'Segmenter') as typeof Intl.Segmenter)(...this.#options)
    return this.#made.segment(text)
  }
}
