/** One connection over HTTP/2. Times are milliseconds from now, and accurate to a second. */
export interface Http2Inspection {
  /** A number that no other connection, channel, endpoint or server of this process has. gRPC's channelz shows it. */
  readonly id: number
  /** The name of its protocol: `grpc`. */
  readonly protocol: string
  /** The address of the other side: `10.0.0.1:50051`; `local` for a Unix socket and within the process. */
  readonly peer: string
  /** Whether it has TLS. */
  readonly secure: boolean
  /** Since it was opened. */
  readonly age: number
  /** Since anything was received, or a call or message was sent. */
  readonly idle: number
  /** Its streams; each is a call. */
  readonly streams: {
    /** Those that are open now. */
    readonly open: number
    /** Those that have begun since it was opened. */
    readonly started: number
    /** Those whose reply has ended as HTTP/2 has it, whatever its status. */
    readonly succeeded: number
    /** Those that ended without the end of their reply: they were reset, or the connection was lost. */
    readonly failed: number
  }
  /** Messages over gRPC since it was opened. */
  readonly messages: {
    /** Those that this side sent. */
    readonly sent: number
    /** Those that this side received. */
    readonly received: number
  }
  /** Bytes of its socket since it was opened. */
  readonly bytes: {
    /** Those that this side sent. */
    readonly sent: number
    /** Those that this side received. */
    readonly received: number
  }
  /** Bytes that may be sent now, over all streams (HTTP/2 flow control). */
  readonly windows: {
    /** Those that this side may send. */
    readonly sending: number
    /** Those that the other side may send. */
    readonly receiving: number
  }
  /** PINGs that this side sent to ask whether the other is there. */
  readonly keepalives: number
  /** Since the last stream began. Default: there was none. */
  readonly lastStream?: number
  /** Since the last message was sent. Default: there was none. */
  readonly lastSent?: number
  /** Since the last message was received. Default: there was none. */
  readonly lastReceived?: number
}

/** The state of one policy of one method, as plain values: `{ state: 'open', reopensIn: 8200 }`. Times are milliseconds. */
export type PolicyState = Readonly<Record<string, unknown>>

/** The state of each policy that has one, by its name. */
export type MethodState = Readonly<Record<string, PolicyState>>

/** Reads the state of each policy of a method, by the name of the policy. Policies add to it when they are built. */
export type StateReads = Map<string, () => PolicyState>

/** @param methods by the path of the method */
export function readStates(methods: ReadonlyMap<string, StateReads>): Readonly<Record<string, MethodState>> {
  const states = [...methods]
    .filter(([, policies]) => policies.size > 0)
    .map(([path, policies]): [string, MethodState] => [
      path,
      Object.fromEntries([...policies].map(([name, read]) => [name, read()])),
    ])
  return Object.fromEntries(states)
}
