/** One of those that are compared: a module that can be a server in one process and a client in another. */
export interface Contender {
  /** As it stands in the table. */
  readonly name: string
  /** URL of a module whose exports are a `ContenderModule`: `new URL('./http/polywire.js', import.meta.url).href`. */
  readonly module: string
  /** Handed to both functions of the module; for modules that stand for several contenders. Default ''. */
  readonly variant?: string
}

/** What a contender's module exports. Each function is called once, in a process of its own. */
export interface ContenderModule {
  /** Serves on a free port of 127.0.0.1. @returns what `connect` needs to find it, such as its port */
  listen(variant: string): Promise<string | ForeignServer>
  /** @returns makes one call, and resolves with its reply */
  connect(address: string, variant: string): Promise<(() => Promise<unknown>) | ForeignClient>
}

/** A server that is a program of its own, such as one in C++; the contender's process only starts it. */
export interface ForeignServer {
  readonly address: string
  /** Whose CPU and memory count. */
  readonly pid: number
}

/** A client that is a program of its own, and has made one call; the contender's process only starts it and asks it. */
export interface ForeignClient {
  /** What the first call brought. */
  readonly reply: unknown
  /** Whose CPU and memory count. */
  readonly pid: number
  /** @param atStart runs when the warm-up is over */
  measure(load: Load, atStart: () => Promise<void>): Promise<Sample>
}

/** What a client is asked to do in one round. */
export interface Load {
  readonly inFlight: number
  /** Milliseconds of calls that do not count. */
  readonly warmUp: number
  /** Milliseconds of calls that count. */
  readonly duration: number
}

/** What a process used since it was last asked. */
export interface Usage {
  /** Microseconds, user and system. */
  readonly cpu: number
  /** Bytes resident. */
  readonly memory: number
}

/** What one client measured in one round. */
export interface Sample {
  readonly calls: number
  /** Milliseconds in which these calls ended. */
  readonly elapsed: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly usage: Usage
}
