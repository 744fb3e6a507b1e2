import {
  Balanced,
  connect as connectTo,
  Failover,
  Field,
  Idempotent,
  int32,
  listOf,
  Message,
  Method,
  Retry,
  Service,
  serve,
  string,
  Timeout,
} from '../../../src/index.js'
import { user as sample } from './user.js'

@Message('bench.User')
class User {
  @Field(1, int32) id!: number
  @Field(2) name!: string
  @Field(3) email!: string
  @Field(4) active!: boolean
  @Field(5) score!: number
  @Field(6, listOf(string)) tags: string[] = []
}

@Service('bench.Echo')
class Echo {
  /** Beside the default deadline, no policy. */
  @Method(() => User)
  @Idempotent()
  async plain(user: User): Promise<User> {
    return user
  }

  @Method(() => User)
  @Idempotent()
  @Timeout('5s')
  @Retry({ attempts: 3 })
  @Failover({ endpoints: 3 })
  @Balanced('round-robin')
  async guarded(user: User): Promise<User> {
    return user
  }
}

/** The same without any policy in the service. */
@Service('bench.Echo')
export class PlainEcho {
  @Method(() => User)
  @Idempotent()
  async plain(user: User): Promise<User> {
    return user
  }
}

function isPlain(variant: string): boolean {
  return variant === 'none' || variant === 'http2'
}

export async function listen(variant: string): Promise<string> {
  const classes = [isPlain(variant) ? PlainEcho : Echo]
  const server = await serve(classes, { host: '127.0.0.1', port: 0, protocols: ['http'] })
  return server.address
}

/** @param variant `four`, `four-http1`: the method has all four policies; `unused`: its neighbour has them; `none`, `http2`: no method has */
export async function connect(address: string, variant: string): Promise<() => Promise<unknown>> {
  if (isPlain(variant)) {
    const plain = connectTo(PlainEcho, variant === 'http2' ? `http2://${address}` : `http://${address}?version=1.1`)
    return () => plain.plain(sample)
  }
  const echo = connectTo(Echo, variant === 'four' ? `http://${address}` : `http://${address}?version=1.1`)
  return variant.startsWith('four') ? () => echo.guarded(sample) : () => echo.plain(sample)
}
