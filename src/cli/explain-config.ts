import { readFile } from 'node:fs/promises'
import { parseConfig } from '../config/parse-config.js'
import type { ServiceConfig } from '../config/service-config.js'
import { RpcError } from '../core/rpc-error.js'
import { CliError } from './cli-error.js'
import { markedAt, offsetOf, pathIn, type Step } from './json-place.js'
import { nearest } from './nearest.js'
import { systemFault } from './system-fault.js'

/** The file of `--config`. */
export class ExplainedConfig {
  private constructor(
    private readonly path: string,
    private readonly text: string,
    readonly value: ServiceConfig,
  ) {}

  /** @throws CliError if it cannot be read; RpcError if it is not JSON, with the place */
  static async read(path: string): Promise<ExplainedConfig> {
    const text = await readFile(path, 'utf8').catch((error: Error) => {
      throw new CliError(`--config ${path} cannot be read: ${systemFault(error)}`)
    })
    return new ExplainedConfig(path, text, parseConfig(text, path) as ServiceConfig)
  }

  /** What `use` returns. @throws CliError for a mistake in the configuration, with the file, the line and a mark below it */
  within<T>(use: () => T): T {
    try {
      return use()
    } catch (error) {
      const [, said] = error instanceof RpcError ? (/^config (?:at the top: )?(.*)$/s.exec(error.message) ?? []) : []
      throw said === undefined ? error : this.mistake(said)
    }
  }

  private mistake(said: string): CliError {
    const path = pathIn(said)
    // Either a key that it does not have, or what is wrong with a value.
    const [, quoted, list = ''] =
      /(?:^|: )there is no (?:policy )?("(?:[^"\\]|\\.)*"); it (?:has|can be) (.*)$/s.exec(said) ?? []
    const key = quoted === undefined ? undefined : (JSON.parse(quoted) as string)
    const close = key === undefined ? undefined : nearest(key, list.split(', '))
    const problem = close === undefined ? said : said.replace(/; it (?:has|can be) .*$/s, `. Did you mean ${close}?`)
    const { where, hint } = markedAt(this.text, this.offsetIn(path, key), { line: 1, column: 1 })
    const [, line, column] = /line (\d+), column (\d+)/.exec(where) ?? []
    return new CliError(`${this.path}:${line}:${column}: ${problem}`, { hint })
  }

  /** The nearest place that the text has: of the key, of the value, or the beginning. */
  private offsetIn(path: readonly Step[], key: string | undefined): number {
    const ofKey = key === undefined ? undefined : offsetOf(this.text, [...path, key], 'key')
    return ofKey ?? offsetOf(this.text, path) ?? 0
  }
}
