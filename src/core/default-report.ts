/** Problem: a server that loses its database has the same error a thousand times a second, and then nobody can read its log. */
import type { Call } from './call.js'
import { thrownText } from './rpc-error.js'

export type Report = (error: unknown, call?: Call) => void

/** Prints a problem. @param first what to print in full; undefined where `text` counts repeats of a problem that was printed */
export type Print = (
  text: string,
  first: { readonly error: unknown; readonly call: Call | undefined } | undefined,
) => void

/** Milliseconds. */
const interval = 60_000
/** Distinct problems of a minute. Further ones count as one, because their texts may be chosen by a peer. */
const mostProblems = 100

/**
 * The default `report`: prints a problem at once, and at the end of each minute in which it came again once more, with the number of times.
 * Two problems are the same if their method and text are, numbers apart. It keeps no process alive.
 *
 * @param inAMinute calls the function after a minute
 */
export function oncePerMinute(print: Print, inAMinute: (run: () => void) => void = later): Report {
  /** How often each problem came again in its minute. */
  const repeats = new Map<string, number>()
  const count = (key: string, text: string) => {
    repeats.set(key, 0)
    inAMinute(() => {
      const times = repeats.get(key) ?? 0
      repeats.delete(key)
      if (times === 0) return
      print(`${times} more in the last minute: ${text}`, undefined)
      count(key, text)
    })
  }
  return (error, call) => {
    const text = textOf(error, call)
    const own = text.replace(/\d+/g, '0')
    const key = repeats.has(own) || repeats.size < mostProblems ? own : ''
    const seen = repeats.get(key)
    if (seen !== undefined) {
      repeats.set(key, seen + 1)
      return
    }
    print(text, { error, call })
    count(key, key === '' ? 'other problems' : text)
  }
}

function textOf(error: unknown, call: Call | undefined): string {
  const what = thrownText(error)
  return call === undefined ? what : `${call.method.path}: ${what}`
}

/**
 * A `report` that was given, so that it cannot harm what calls it, such as a call that still needs its answer. What it throws, or its
 * promise rejects with, is printed by the default one, with the problem that it did not take.
 */
export function guardedReport<R extends Report>(given: R | undefined, standard: Report): Report {
  const print: Report = (error, call) => {
    try {
      standard(error, call)
    } catch {
      // A value that cannot even be printed.
    }
  }
  if (given === undefined) return print
  return (error, call) => {
    const failed = (cause: unknown) => {
      print(error, call)
      print(new Error(`report failed: ${thrownText(cause)}`, { cause }))
    }
    try {
      // As a type, `report` returns nothing; in fact it may be an async function.
      const result: unknown = given(error, call)
      if (result instanceof Promise) result.catch(failed)
    } catch (cause) {
      failed(cause)
    }
  }
}

function later(run: () => void): void {
  setTimeout(run, interval).unref()
}
