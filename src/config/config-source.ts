/**
 * A source of configuration that may change while it is used. Pass it as `config` to `connect`, `serve`, `remotes` or `koaMiddleware`.
 *
 * @example
 * const source: ConfigSource = {
 *   current: () => settings.policies,
 *   watch: changed => settings.subscribe(() => changed(settings.policies)),
 * }
 *
 * @see docs/guide/configuration.md
 */
export interface ConfigSource {
  /** Returns the current configuration. @throws if there is none; start-up then fails */
  current(): unknown
  /**
   * Calls `changed` with each later configuration, and `failed` with each error; it continues after an error.
   * @returns a function that stops it; once that has returned, or its promise resolved, no handle is left
   */
  watch(changed: (config: unknown) => void, failed: (error: unknown) => void): () => void | Promise<void>
}

/** @param config also what a file has, which may be `null` */
export function isConfigSource(config: object): config is ConfigSource {
  return typeof (config as Partial<ConfigSource> | null)?.watch === 'function'
}
