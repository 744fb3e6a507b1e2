import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Doc } from '../../src/decorators/doc.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Arg, Idempotent, Method, Safe, Service, Throws } from '../../src/decorators/service.js'
import {
  bool,
  bytes,
  double,
  enumOf,
  int32,
  int64,
  listOf,
  mapOf,
  type OneOf,
  oneOf,
  optional,
  streamOf,
  string,
  timestamp,
} from '../../src/schema/algebra.js'

export enum Speed {
  standard = 0,
  express = 1,
}

@Message('shop.Line')
export class Line {
  @Field(1, string) sku = ''
  @Field(2, int32) pieces = 0
}

@Message('shop.Quote')
export class Quote {
  @Field(1, string) customer = ''
  @Field(2, listOf(Line)) lines: Line[] = []
  @Field(3, Line) gift?: Line
  @Field(oneOf({ card: [4, string], points: [5, int64] })) payment?: OneOf<{ card: string; points: bigint }>
  @Field(6, mapOf(string, string)) labels: Map<string, string> = new Map()
  @Field(7, enumOf(Speed)) speed: Speed = Speed.standard
  @Field(8, int64) budget = 0n
  @Field(9, optional(timestamp)) deliverBy?: Date
  @Field(10, bytes) attachment: Uint8Array = new Uint8Array()
  @Field(11, bool) urgent = false
}

@Doc('What it costs.')
@Message('shop.Price')
export class Price {
  @Doc('Without taxes.') @Field(1, int64) cents = 0n
  @Field(2, string) note = ''
}

@Message('shop.OutOfStock', { code: 'failed_precondition' })
export class OutOfStock extends RpcError {
  @Field(1, string) sku = ''
}

/** A service with a method of each kind. */
@Service('shop.Orders')
export class Orders {
  @Doc('Asks for a price.')
  @Method({ accepts: Quote, returns: Price })
  @Safe()
  @Throws(OutOfStock)
  async quote({ lines, customer, budget }: Quote): Promise<Price> {
    if (customer === 'fail') throw new RpcError('the bank is away', Code.unavailable)
    const missing = lines.find(({ sku }) => sku === 'unicorn')
    if (missing !== undefined) throw OutOfStock.of('there is none', { sku: missing.sku })
    return { cents: budget, note: `for ${customer}` }
  }

  @Method(double)
  @Idempotent()
  async divide(@Arg(1, 'dividend', double) a: number, @Arg(2, 'divisor', double) b: number): Promise<number> {
    return a / b
  }

  @Method({ accepts: Line, returns: streamOf(Line) })
  @Safe()
  async *watch({ sku, pieces }: Line): AsyncIterable<Line> {
    for (let at = 1; at <= pieces; at++) yield { sku, pieces: at }
  }

  @Method({ accepts: streamOf(Line), returns: Line })
  @Safe()
  async add(lines: AsyncIterable<Line>): Promise<Line> {
    const sum = { sku: '', pieces: 0 }
    for await (const { sku, pieces } of lines) {
      sum.sku += sku
      sum.pieces += pieces
    }
    return sum
  }

  @Method({ accepts: streamOf(Line), returns: streamOf(Line) })
  @Safe()
  async *chat(lines: AsyncIterable<Line>): AsyncIterable<Line> {
    for await (const line of lines) yield { sku: `${line.sku}!`, pieces: line.pieces }
  }

  /** Neither safe nor idempotent, so the console asks before it calls it. */
  @Method({ accepts: Line, returns: Price })
  async place({ sku, pieces }: Line): Promise<Price> {
    return { cents: BigInt(pieces), note: sku }
  }
}
