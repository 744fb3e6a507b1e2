import { constants } from 'node:os'
import { misuse } from '../core/rpc-error.js'

interface Shutdown {
  /** Runs at the first signal. */
  readonly shutDown: () => void
  /** Runs at the second, before the process ends. */
  readonly end?: () => void
}

/**
 * Shuts down at the first of these signals, and ends the process at the second.
 * @returns removes the listeners
 */
export function onSignals(signals: readonly NodeJS.Signals[], { shutDown, end }: Shutdown): () => void {
  let isSecond = false
  const listener = (signal: NodeJS.Signals) => {
    if (isSecond) {
      end?.()
      // The exit code by which a shell tells that a signal ended a program.
      process.exit(128 + constants.signals[signal])
    }
    isSecond = true
    shutDown()
  }
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}

/** @throws RpcError `failed_precondition` (`misplaced_option`) for a signal that does not exist or that no program can handle */
export function checkSignals(signals: readonly NodeJS.Signals[]): void {
  const wrong = signals.find(signal => !(signal in constants.signals) || signal === 'SIGKILL' || signal === 'SIGSTOP')
  if (wrong !== undefined)
    throw misuse(
      'misplaced_option',
      `serve: shutdownOn cannot have ${JSON.stringify(wrong)}; write signals such as 'SIGTERM' and 'SIGINT'`,
    )
}
