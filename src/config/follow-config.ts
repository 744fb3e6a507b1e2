import { Code } from '../core/code.js'
import { failure, misuse, type RpcError } from '../core/rpc-error.js'
import { noteRefused, noteTaken } from './config-log.js'
import { type ConfigSource, isConfigSource } from './config-source.js'
import { type PolicyConfig, type ReadOptions, readConfig } from './read-config.js'
import type { ServiceConfig } from './service-config.js'

export interface Following extends ReadOptions {
  /** Applies a configuration completely or not at all. @throws if it contradicts other declarations */
  readonly apply: (config: PolicyConfig) => void
  /** Receives an error for each configuration that was refused or cannot be read; the one before stays in force. */
  readonly report: (error: unknown) => void
}

/**
 * Applies a configuration, and each later one of its source.
 * @returns a function that stops it and never fails: an error of the source is reported
 * @throws RpcError `failed_precondition` (`invalid_config`) if the first one is wrong
 */
export function followConfig(config: ServiceConfig | ConfigSource, following: Following): () => Promise<void> {
  const { apply, report } = following
  const take = (value: unknown) => {
    const read = readConfig(value, following)
    apply(read)
    if (read.unused.length > 0)
      report(new Error(`config: ${read.unused.join(', ')} has no effect here; set limits in connect or serve`))
  }
  if (!isConfigSource(config)) {
    take(config)
    return async () => {}
  }
  const first = config.current()
  take(first)
  noteTaken(config, first)
  const stop = config.watch(
    value => {
      try {
        take(value)
        noteTaken(config, value)
      } catch (error) {
        noteRefused(config, why(error))
        report(misuse('config_refused', `the new configuration is refused, and the one before stays: ${why(error)}`))
      }
    },
    error => {
      noteRefused(config, why(error))
      report(unread(error))
    },
  )
  return async () => {
    try {
      await stop()
    } catch (error) {
      report(new Error(`config: its source could not be stopped: ${why(error)}`, { cause: error }))
    }
  }
}

function unread(error: unknown): RpcError {
  const message = `the configuration cannot be read, and the one before stays: ${why(error)}`
  return failure('config_unread', Code.unavailable, message, { cause: error })
}

function why(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
