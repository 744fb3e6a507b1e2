import type { ComponentChildren } from 'preact'
import type { ServerView } from '../src/console/server-views.js'
import { span } from './format.js'
import { Glyph, Section, State } from './marks.js'

type Props = Pick<ServerView, 'draining' | 'checks' | 'registration' | 'configs'>

/** What decides whether the server gets calls: that it does not drain, its checks, its entries in a registry, its configuration. */
export function Ready({ data: { draining, checks, registration, configs } }: { readonly data: Props }) {
  return (
    <Section id="ready" title="Ready" end={checksText(checks)}>
      <table>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          <Row name="serving">
            <State name={draining ? 'draining' : 'ready'} />
          </Row>
          {registration !== null && (
            <Row name={`in ${registration.registry}`}>
              <State name={registration.state} />{' '}
              <span class="u">
                as {registration.address}, lease {span(registration.ttl)}
              </span>
            </Row>
          )}
          {configs.map(({ side, revision, refused }, at) => (
            <Row key={at} name={side === 'served' ? 'configuration' : 'configuration of calls'}>
              <Config revision={revision} isRefused={refused} />
            </Row>
          ))}
          {checks.map(({ name, passes }) => (
            <Row key={name} name={<span class="code">{name}</span>}>
              <State name={passes === null ? 'not checked yet' : passes ? 'passes' : 'fails'} />
            </Row>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

interface RowProps {
  readonly name: ComponentChildren
  readonly children: ComponentChildren
}

function Row({ name, children }: RowProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{children}</td>
    </tr>
  )
}

function Config({ revision, isRefused }: { readonly revision: number | null; readonly isRefused: boolean }) {
  const inForce = revision === null ? 'as given at start-up' : `revision ${revision}`
  if (!isRefused) return <a href="#/config">{inForce}</a>
  return (
    <>
      <a href="#/config">{inForce}</a>{' '}
      <span class="warn">
        <Glyph /> a later one was refused
      </span>
    </>
  )
}

function checksText(checks: Props['checks']): string {
  if (checks.length === 0) return 'no check is declared'
  const count = (state: boolean | null) => checks.filter(({ passes }) => passes === state).length
  const [failing, unchecked] = [count(false), count(null)]
  if (failing > 0) return `${failing} of ${checks.length} fail`
  return unchecked === 0 ? 'every check passes' : `${unchecked} of ${checks.length} not checked yet`
}
