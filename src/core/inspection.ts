/** One connection over HTTP/2. Times are milliseconds from now, and accurate to a second. */
export interface ConnectionInspection {
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
  /** Streams, which are calls: now, and since it was opened. Those that ended without the end of the reply have failed. */
  readonly streams: {
    readonly open: number
    readonly started: number
    readonly succeeded: number
    readonly failed: number
  }
  /** Messages since it was opened. */
  readonly messages: { readonly sent: number; readonly received: number }
  /** Bytes of its socket since it was opened. */
  readonly bytes: { readonly sent: number; readonly received: number }
  /** Bytes that each side may send now, over all streams. */
  readonly windows: { readonly sending: number; readonly receiving: number }
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
