import { Balanced, connect, Failover, Idempotent, Method, Retry, Service, string, Timeout } from '../../../src/index.js'
import type { LoneCalls } from '../harness/alone.js'
import { instant } from '../harness/instant.js'

@Service()
class Echo {
  @Method(string)
  @Idempotent()
  async none(): Promise<string> {
    return ''
  }

  @Method(string)
  @Idempotent()
  @Timeout('5s')
  async timeout(): Promise<string> {
    return ''
  }

  @Method(string)
  @Idempotent()
  @Timeout({ total: '5s', perTry: '1s' })
  async perTry(): Promise<string> {
    return ''
  }

  @Method(string)
  @Idempotent()
  @Retry()
  async retry(): Promise<string> {
    return ''
  }

  @Method(string)
  @Idempotent()
  @Failover()
  async failover(): Promise<string> {
    return ''
  }

  @Method(string)
  @Idempotent()
  @Balanced('round-robin')
  async balanced(): Promise<string> {
    return ''
  }

  @Method(string)
  @Idempotent()
  @Timeout('5s')
  @Retry()
  @Failover()
  @Balanced('round-robin')
  async four(): Promise<string> {
    return ''
  }
}

const echo = connect(Echo, 'instant://one', { protocols: [instant('')] })

export const inFlight: LoneCalls['inFlight'] = 64
export const cases: LoneCalls['cases'] = {
  none: () => echo.none(),
  timeout: () => echo.timeout(),
  perTry: () => echo.perTry(),
  retry: () => echo.retry(),
  failover: () => echo.failover(),
  balanced: () => echo.balanced(),
  four: () => echo.four(),
}
