import type { Endpoint } from '../core/endpoint.js'
import type { Dialer, Link } from './protocol.js'

/** What a channel asks a dialer before anything is dialled. */
type Known = Pick<Dialer, 'carriesHeaders'>

/**
 * A dialer whose code is loaded while its client is made, so that the first call of a busy program finds it. What it would refuse at
 * `connect` has been checked by then.
 *
 * A failure to load is the failure of a dial, and the next one tries again.
 */
export class LateDialer implements Dialer {
  readonly carriesHeaders: boolean
  private dialer: Dialer | undefined
  private loading: Promise<Dialer> | undefined

  /** @param load loads the code and makes the dialer */
  constructor(
    private readonly load: () => Promise<Dialer>,
    { carriesHeaders = true }: Known = {},
  ) {
    this.carriesHeaders = carriesHeaders
    this.loaded().catch(() => {})
  }

  /** Loads the dialer, and the libraries that it needs itself. */
  async prepare(): Promise<void> {
    const dialer = await this.loaded()
    await dialer.prepare?.()
  }

  warmUp(): Iterable<void> {
    return this.dialer?.warmUp?.() ?? []
  }

  async dial(endpoint: Endpoint, signal: AbortSignal, loads?: (library: Promise<unknown>) => void): Promise<Link> {
    let { dialer } = this
    if (dialer === undefined) {
      const loading = this.loaded()
      loads?.(loading)
      dialer = await loading
    }
    return dialer.dial(endpoint, signal, loads)
  }

  private loaded(): Promise<Dialer> {
    this.loading ??= this.load().then(
      dialer => {
        this.dialer = dialer
        return dialer
      },
      (error: unknown) => {
        this.loading = undefined
        throw error
      },
    )
    return this.loading
  }
}
