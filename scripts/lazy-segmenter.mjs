// Put into the bundle for `Intl.Segmenter`, which string-width makes when it is loaded: that reads Unicode's tables, which takes as long as Node's start,
// for letters that most texts have none of.
export class LazySegmenter {
  #words
  #segmenter

  constructor(...words) {
    this.#words = words
  }

  segment(text) {
    // By its full name: the short one is this class.
    this.#segmenter ??= new globalThis.Intl.Segmenter(...this.#words)
    return this.#segmenter.segment(text)
  }
}
