/**
 * Learns how a call or one attempt of it ended: one of the two is called, once.
 *
 * Problem: a promise that is passed on with `then` costs each waiting call two closures, their context, a promise and its reaction, some 300
 * bytes at every step. Before Node 24 a process with an AsyncLocalStorage, as OpenTelemetry has, also pays for following every promise.
 * Where nothing has to be done before the end, the object that is told is enough. It is told synchronously, from within the protocol's
 * parser and in the asynchronous context of whatever ends the call. So it must not throw, it runs no user code that needs the context of the
 * caller, and what starts new work waits for a microtask.
 */
export interface Outcome {
  /** The reply is complete, or its stream begins. */
  fulfil(reply: unknown): void
  /** The call or the attempt failed. */
  reject(error: unknown): void
}

/** Settles a promise. */
export class PromiseOutcome implements Outcome {
  constructor(
    readonly fulfil: (reply: unknown) => void,
    readonly reject: (error: unknown) => void,
  ) {}
}

/** Tells how a promise settles, in the asynchronous context of the caller of this function. */
export function passOn(reply: Promise<unknown>, outcome: Outcome): void {
  reply.then(
    value => outcome.fulfil(value),
    error => outcome.reject(error),
  )
}
