import { joined } from './joined.js'

/** The body of a response, read as far as someone asks. */
export class BodyStream {
  private chunks: Uint8Array[] = []
  private size = 0
  private readonly reader: ReadableStreamDefaultReader<Uint8Array> | undefined

  constructor({ body }: Response) {
    this.reader = body?.getReader()
  }

  /** The next bytes, which belong to the caller. @returns undefined if the body ends before */
  async take(count: number): Promise<Uint8Array | undefined> {
    while (this.size < count) {
      const { value } = (await this.reader?.read()) ?? {}
      if (value === undefined) return undefined
      this.chunks.push(value)
      this.size += value.length
    }
    const whole = joined(this.chunks)
    this.chunks = [whole.subarray(count)]
    this.size -= count
    return whole.subarray(0, count)
  }

  /** Ends the body. Its server is told. */
  cancel(): void {
    this.reader?.cancel().catch(() => {})
  }
}
