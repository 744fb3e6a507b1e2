/** Where a configuration comes from that may change while it is used. */
export interface ConfigSource {
  /** What holds now. @throws where there is none to be had: start-up fails then */
  current(): unknown
  /**
   * Calls `changed` with each whole configuration from now on, and `failed` when one cannot be had, after which it goes on.
   * @returns what ends it; when that has returned, or resolved, no handle is left
   */
  watch(changed: (config: unknown) => void, failed: (error: unknown) => void): () => void | Promise<void>
}

export function isConfigSource(config: object): config is ConfigSource {
  return typeof (config as Partial<ConfigSource>).watch === 'function'
}
