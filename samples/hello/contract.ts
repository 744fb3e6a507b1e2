import {
  Arg,
  Balanced,
  double,
  Failover,
  Field,
  Idempotent,
  Message,
  Method,
  nothing,
  Retry,
  RpcError,
  Safe,
  Service,
  string,
  Throws,
  Timeout,
  unimplemented,
} from 'polywire'

@Message('hello.HelloRequest')
export class HelloRequest {
  @Field(1) name!: string
}

@Message('hello.HelloReply')
export class HelloReply {
  @Field(1) message!: string
  /** Which replica answered. */
  @Field(2) from!: string
}

@Message('hello.DivisionByZero', { code: 'invalid_argument' })
export class DivisionByZero extends RpcError {
  @Field(1, double) dividend = 0
}

/** Callers import this: names, types and policies, without the implementation. */
@Service('hello.Hello')
@Balanced('round-robin')
@Failover({ endpoints: 3 })
@Retry({ attempts: 4, initialBackoff: '20ms' })
@Timeout('5s')
export class Hello {
  @Method({ accepts: HelloRequest, returns: HelloReply })
  @Safe()
  async sayHello(_request: HelloRequest): Promise<HelloReply> {
    return unimplemented()
  }

  @Method(double)
  @Throws(DivisionByZero)
  @Idempotent()
  async divide(@Arg(1, 'dividend', double) _a: number, @Arg(2, 'divisor', double) _b: number): Promise<number> {
    return unimplemented()
  }

  /** Never replies, so the deadline ends it. */
  @Method(nothing)
  @Timeout('300ms')
  async hang(@Arg(1, 'why', string) _why: string): Promise<void> {
    return unimplemented()
  }
}
