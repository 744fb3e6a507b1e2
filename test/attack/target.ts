import 'reflect-metadata'
import { setTimeout as wait } from 'node:timers/promises'
import {
  Arg,
  bool,
  bytes,
  Code,
  double,
  duration,
  Field,
  int32,
  int64,
  listOf,
  Message,
  Method,
  mapOf,
  RpcError,
  Safe,
  Service,
  setOf,
  streamOf,
  string,
  timestamp,
  uuid,
} from '../../src/index.js'

/** A small message whose empty form has a list and a map to make. */
@Message('attack.Leaf')
export class Leaf {
  @Field(1, string) text?: string
  @Field(2, listOf(string)) texts?: string[]
  @Field(3, mapOf(string, string)) labels?: Map<string, string>
}

/** One field of every kind that an attacker could want. */
@Message('attack.Load')
export class Load {
  @Field(1, string) text?: string
  @Field(2, int32) legs?: number
  @Field(3, double) weight?: number
  @Field(4, int64) big?: bigint
  @Field(5, bytes) data?: Uint8Array
  @Field(6, mapOf(int32, bool)) by32?: Map<number, boolean>
  @Field(7, mapOf(int64, bool)) by64?: Map<bigint, boolean>
  @Field(8, mapOf(string, bool)) byText?: Map<string, boolean>
  @Field(9, setOf(int32)) set32?: Set<number>
  @Field(10, setOf(int64)) set64?: Set<bigint>
  @Field(11, setOf(string)) setText?: Set<string>
  @Field(12, setOf(double)) setDouble?: Set<number>
  @Field(13, listOf(Leaf)) leaves?: Leaf[]
  @Field(14, () => Load) inner?: Load
  @Field(15, listOf(int32)) numbers?: number[]
  @Field(16, timestamp) at?: Date
  @Field(17, duration) lasts?: number
  @Field(18, uuid) id?: string
  @Field(19, bool) isTrue?: boolean
}

@Message('attack.Blob')
export class Blob {
  @Field(1, bytes) data?: Uint8Array
}

/** What is attacked, and what the good client calls meanwhile. */
@Service('attack.Target')
export class Target {
  /** Takes anything, keeps nothing. */
  @Method({ accepts: Load, returns: Blob })
  async take(_load: Load): Promise<Blob> {
    return {}
  }

  @Method({ returns: Blob })
  @Safe()
  async large(@Arg(1, 'size', int32) size: number): Promise<Blob> {
    return { data: new Uint8Array(size) }
  }

  @Method({ returns: Blob })
  async fail(@Arg(1, 'length', int32) length: number): Promise<Blob> {
    throw new RpcError('x'.repeat(length), Code.failed_precondition)
  }

  /** Holds a call until it is cancelled or its time is up. */
  @Method({ returns: Blob })
  async linger(@Arg(1, 'milliseconds', int32) milliseconds: number): Promise<Blob> {
    await wait(milliseconds)
    return {}
  }
}

/** Apart, since not every protocol carries streams. */
@Service('attack.Streams')
export class Streams {
  /** Replies as long as anybody takes them. */
  @Method({ returns: streamOf(Blob) })
  async *pour(@Arg(1, 'size', int32) size: number): AsyncIterable<Blob> {
    for (;;) yield { data: new Uint8Array(size) }
  }

  @Method({ accepts: streamOf(Load), returns: Blob })
  async gather(loads: AsyncIterable<Load>): Promise<Blob> {
    for await (const _load of loads);
    return {}
  }
}
