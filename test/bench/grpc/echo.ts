import { bytes, Field, int32, Message, Method, Service, streamOf, string, unimplemented } from '../../../src/index.js'

@Message('bench.Text')
export class Text {
  @Field(1, string) text!: string
}

@Message('bench.Blob')
export class Blob {
  @Field(1, bytes) data!: Uint8Array
}

@Message('bench.Count')
export class Count {
  @Field(1, int32) count!: number
}

/** What every contender serves and calls. */
@Service('bench.Echo')
export class Echo {
  @Method({ accepts: Text, returns: Text }) async unary(_request: Text): Promise<Text> {
    return unimplemented()
  }

  @Method({ accepts: Blob, returns: Blob }) async large(_request: Blob): Promise<Blob> {
    return unimplemented()
  }

  @Method({ accepts: Count, returns: streamOf(Blob) }) stream(_request: Count): AsyncIterable<Blob> {
    return unimplemented()
  }
}

/** Messages of one streaming call. */
export const streamLength = 5000
export const streamed = { data: new Uint8Array(100).fill(7) }
export const text = 'hello world'
export const large = new Uint8Array(1024 * 1024).fill(5)

/** The calls that a server of the variant `held` has received and will never answer. */
export const held = { calls: 0 }

/** Counts a call that is never answered. All of them share one promise, so that a call holds nothing of the benchmark. */
export function hold(): Promise<never> {
  held.calls++
  return never
}

const never = new Promise<never>(() => {})

/** The three kinds of work, by variant. */
export interface Calls {
  unary(): Promise<unknown>
  /** Resolves with the length of what came back. */
  large(): Promise<number>
  /** Resolves with the number of messages that came. */
  stream(): Promise<number>
}

export function callOf(calls: Calls, variant: string): () => Promise<unknown> {
  if (variant === 'large') return () => calls.large()
  return variant === 'stream' ? () => calls.stream() : () => calls.unary()
}

export async function counted(stream: AsyncIterable<unknown>): Promise<number> {
  let seen = 0
  for await (const _ of stream) seen++
  return seen
}
